"""Work of ``stream_clicks.yaml``."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any


def pages(clicks: Iterable[dict[str, Any]]) -> Iterator[tuple[str, int]]:
    """Yield each page with how often it was clicked at."""
    yield from Counter(click["page"] for click in clicks).items()
