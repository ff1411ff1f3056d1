"""The formats of compressed files, and how each is told."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.source_file import is_url

HEAD_BYTES = 18
"""How much of a file tells its format."""

_SUFFIXES = {".gz": "gzip", ".bgz": "gzip", ".bz2": "bz2", ".zst": "zstd", ".xz": "xz"}
_GZIP, _GZIP_EXTRA_FIELD, _BGZF_FIELD = b"\x1f\x8b\x08", 4, b"BC"
_XZ = b"\xfd7zXZ\x00"
_BZ2, _BZ2_LEVELS, _BZ2_PARTS = b"BZh", b"123456789", (b"\x31\x41\x59\x26\x53\x59", b"\x17\x72\x45\x38\x50\x90")
_ZSTD, _ZSTD_SKIPPABLE = b"\x28\xb5\x2f\xfd", (b"\x2a\x4d\x18", 0x50)


def compression_of(path: str, head: bytes) -> str | None:
    """Return the name of the format that a file is compressed in, or None if it is not.

    :param head: its first :data:`HEAD_BYTES`, or all of it.
    :return: gzip, bgzf (gzip in blocks that tell their length), bz2, zstd or xz.
    :raises SourceError: when its name says that it is compressed, and its first bytes do not.
    """
    found = _by_first_bytes(head)
    named = _SUFFIXES.get(PurePosixPath(urlsplit(path).path if is_url(path) else path).suffix.lower())
    if named and not found:
        raise SourceError(
            f"{path} does not begin as {named} data does, though its name ends so; copy it again from where it came "
            "from, or rename it if it is not compressed"
        )
    return found


def _by_first_bytes(head: bytes) -> str | None:
    if head.startswith(_GZIP):
        has_field = len(head) == HEAD_BYTES and head[3] & _GZIP_EXTRA_FIELD and head[12:14] == _BGZF_FIELD
        return "bgzf" if has_field else "gzip"
    if head.startswith(_BZ2) and head[3:4] in _BZ2_LEVELS and head[4:10] in _BZ2_PARTS:
        return "bz2"
    if head.startswith(_ZSTD) or _is_skippable_zstd(head):
        return "zstd"
    return "xz" if head.startswith(_XZ) else None


def _is_skippable_zstd(head: bytes) -> bool:
    rest, first = _ZSTD_SKIPPABLE
    return head[1:4] == rest and head[0] & 0xF0 == first
