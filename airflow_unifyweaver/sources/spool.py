"""Sources that cannot be read again are first written to files of the run, and read from there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from airflow_unifyweaver.exceptions import writing
from airflow_unifyweaver.sources.base import Manifest, Recipe, SourcePlan

SPOOLED = "spooled"
"""The ``type`` in the manifest of a source that is read from the spool."""

_FOLDER = "records"
_CONTENTS = "manifest.json"


def spooled(origin: Manifest, spool: Path, fill: Callable[[Path], SourcePlan]) -> SourcePlan:
    """Plan a source by way of the spool: it is filled when the first batch is asked for, and its files are planned.

    A plan that is made only to look whether the source has changed thus reads nothing of it.

    :param origin: what names the source and its version; its digest guards a resume.
    :param spool: the run's own folder.
    :param fill: writes files into a folder, which is empty, and plans these.
    """
    plan = SourcePlan({"type": SPOOLED, "origin": origin}, 0, iter(()))
    plan.recipes = _filled(plan, spool, fill)
    return plan


def spooled_manifest(spool: Path) -> Manifest:
    """Return the manifest of the files in a spool, wherever that stands by now."""
    contents = json.loads((spool / _FOLDER / _CONTENTS).read_bytes())
    return _renamed(contents, lambda path: str(spool / path))


def _filled(plan: SourcePlan, spool: Path, fill: Callable[[Path], SourcePlan]) -> Iterator[Recipe]:
    import shutil

    folder = spool / _FOLDER
    with writing(folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    contents = fill(folder)
    plan.size, plan.unit = contents.size, contents.unit
    with writing(folder):
        (folder / _CONTENTS).write_text(json.dumps(_renamed(contents.manifest, lambda path: _below(spool, path))))
    yield from contents.recipes


def _renamed(manifest: Manifest, rename: Callable[[str], str]) -> Manifest:
    return manifest | {"files": [entry | {"path": rename(entry["path"])} for entry in manifest["files"]]}


def _below(folder: Path, path: str) -> str:
    """Return the path of a file in a folder as one that is relative to it, and any other as it is."""
    return str(Path(path).relative_to(folder)) if Path(path).is_relative_to(folder) else path
