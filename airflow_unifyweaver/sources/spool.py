"""Sources that cannot be read again are first written to files of the run, and read from there."""

from __future__ import annotations

import json
import shutil
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
    plan.recipes = _filled(plan, spool / _FOLDER, fill)
    return plan


def spooled_manifest(spool: Path) -> Manifest:
    """Return the manifest of the files in a spool."""
    manifest: Manifest = json.loads((spool / _FOLDER / _CONTENTS).read_bytes())
    return manifest


def _filled(plan: SourcePlan, folder: Path, fill: Callable[[Path], SourcePlan]) -> Iterator[Recipe]:
    with writing(folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    contents = fill(folder)
    plan.size = contents.size
    with writing(folder):
        (folder / _CONTENTS).write_text(json.dumps(contents.manifest))
    yield from contents.recipes
