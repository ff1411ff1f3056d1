import bz2
import gzip
import lzma

import pytest
import zstandard
from compressors import compress

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.compression.formats import HEAD_BYTES, compression_of


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (gzip.compress(b"a"), "gzip"),
        (compress(b"a", "bgzf", 10), "bgzf"),
        (bz2.compress(b"a"), "bz2"),
        (bz2.compress(b""), "bz2"),
        (zstandard.compress(b"a"), "zstd"),
        (b"\x5a\x2a\x4d\x18" + bytes(20), "zstd"),
        (lzma.compress(b"a"), "xz"),
        (b"", None),
        (b"a,b\n1,2\n", None),
        (b"BZh9 is how some lines begin", None),
    ],
)
def test_the_first_bytes_tell_the_format_whatever_the_name(data, expected):
    assert compression_of("/data/a.log", data[:HEAD_BYTES]) == expected


@pytest.mark.parametrize("path", ["/data/a.gz", "s3://bucket/a.GZ", "https://host/a.gz?version=7"])
def test_a_name_that_promises_another_content_is_refused(path):
    with pytest.raises(SourceError, match="does not begin as gzip data does, though its name ends so"):
        compression_of(path, b"plain text")
