"""Whatever text a .pl file holds, it is a job or one clear error, and nothing else."""

import re
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_unifyweaver import BatchJob
from airflow_unifyweaver.exceptions import JobError

PROGRAMS = [file.read_text() for file in sorted((Path(__file__).parents[2] / "dags" / "prolog").glob("*.pl"))]
PIECES = [
    "'",
    '"',
    "`",
    "\\",
    "/*",
    "*/",
    "%",
    "(",
    "[",
    "{",
    ")",
    "]",
    ".",
    ",",
    "|",
    "0'",
    "\n",
    ":-",
    "/",
    "é",
    "\0",
]


@st.composite
def damaged(draw):
    program = draw(st.sampled_from(PROGRAMS))
    begin = draw(st.integers(0, len(program)))
    end = draw(st.integers(begin, min(len(program), begin + 20)))
    return program[:begin] + draw(st.sampled_from(PIECES) | st.text(max_size=5)) + program[end:]


@given(st.lists(st.text() | damaged(), min_size=1, max_size=40))
@settings(deadline=None, max_examples=15)
def test_any_text_is_a_job_or_an_error_with_its_place(texts):
    with tempfile.TemporaryDirectory() as name:
        files = [Path(name, f"{number}.pl") for number in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            file.write_text(text, "utf-8", newline="")
        for file, job in zip(files, BatchJob.from_files(files), strict=True):
            if isinstance(job, JobError):
                for line in str(job).splitlines():
                    assert re.match(rf"{re.escape(str(file))}:\d+:\d+: .", line), line
