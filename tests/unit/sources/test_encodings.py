import codecs

import pytest

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.encodings import codec_of, encoding_named


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("UTF8", b"abcd", ("utf-8", 0)),
        ("utf-8", codecs.BOM_UTF8 + b"a", ("utf-8", 3)),
        ("utf-8-sig", b"abcd", ("utf-8", 0)),
        ("utf-16", codecs.BOM_UTF16_BE + b"\0a", ("utf-16-be", 2)),
        ("utf-16", b"a\0b\0", ("utf-16-le", 0)),
        ("utf-16-le", codecs.BOM_UTF16_LE, ("utf-16-le", 2)),
        ("utf-32", codecs.BOM_UTF32_LE, ("utf-32-le", 4)),
        ("latin-1", codecs.BOM_UTF8, ("iso8859-1", 0)),
        ("utf-8", b"", ("utf-8", 0)),
    ],
)
def test_a_byte_order_mark_decides_where_text_starts(name, head, expected):
    assert codec_of(name, head) == expected


def test_an_unknown_encoding_is_refused():
    with pytest.raises(SourceError, match="'utf-9' is unknown"):
        codec_of("utf-9", b"")


@pytest.mark.parametrize(
    ("name", "searchable", "not_searchable"),
    [
        ("utf-8", ',"|\n', "é"),
        ("latin-1", ',"é', "漢"),
        ("shift_jis", ',";\n', "|~\\"),
        ("gb18030", ',";\n', "|0"),
        ("euc_jp", ',"|\n0', "漢"),
        ("utf-16-le", "", ',"\n'),
    ],
)
def test_bytes_that_may_be_part_of_a_character_are_not_searched_for(name, searchable, not_searchable):
    encoding = encoding_named(name)
    assert [c for c in searchable + not_searchable if encoding.searchable(c)] == list(searchable)


def test_newlines_are_found_at_code_units_only():
    encoding = encoding_named("utf-16-le")
    data = "\u0a41\u4100\n\u0a41\u4100".encode("utf-16-le")  # 41 0A | 00 41 | 0A 00 | 41 0A | 00 41
    assert data.find(b"\n\0") == 1
    assert encoding.find_newline(data) == 4
    assert encoding.find_newline(data, 6) == -1
    assert data.rfind(b"\n\0") == 7
    assert encoding.rfind("\n", data, len(data)) == 4
    assert encoding.rfind("\n", data, 4) == -1


def test_bytes_that_cannot_be_decoded_are_named_by_their_place_in_the_file():
    with pytest.raises(SourceError, match=r"x.log: byte 102 cannot be decoded as utf-8 .*set source.encoding"):
        encoding_named("utf-8").decode(b"ab\xffcd", "x.log", 100)
