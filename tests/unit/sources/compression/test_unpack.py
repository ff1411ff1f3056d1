import gzip
import lzma
import os
import random
import re
import resource
import sys
from pathlib import Path

import pytest
import zstandard
from compressors import BGZF_END, FORMATS, compress

from airflow_unifyweaver.exceptions import RunError, SourceError
from airflow_unifyweaver.sources.planning import list_entries
from airflow_unifyweaver.sources.source_file import open_source

BLOCK_BYTES = 60_000
BY_BLOCKS = ["bgzf", "bz2", "zstd", "unsized zstd"]
CHECKED = [name for name in FORMATS if name != "unsized zstd"]


@pytest.fixture(scope="module")
def content():
    """More than one block in every format, and hard to compress."""
    return b"".join(b"%x\n" % random.Random(number).getrandbits(900) for number in range(12_000))


@pytest.fixture
def opened(tmp_path):
    def open_packed(data, form):
        path = tmp_path / f"in{FORMATS[form]}"
        path.write_bytes(data)
        (entry,) = list_entries(str(path), str, "utf-8")
        return open_source(entry, tmp_path / "spool")

    return open_packed


def read_whole(file):
    pieces = [file.read(start, min(start + 500_000, file.size)) for start in range(0, file.size, 500_000)]
    return b"".join(pieces)


@pytest.mark.parametrize("form", FORMATS)
def test_content_is_read_in_any_order_and_sent(form, opened, content, tmp_path):
    file = opened(compress(content, form, BLOCK_BYTES), form)
    assert file.size == len(content)
    assert file.read(file.size - 10, file.size) == content[-10:]
    assert file.read(55_000, 1_300_000) == content[55_000:1_300_000]
    assert file.read(0, 10) == content[:10]
    with (tmp_path / "sent").open("wb") as out:
        file.send(out.fileno(), 7, file.size)
    assert (tmp_path / "sent").read_bytes() == content[7:]


@pytest.mark.parametrize("form", FORMATS)
def test_only_what_cannot_be_split_is_copied(form, opened, content, tmp_path):
    opened(compress(content, form, BLOCK_BYTES), form)
    (kept,) = (tmp_path / "spool").iterdir()
    assert kept.name.endswith(".blocks.json" if form in BY_BLOCKS else ".content")
    assert (kept.stat().st_size < 5_000) == (form in BY_BLOCKS)


def test_one_frame_of_zstd_is_one_stream(opened, content, tmp_path):
    assert read_whole(opened(zstandard.compress(content), "zstd")) == content
    assert [path.suffix for path in (tmp_path / "spool").iterdir()] == [".content"]


def test_ordinary_gzip_after_bgzf_is_one_stream(opened, content, tmp_path):
    packed = compress(content, "bgzf", BLOCK_BYTES) + gzip.compress(b"more")
    assert read_whole(opened(packed, "bgzf")) == content + b"more"
    assert [path.suffix for path in (tmp_path / "spool").iterdir()] == [".content"]


@pytest.mark.parametrize("form", FORMATS)
def test_it_is_unpacked_once(form, tmp_path, content):
    path = tmp_path / f"in{FORMATS[form]}"
    path.write_bytes(compress(content, form, BLOCK_BYTES))
    for _ in range(2):
        (entry,) = list_entries(str(path), str, "utf-8")
        assert read_whole(open_source(entry, tmp_path / "spool")) == content
        (kept,) = (tmp_path / "spool").iterdir()
        os.utime(kept, ns=(7, 7))
    assert kept.stat().st_mtime_ns == 7


def test_what_was_kept_of_another_version_is_not_used(opened):
    assert read_whole(opened(gzip.compress(b"one"), "gzip")) == b"one"
    assert read_whole(opened(gzip.compress(b"another"), "gzip")) == b"another"


def test_a_compressed_file_that_changed_is_refused(opened, content):
    for form in ("gzip", "zstd"):
        file = opened(compress(content, form, BLOCK_BYTES), form)
        Path(file.path).write_bytes(b"")
        with pytest.raises(SourceError, match="changed since it was planned"):
            file.check()


def damaged(opened, data, form):
    with pytest.raises(SourceError) as caught:
        read_whole(opened(data, form))
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith("copy it again from where it came from")
    return message, int(re.search(r"damaged or cut off near byte (\d+) of the compressed file", message)[1])


@pytest.mark.parametrize("form", FORMATS)
def test_a_truncated_file_is_refused(form, opened, content, tmp_path):
    packed = compress(content, form, BLOCK_BYTES)
    for stop in (len(packed) - 1, len(packed) - 5, len(packed) // 2):
        message, near = damaged(opened, packed[:stop], form)
        assert f"in{FORMATS[form]}: its {form.split()[-1]} data" in message
        assert stop - 70_000 <= near <= stop
    assert not list((tmp_path / "spool").glob("*"))


@pytest.mark.parametrize("form", CHECKED)
def test_a_flipped_bit_is_found(form, opened, content):
    packed = bytearray(compress(content, form, BLOCK_BYTES))
    packed[len(packed) // 2] ^= 1
    damaged(opened, bytes(packed), form)


@pytest.mark.parametrize("form", FORMATS)
def test_garbage_at_the_end_is_refused(form, opened, content):
    damaged(opened, compress(content, form, BLOCK_BYTES) + b"garbage of some length", form)


def test_bgzf_that_was_cut_off_between_two_blocks_is_refused(opened, content):
    message, _ = damaged(opened, compress(content, "bgzf", BLOCK_BYTES).removesuffix(BGZF_END), "bgzf")
    assert "the empty block that ends such a file is missing" in message


def refused_for_memory(opened, data, form):
    with pytest.raises(SourceError) as caught:
        read_whole(opened(data, form))
    message = str(caught.value)
    assert f"in{FORMATS[form]}: unpacking its {form} data takes more memory than is allowed" in message
    assert message.endswith("compress it with a smaller dictionary or window")


def test_an_xz_file_that_needs_too_much_memory_is_refused_for_that(opened):
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 28}]
    refused_for_memory(opened, lzma.compress(b"a", filters=filters), "xz")


def test_a_zstd_frame_that_needs_too_much_memory_is_refused(opened, tmp_path):
    wide = zstandard.ZstdCompressionParameters(window_log=30)
    compressor = zstandard.ZstdCompressor(compression_params=wide).compressobj()  # which does not know the size yet
    refused_for_memory(opened, compressor.compress(b"a" * 1000) + compressor.flush(), "zstd")


@pytest.mark.parametrize(("form", "name"), [("bz2", "indexed_bzip2"), ("zstd", "zstandard")])
def test_a_missing_library_names_the_extra(form, name, opened, content, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SourceError, match=rf"needs {name}, .* pip install 'airflow-unifyweaver\[compression\]'"):
        opened(compress(content, form, BLOCK_BYTES), form)


def test_a_disk_that_is_full_is_told_by_name(content, tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    packed = compress(content, "gzip", BLOCK_BYTES)
    (tmp_path / "in.gz").write_bytes(packed)
    (entry,) = list_entries(str(tmp_path / "in.gz"), str, "utf-8")
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, limits[1]))
    try:
        with pytest.raises(RunError, match=r"cannot write .*/spool/.*\.content: File too large"):
            open_source(entry, tmp_path / "spool")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list((tmp_path / "spool").iterdir())


def test_an_empty_content(opened):
    for form in FORMATS:
        assert opened(compress(b"", form, BLOCK_BYTES), form).size == 0
