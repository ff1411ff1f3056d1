"""However files are cut, awk and commands give what they would give in a shell."""

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.sources.registry import plan_source, reader_for

deterministic = settings(derandomize=True, deadline=None, max_examples=60, database=None)

COUNTED = '{ print NR ":" $0 } END { print NR }'
FILTERED = "NF != 1 { print $2; print $0 }"

data = st.lists(st.sampled_from([b"a", b" b", b"\t", b"\n", b"\r\n", b"\xc3\xa9", b"\xff", b"\xef\xbb\xbf", b"="])).map(
    b"".join
)
cuts = st.one_of(
    st.just({}),
    st.builds(lambda size: {"batch_size": size}, st.integers(1, 5)),
    st.builds(lambda size: {"batch_bytes": size}, st.integers(1, 9)),
)
sources = pytest.mark.parametrize(
    ("source", "shell"),
    [
        ({"type": "awk", "path": "*.txt", "program": COUNTED}, f"awk '{COUNTED}' *.txt"),
        ({"type": "awk", "path": "*.txt", "program": FILTERED, "stateless": True}, f"awk '{FILTERED}' *.txt"),
        ({"type": "command", "command": "cat *.txt"}, "cat *.txt"),
    ],
)


@sources
@deterministic
@given(st.lists(data, min_size=1, max_size=3), cuts)
def test_batches_are_what_a_shell_shows(source, shell, files, cut):
    with TemporaryDirectory() as name:
        folder = Path(name)
        for index, content in enumerate(files):
            (folder / f"{index}.txt").write_bytes(content)
        shown = subprocess.run(["bash", "-c", shell], cwd=folder, check=True, capture_output=True).stdout
        assert b"".join(read(folder, source, cut)) == shown


def read(folder, source, cut):
    """Return the bytes of each batch."""
    fields = {"name": "programs", "source": source, "batch": cut, "work": {"command": "cat"}}
    plan = plan_source(BatchJob.from_dict(fields, base_dir=folder), 2, folder / "spool")
    recipes = list(plan.recipes)
    reader = reader_for(plan.manifest, folder / "spool")
    return [reader.read(recipe).bytes() for recipe in recipes]
