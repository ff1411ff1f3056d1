"""This package as one file, for workers whose Python does not have it."""

from __future__ import annotations

import zipfile
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import airflow_unifyweaver
from airflow_unifyweaver.run.directory import atomic_file

PACKAGE = Path(airflow_unifyweaver.__file__).parent


def write_archive(path: Path, main: str | None = None) -> None:
    """Write the package's code into a zip file, which Python can import from, and which knows its version.

    It has sources only: an import from it compiles what it needs within 50 ms, whatever the worker's Python is.

    :param path: where the archive shall stand.
    :param main: name of the module whose ``main`` it calls when Python runs it as a program, packed or unpacked.
    :raises RunError: when it cannot be written.
    """
    with atomic_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        if main is not None:
            archive.writestr("__main__.py", f"from {main} import main\n\nmain()\n")
        for code in sorted([*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.pl")]):
            archive.write(code, code.relative_to(PACKAGE.parent))
        with suppress(PackageNotFoundError):  # there is a checkout and nothing else
            installed = distribution(PACKAGE.name)
            metadata = installed.read_text("METADATA") or ""
            archive.writestr(f"{PACKAGE.name}-{installed.version}.dist-info/METADATA", metadata)
