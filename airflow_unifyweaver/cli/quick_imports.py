"""Importing what a command needs, without searching it for garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quick_imports() -> Iterator[None]:
    """Import modules meanwhile. What they are made of stays: it is kept from the garbage collector, now and at exit."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
