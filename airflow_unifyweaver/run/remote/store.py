"""A folder behind a URL, in which a file appears whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver.exceptions import RunError, SourceError, UnifyWeaverError
from airflow_unifyweaver.run.directory import atomic_file

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

PART_BYTES = 8 << 20
"""How much is asked for at a time."""


@dataclass(frozen=True)
class Store:
    """A folder behind a URL, which need not be there yet; names in it may lead into folders below.

    :param url: its URL, without a slash at the end.
    :raises RunError: from every method, naming the URL and the reason, when its server cannot do what is wanted.
    """

    url: str

    def put(self, name: str, data: bytes) -> None:
        """Make a file, or put it in the place of one."""
        with self._using(name) as (files, path):
            files.pipe_file(path, data)

    def put_new(self, name: str, data: bytes) -> bool:
        """Make a file unless there is one already, and return whether it was made.

        Of several that try at the same time, one makes it: on HDFS and S3 the server sees to that.
        """
        with self._using(name) as (files, path):
            try:
                files.pipe_file(path, data, mode="create")
            except FileExistsError:
                return False
        return True

    def put_file(self, name: str, source: Path) -> None:
        """Copy a local file here."""
        with self._using(name) as (files, path):
            files.put_file(str(source), path)

    def read(self, name: str) -> bytes | None:
        """Return what is in a file, or None when there is none."""
        with self._using(name) as (files, path):
            try:
                return bytes(files.cat_file(path))
            except FileNotFoundError:
                return None

    def read_part(self, name: str, start: int, stop: int) -> bytes:
        """Return the bytes of a file from ``start`` up to ``stop``, which is not past its end."""
        with self._using(name) as (files, path):
            return bytes(files.cat_file(path, start=start, end=stop)) if start < stop else b""

    def fetch(self, name: str, target: Path, size: int) -> None:
        """Copy a file of a known size to a local path, where it appears whole."""
        with atomic_file(target) as file:
            for start in range(0, size, PART_BYTES):
                file.write(self.read_part(name, start, min(start + PART_BYTES, size)))

    def exists(self, name: str) -> bool:
        """Tell whether there is a file."""
        with self._using(name) as (files, path):
            files.invalidate_cache(path)
            return bool(files.exists(path))

    def changed(self, name: str) -> float | None:
        """Return when a file was written, in seconds since 1970, or None when there is none."""
        from airflow_unifyweaver.sources.filesystems import latest_info
        from airflow_unifyweaver.sources.remote_file import version_of

        url = f"{self.url}/{name}"
        with self._using(name):
            try:
                return version_of(url, latest_info(url)).mtime_ns / 1_000_000_000
            except FileNotFoundError:
                return None

    def listing(self, folder: str, kind: str = "file") -> dict[str, int]:
        """Return what is in a folder, sorted by name, with the sizes.

        :param kind: ``file``, or ``directory``.
        """
        with self._using(folder) as (files, path):
            files.invalidate_cache(path)
            try:
                infos: list[dict[str, Any]] = files.ls(path, detail=True)
            except FileNotFoundError:
                return {}
        found = {info["name"].rstrip("/").rpartition("/")[2]: info["size"] for info in infos if info["type"] == kind}
        return {name: found[name] for name in sorted(found) if not name.startswith(".")}

    def remove(self, name: str) -> None:
        """Remove a file, if there is one."""
        with self._using(name) as (files, path):
            if files.exists(path):
                files.rm_file(path)

    def remove_folder(self, name: str) -> None:
        """Remove a folder with all that is in it, if there is one."""
        with self._using(name) as (files, path):
            files.invalidate_cache(path)
            if files.exists(path):
                files.rm(path, recursive=True)

    def move(self, url: str) -> None:
        """Give the folder, with all that is in it, another URL on the same server."""
        from airflow_unifyweaver.sources.filesystems import inner_path

        with self._using("") as (files, path):
            files.mv(path.rstrip("/"), inner_path(url), recursive=True)
            files.invalidate_cache()

    @contextmanager
    def _using(self, name: str) -> Iterator[tuple[AbstractFileSystem, str]]:
        from airflow_unifyweaver.sources.filesystems import filesystem_of, inner_path, reason_of

        url = f"{self.url}/{name}"
        try:
            yield filesystem_of(url), inner_path(url)
        except SourceError as error:  # what it says of URLs is true of all
            raise RunError(str(error)) from None
        except UnifyWeaverError:
            raise
        except Exception as error:  # each file system raises what its own library does
            raise RunError(
                f"{url.rstrip('/')} cannot be used: {reason_of(url, error)}; check the storage, credentials and the "
                "server, and resume the run: what is there is kept"
            ) from None
