import subprocess
import sys

import fsspec
import pytest

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.filesystems import filesystem_of
from airflow_unifyweaver.sources.planning import list_entries

NAMES = ("b.log", "a.log", "sub/c.log", "sub/deep/d.log", ".hidden.log", "sub/.git/e.log")


@pytest.fixture
def listed():
    files = fsspec.filesystem("memory")
    for name in NAMES:
        files.pipe_file(f"/logs/{name}", name.encode())
    yield lambda path: [entry["path"].removeprefix("memory://logs/") for entry in list_entries(path, str, "utf-8")]
    files.rm("/logs", recursive=True)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("memory://logs/b.log", ["b.log"]),
        ("memory://logs/*.log", ["a.log", "b.log"]),
        ("memory://logs/.*.log", [".hidden.log"]),
        ("memory://logs/**/[cd].log", ["sub/c.log", "sub/deep/d.log"]),
        ("memory://logs", ["a.log", "b.log", "sub/c.log", "sub/deep/d.log"]),
        ("memory://logs/sub/", ["sub/c.log", "sub/deep/d.log"]),
        (["memory://logs/sub/c.log", "memory://logs/*"], ["sub/c.log", "a.log", "b.log"]),
    ],
)
def test_files_folders_and_patterns(listed, path, expected):
    assert listed(path) == expected


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("memory://logs/none", "memory://logs/none cannot be read: there is no such file; check source.path"),
        ("memory://logs/*.csv", r"source.path 'memory://logs/\*.csv' names no file"),
        (["memory://logs/a.log", "memory://logs/*"], r"names memory://logs/a.log twice, by 'memory://logs/a.log' and"),
        ("zip://a::memory://logs/a.zip", "chains several file systems"),
        (
            "odd://host/a",
            r"source.path 'odd://host/a': fsspec cannot use it \(Protocol not known: odd\)",
        ),
        ("gs://bucket/a", r"gs://bucket/a: what reads gs:// is not installed \(Please install gcsfs"),
    ],
)
def test_what_names_no_file_is_refused(listed, path, message):
    with pytest.raises(SourceError, match=message):
        listed(path)


def test_a_missing_library_names_the_extra():
    program = "import sys; sys.modules['s3fs'] = None; from airflow_unifyweaver.sources import filesystems as tested\n"
    program += "tested.filesystem_of('s3://bucket/a')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    message = done.stderr.splitlines()[-1]
    assert "SourceError: s3://bucket/a: what reads s3:// is not installed (" in message
    assert message.endswith("; pip install 'airflow-unifyweaver[s3]'")


def test_a_process_has_one_file_system_for_a_server():
    assert filesystem_of("memory://a/b") is filesystem_of("memory://a/c")
