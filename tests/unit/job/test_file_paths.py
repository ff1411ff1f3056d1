import pytest

from airflow_unifyweaver import BatchJob
from airflow_unifyweaver.exceptions import JobError


def job(path):
    return BatchJob.from_dict({"name": "j", "source": {"type": "text", "path": path}, "work": {"command": "cat"}})


@pytest.mark.parametrize(
    "path",
    [
        "ftp://user:hush@host/a",
        ["a", "s3://key:hush@bucket/a"],
        "https://host/a?X-Amz-Signature=hush",
        "https://host/a?sv=1&sig=hush",
        "https://host/a?api_key=hush",
        "https://host/a?Access-Token=hush",
    ],
)
def test_secrets_in_a_url_are_refused_and_not_repeated(path):
    with pytest.raises(
        JobError, match=r"^source.path: no (password|secret such as \S+) in the URL of a file on \w+; give"
    ) as error:
        job(path)
    assert "hush" not in str(error.value)


@pytest.mark.parametrize("path", ["sftp://user@host/a:b@c", "s3://bucket/a?versionId=7", "a:b@c", "http://[bad/a"])
def test_other_paths_are_taken(path):
    assert job(path).source.path == path
