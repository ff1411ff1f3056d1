"""Fields of the sources."""

from pathlib import Path

import pytest

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.file_source import CsvSource, JsonSource, ParquetSource, TextSource
from airflow_unifyweaver.job.http_source import HttpSource
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.job.program_source import AwkSource, CommandSource
from airflow_unifyweaver.job.service_source import KafkaSource


def test_a_path_is_one_or_several():
    assert TextSource(path="a").path == "a"
    assert TextSource(path=["a", Path("b")]).path == ("a", "b")
    assert TextSource(path=Path("/c/d")).path == "/c/d"


@pytest.mark.parametrize(
    ("given", "meant"), [("UTF8", "utf-8"), ("latin-1", "iso8859-1"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16")]
)
def test_encodings_have_one_name(given, meant):
    assert TextSource(path="a", encoding=given).encoding == meant


@pytest.mark.parametrize(
    ("encoding", "message"),
    [
        ("utf-9", "encoding: Python knows no text encoding 'utf-9'; did you mean utf-8?"),
        ("base64", "encoding: Python knows no text encoding 'base64'"),
        ("a\0b", "encoding: Python knows no text encoding"),
        ("utf-7", "encoding: utf-7 cannot be cut into batches, as it keeps state from one line to the next"),
        ("hz", "encoding: hz cannot be cut"),
        ("iso2022_jp", "encoding: iso2022_jp cannot be cut"),
        (8, "encoding: wanted text that is not empty, got 8"),
    ],
)
def test_an_encoding_that_cannot_be_read_is_refused(encoding, message):
    with pytest.raises(JobError) as caught:
        TextSource(path="a", encoding=encoding)
    assert str(caught.value).startswith(message)


def test_csv_defaults():
    source = CsvSource(path="a")
    assert (source.delimiter, source.quotechar, source.header) == (",", '"', True)


def test_no_quoting_is_said_with_null_or_an_empty_text():
    assert CsvSource(path="a", quotechar=None).quotechar == CsvSource(path="a", quotechar="").quotechar == ""


@pytest.mark.parametrize("header", [True, False, ["a", "b"]])
def test_a_header_is_a_row_or_none_or_names(header):
    made = CsvSource(path="a", header=header).header
    assert made == (tuple(header) if isinstance(header, list) else header)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"delimiter": "\n"}, "delimiter: wanted one character"),
        ({"delimiter": ""}, "delimiter: wanted one character"),
        ({"quotechar": "\r"}, "quotechar: wanted one character, or null for no quoting"),
        ({"quotechar": "''"}, "quotechar: wanted one character, or null for no quoting"),
        ({"delimiter": '"'}, "delimiter and quotechar are both '\"'; they must differ"),
        ({"header": []}, "header: wanted true, false or a list of column names, got an empty list"),
        ({"header": ["a", 1]}, "header[1]: wanted text that is not empty, got 1"),
        ({"header": 1}, "header: wanted true, false or a list of column names, got 1"),
        ({"header": ["a", "b", "a"]}, "header names a more than once; column names must differ"),
    ],
)
def test_wrong_csv(fields, message):
    with pytest.raises(JobError) as caught:
        CsvSource(path="a", **fields)
    assert str(caught.value).startswith(message)


def test_columns_of_parquet_are_named_once():
    assert ParquetSource(path="a", columns=["b", "a"]).columns == ("b", "a")
    with pytest.raises(JobError, match="columns names a more than once"):
        ParquetSource(path="a", columns=["a", "b", "a"])


@pytest.mark.parametrize("pointer", [None, "", "/", "/data/0/items", "/a~0b~1c/é", "//x"])
def test_a_pointer_is_one_of_rfc_6901(pointer):
    assert JsonSource(path="a", pointer=pointer).pointer == pointer


@pytest.mark.parametrize("pointer", ["data", "data/items", "/a~", "/a~2", "#/data", 1])
def test_wrong_pointer(pointer):
    with pytest.raises(JobError, match=r"^pointer: wanted a JSON pointer such as /data/items"):
        JsonSource(path="a", pointer=pointer)


def test_a_topic_may_be_on_brokers_that_are_named():
    KafkaSource(bootstrap_servers="a:9092", topic="t")


def test_programs_keep_their_braces_and_say_when_they_are_empty():
    assert AwkSource(path="a", program="{print $1}").program == "{print $1}"
    assert not AwkSource(path="a", program="{print $1}").stateless
    assert CommandSource(command="echo {{a,b}}").command == "echo {{a,b}}"
    with pytest.raises(JobError, match=r"^command: wanted a bash command, got ' '"):
        CommandSource(command=" ")


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (HttpSource, ("url", "urls")),
        (lambda **fields: KafkaSource(topic="t", **fields), ("bootstrap_servers", "conn_id")),
    ],
)
def test_exactly_one_way_to_reach_a_service(make, names):
    one, other = names
    with pytest.raises(JobError, match=f"give exactly one of {one}, {other}; got none"):
        make()
    with pytest.raises(JobError, match=f"give exactly one of {one}, {other}; got {one} and {other}"):
        make(**{one: "http://x", other: "y"})


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"source": {"type": "text", "path": {"b", "a"}}}, "source.path"),
        ({"source": {"type": "csv", "path": "a", "header": {"b", "a"}}}, "source.header"),
        ({"work": {"command": "true", "ok_exit_codes": {0, 1}}}, "work.ok_exit_codes"),
        ({"parallel": {"gnu_parallel": {"options": {"--nice", "5"}}}}, "parallel.gnu_parallel.options"),
        ({"on_event": {"batch_failed": {"a:b"}}}, "on_event.batch_failed"),
    ],
)
def test_a_set_is_no_list_for_it_has_no_order(fields, place):
    job = {"name": "job", "source": {"type": "text", "path": "a"}, "work": {"command": "true"}}
    with pytest.raises(JobError, match=f"^{place}: wanted "):
        BatchJob.from_dict(job | fields)
