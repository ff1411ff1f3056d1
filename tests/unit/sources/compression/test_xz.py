import io
import lzma

import pytest

from airflow_unifyweaver.sources.compression.xz import XzStream


def unpacked(data):
    return io.BufferedReader(XzStream(io.BytesIO(data))).read()


def test_streams_with_padding_between_and_after_them():
    assert unpacked(lzma.compress(b"one") + bytes(8) + lzma.compress(b"two") + bytes(4)) == b"onetwo"


def test_content_comes_in_bounded_pieces():
    stream = XzStream(io.BytesIO(lzma.compress(bytes(10_000_000))))
    buffer = bytearray(1000)
    assert stream.readinto(buffer) == 1000


def test_a_dictionary_larger_than_the_limit_is_refused():
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 28}]
    with pytest.raises(lzma.LZMAError, match="Memory usage limit"):
        unpacked(lzma.compress(b"a", filters=filters))
