"""A folder through which processes hear of each other: those who wait for a cluster, and those who work there."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from airflow_unifyweaver.run.directory import atomic_file, make_durable
from airflow_unifyweaver.run.remote.addresses import staged
from airflow_unifyweaver.run.remote.store import Store


@dataclass(frozen=True)
class Exchange:
    """A folder in a run's directory, which all see; or at the run's URL, when the directory is a copy that they do not.

    :param path: the folder in the directory.
    :param url: the folder at the URL, or None.
    """

    path: Path
    url: str | None = None

    @classmethod
    def at(cls, address: str) -> Exchange:
        """Return what has a path or URL."""
        return cls(staged(address), address) if "://" in address else cls(Path(address))

    @property
    def address(self) -> str:
        """Its path or URL."""
        return self.url or str(self.path)

    def folder(self, name: str) -> Exchange:
        """Return a folder in this one."""
        return Exchange(self.path / name, f"{self.url}/{name}" if self.url else None)

    @property
    def parent(self) -> Exchange:
        """The folder that this one is in."""
        return Exchange(self.path.parent, self.url.rpartition("/")[0] if self.url else None)

    def folders(self) -> list[Exchange]:
        """Return the folders that are in this one."""
        names = (
            [folder.name for folder in self.path.glob("*/")]
            if self.url is None
            else Store(self.url).listing("", "directory")
        )
        return [self.folder(name) for name in names]

    def files(self) -> list[str]:
        """Return the names of the files that are in it; none when it is not there."""
        if self.url is None:
            return [file.name for file in self.path.glob("*") if file.is_file()]
        return list(Store(self.url).listing(""))

    def file_url(self, name: str) -> str:
        """Return the URL of a file, also of one in the directory."""
        return f"{self.url}/{name}" if self.url else (self.path / name).as_uri()

    def remove_folder(self, name: str) -> None:
        """Remove a folder with all that is in it, if there is one."""
        if self.url is not None:
            Store(self.url).remove_folder(name)
        else:
            shutil.rmtree(self.path / name, ignore_errors=True)

    def write(self, name: str, data: bytes) -> None:
        """Put a file in place whole, and durably."""
        if self.url is not None:
            Store(self.url).put(name, data)
            return
        with atomic_file(self.path / name) as file:
            file.write(data)
        make_durable(self.path)

    def read(self, name: str) -> bytes | None:
        """Return what is in a file, or None when there is none."""
        if self.url is not None:
            return Store(self.url).read(name)
        file = self.path / name
        return file.read_bytes() if file.exists() else None

    def exists(self, name: str) -> bool:
        """Tell whether there is a file."""
        return (self.path / name).exists() if self.url is None else Store(self.url).exists(name)
