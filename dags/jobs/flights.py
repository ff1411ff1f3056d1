"""The work of flights_delay.py."""

from collections.abc import Iterable, Iterator


def arrival_delays(flights: Iterable[dict[str, str]]) -> Iterator[tuple[str, float]]:
    """Yield the carrier and the minutes of delay of each flight that arrived."""
    for flight in flights:
        if flight["arr_delay"] not in ("", "NA"):
            yield flight["carrier"], float(flight["arr_delay"])
