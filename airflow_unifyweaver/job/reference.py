"""A function named in a job: ``"pkg.mod:function"``, ``"file.py:function"``, or in Python the function itself."""

import inspect
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from itertools import accumulate
from pathlib import Path
from types import BuiltinFunctionType, FunctionType
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Strict
from pydantic_core import PydanticCustomError

from airflow_unifyweaver.job.values import wanted

FORM = '"pkg.mod:function" or "file.py:function"'


def reference_to(function: Callable[..., Any]) -> str:
    """Name a function so that another process finds it again.

    A function in a package is named by its module. One in a module on its own (a script, a DAG file) is named by the
    absolute path of the file, because such a module is not on every process's Python path.

    :raises ValueError: when no other process could find it: a lambda, a method, a function inside a function.
    """
    name, module = _name_of(function), function.__module__
    if isinstance(function, BuiltinFunctionType):
        return f"{module}:{name}"
    file = inspect.getsourcefile(function)
    if file is None or not Path(file).is_file():
        raise ValueError(f"{name} was typed into an interactive session, which workers cannot see; put it in a file")
    path = str(Path(file).absolute())
    return f"{module}:{name}" if _is_in_package(module, path) else f"{path}:{name}"


def _name_of(function: Any) -> str:
    if not isinstance(function, FunctionType | BuiltinFunctionType):
        raise ValueError(f"wanted a function, {FORM}; a {type(function).__name__} cannot be named")  # noqa: TRY004
    if function.__name__ == "<lambda>":
        raise ValueError("a lambda has no name that a worker could find; define it with def at module level")
    if function.__qualname__ != function.__name__:
        raise ValueError(f"{function.__qualname__} is not at module level, where a worker could find it; move it there")
    return function.__name__


def _is_in_package(module: str, path: str) -> bool:
    """Tell whether a module inside a package is found by importing it; that it is imported here proves nothing."""
    if module.rpartition(".")[0] not in sys.modules:
        return False
    spec, places = None, None
    for name in accumulate(module.split("."), "{}.{}".format):
        spec = _find(name, places)
        places = spec.submodule_search_locations if spec else []
    return spec is not None and spec.origin == path


def _find(module: str, places: Sequence[str] | None) -> ModuleSpec | None:
    specs = (finder.find_spec(module, places) for finder in sys.meta_path)
    return next(filter(None, specs), None)


def to_text(value: Any) -> Any:
    """Put a function's name in its place; leave anything else as it is."""
    return reference_to(value) if callable(value) else value


def check_form(reference: str) -> str:
    """Check that a text has the form of a reference; whether the function exists is found out where it runs."""
    place, _, function = reference.rpartition(":")
    named = function.isidentifier() and (place.endswith(".py") or all(map(str.isidentifier, place.split("."))))
    if not named:
        raise PydanticCustomError("wanted", "{wanted}", {"wanted": FORM})
    return reference


FunctionReference = Annotated[str, Strict(), wanted(FORM), AfterValidator(check_form), BeforeValidator(to_text)]
