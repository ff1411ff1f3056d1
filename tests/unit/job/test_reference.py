"""Functions named so that another process finds them."""

import functools
import importlib.util
import math
import re
import sys
import textwrap

import pytest
from pydantic import TypeAdapter, ValidationError

from airflow_unifyweaver.job import nearest
from airflow_unifyweaver.job.reference import FORM, FunctionReference, reference_to

ADAPTER = TypeAdapter(FunctionReference)


def test_a_function_in_a_package_is_named_by_its_module():
    assert reference_to(nearest.did_you_mean) == "airflow_unifyweaver.job.nearest:did_you_mean"


def test_a_function_written_in_c_is_named_by_its_module():
    assert reference_to(math.sqrt) == "math:sqrt"


def test_a_function_of_a_script_is_named_by_its_file():
    assert reference_to(textwrap.dedent) == f"{textwrap.__file__}:dedent"


def load(path, name, monkeypatch):
    """Import a file under a name of the importer's own, as Airflow does with DAG files."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module.count


def test_a_function_of_a_dag_file_is_named_by_the_file(tmp_path, monkeypatch):
    file = tmp_path / "dag.py"
    file.write_text("def count(batch): ...")
    assert reference_to(load(file, "unusual_prefix_dag", monkeypatch)) == f"{file}:count"


def test_only_a_package_on_the_path_names_its_functions(tmp_path, monkeypatch):
    file = tmp_path / "some_package" / "inner" / "work.py"
    file.parent.mkdir(parents=True)
    file.write_text("def count(batch): ...")
    count = load(file, "some_package.inner.work", monkeypatch)
    assert reference_to(count) == f"{file}:count"
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "some_package.inner.work")
    count = importlib.import_module("some_package.inner.work").count
    assert reference_to(count) == "some_package.inner.work:count"


def test_a_function_typed_in_is_refused():
    typed = {"__name__": "__main__"}
    exec("def typed(batch): ...", typed)
    with pytest.raises(ValueError, match="typed was typed into an interactive session"):
        reference_to(typed["typed"])


def test_functions_that_no_worker_finds_are_refused():
    def inner(batch): ...

    with pytest.raises(ValueError, match="a lambda has no name"):
        reference_to(lambda batch: batch)
    with pytest.raises(ValueError, match=r"inner is not at module level, where a worker could find it; move it there"):
        reference_to(inner)
    with pytest.raises(ValueError, match="a partial cannot be named"):
        reference_to(functools.partial(inner))
    with pytest.raises(ValueError, match="a method cannot be named"):
        reference_to(textwrap.TextWrapper().wrap)


@pytest.mark.parametrize("text", ["mod:function", "pkg.mod:f", "file.py:f", "/a b/c.d/file.py:f", "a:b.py:f"])
def test_right_forms(text):
    assert ADAPTER.validate_python(text) == text


@pytest.mark.parametrize("text", ["", "function", "pkg.mod", "mod:", ":f", "mod:f()", "a-b:f", "mod:1", "dir/mod:f", 3])
def test_wrong_forms(text):
    with pytest.raises(ValidationError, match=re.escape(FORM)):
        ADAPTER.validate_python(text)
