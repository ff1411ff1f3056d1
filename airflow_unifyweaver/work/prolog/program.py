"""A Prolog program as files: where it is, what it is made of, and what tells that it has changed."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

_LOADING = re.compile(
    r"\b(?:consult|ensure_loaded|use_module|reexport|include|load_files)\s*\(([^)]*)|:-\s*\[([^\]]*)\]"
)
_NAME = re.compile(r"'([^'\n]+)'|\"([^\"\n]+)\"|([\w./-]+)")


@dataclass(frozen=True)
class Program:
    """A program.

    :param file: its file, relative to the job's folder or absolute.
    :param folder: the job's folder, in which it runs.
    :param stack_limit: most bytes that its stacks may take.
    """

    file: str
    folder: str
    stack_limit: int

    @property
    def path(self) -> Path:
        """The file's absolute path."""
        return Path(self.folder, self.file)

    def fingerprint(self) -> str:
        """Return a digest of the program's file and of the files that it loads from where it is."""
        found: dict[Path, bytes] = {}
        _gather(self.path, found)
        digest = hashlib.sha256()
        for path in sorted(found):
            digest.update(b"%d\0%b\0" % (len(found[path]), found[path]))
        return digest.hexdigest()


def _gather(path: Path, found: dict[Path, bytes]) -> None:
    if path in found or not path.is_file():
        return
    found[path] = path.read_bytes()
    for arguments in _LOADING.findall(found[path].decode("utf-8", "replace")):
        for names in _NAME.findall("".join(arguments)):
            for suffix in ("", ".pl"):  # a name that is something else as well makes the digest no worse
                _gather(path.parent / ("".join(names) + suffix), found)
