"""What a Spark application's log says of why it failed."""

from __future__ import annotations

from pathlib import Path


def probable_cause(log: Path) -> str:
    return log.read_text()[-3000:]
