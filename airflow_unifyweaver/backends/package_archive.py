"""This package as one archive, for workers that have it not, or have another version."""

from __future__ import annotations

import zipfile
from pathlib import Path

from airflow_unifyweaver.run.directory import atomic_file

PACKAGE = Path(__file__).resolve().parents[1]


def write_archive(path: Path, main: str) -> None:
    """Write the package's modules into a zip archive, which Python runs as a program, packed or unpacked.

    :param path: where the archive shall stand.
    :param main: name of the module whose ``main`` that program calls.
    """
    with atomic_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__main__.py", f"from {main} import main\n\nmain()\n")
        for module in sorted(PACKAGE.rglob("*.py")):
            archive.write(module, module.relative_to(PACKAGE.parent))
