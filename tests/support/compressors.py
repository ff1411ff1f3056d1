"""Writes compressed files in every format, those that can be split in blocks of a wanted size."""

import bz2
import gzip
import lzma
import struct
import zlib

import zstandard

FORMATS = {"gzip": ".gz", "bgzf": ".gz", "bz2": ".bz2", "zstd": ".zst", "unsized zstd": ".zst", "xz": ".xz"}
BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
LARGEST_BGZF_BLOCK = 65280


def compress(data, form, block_bytes):
    """Return data in a format, as a stream or block for each so many bytes."""
    pieces = [data[start : start + block_bytes] for start in range(0, len(data), block_bytes)] or [b""]
    return b"".join(map(_WRITERS[form], pieces)) + (BGZF_END if form == "bgzf" else b"")


def _bgzf(data):
    deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
    body = deflate.compress(data) + deflate.flush()
    head = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0" + struct.pack("<H", len(body) + 25)
    return head + body + struct.pack("<II", zlib.crc32(data), len(data))


def _unsized(data):
    compressor = zstandard.ZstdCompressor(write_checksum=True).compressobj()
    return compressor.compress(data) + compressor.flush()


_WRITERS = {
    "gzip": gzip.compress,
    "bgzf": _bgzf,
    "bz2": lambda data: bz2.compress(data, 1),
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
    "unsized zstd": _unsized,
    "xz": lzma.compress,
}
