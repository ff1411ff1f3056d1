"""Results by key that an engine has reduced: parts of the result, and the manifest that tells of what they are made.

They stand in ``reduced/`` of the run. Without the manifest, or when it tells of other commits, they count for nothing.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from airflow_unifyweaver.run.directory import RunDirectory, atomic_file
from airflow_unifyweaver.run.state import ShardState

_PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class Part:
    """A part of a result: its file below ``reduced/``, and the CRC-32 of what is in it."""

    name: str
    checksum: int


@dataclass(frozen=True)
class Reduced:
    """A whole result in parts, in the order of the keys.

    :param commits: digest of the commits that it is made of.
    :param parts: its parts.
    """

    commits: str
    parts: Sequence[Part]

    @classmethod
    def load(cls, run: RunDirectory) -> Reduced | None:
        """Read the manifest of a run, or return None when it has none."""
        manifest = _manifest(run)
        if not manifest.exists():
            return None
        fields = json.loads(manifest.read_bytes())
        return cls(fields["commits"], [Part(**part) for part in fields["parts"]])

    @classmethod
    def of(cls, run: RunDirectory, shards: int, parts: Sequence[Path]) -> Reduced:
        """Return what stands in files below ``reduced/``, made of all that is committed.

        :param shards: how many the run has.
        """
        made = [Part(str(path.relative_to(run.reduced)), _crc(path)) for path in parts]
        return cls(digest_of_commits(run, shards), made)

    def write(self, run: RunDirectory) -> None:
        """Write the manifest, by which the parts become valid."""
        with atomic_file(_manifest(run)) as file:
            file.write(json.dumps(asdict(self), indent=1).encode())

    def is_valid(self, run: RunDirectory, shards: int) -> bool:
        """Tell whether the parts are still what they were, and hold all that is committed and nothing else."""
        if digest_of_commits(run, shards) != self.commits:
            return False
        paths = [run.reduced / part.name for part in self.parts]
        return all(path.exists() and _crc(path) == part.checksum for path, part in zip(paths, self.parts, strict=True))

    def pieces(self, run: RunDirectory) -> Iterator[bytes]:
        """Yield the result."""
        for part in self.parts:
            yield from _read(run.reduced / part.name)


def forget(run: RunDirectory) -> None:
    """Remove what was reduced before."""
    shutil.rmtree(run.reduced, ignore_errors=True)


def digest_of_commits(run: RunDirectory, shards: int) -> str:
    """Return the digest of all that is committed.

    :param shards: how many the run has.
    """
    digest = hashlib.sha256()
    for shard in range(shards):
        commits = ShardState.load(run.shard(shard).journal).commits
        for index in sorted(commits):
            digest.update(f"{index} {commits[index]}\n".encode())
    return digest.hexdigest()


def _manifest(run: RunDirectory) -> Path:
    return run.reduced / "manifest.json"


def _crc(path: Path) -> int:
    checksum = 0
    for piece in _read(path):
        checksum = zlib.crc32(piece, checksum)
    return checksum


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            yield piece
