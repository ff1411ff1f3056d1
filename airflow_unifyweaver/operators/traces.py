"""Spans of the three steps, inside those that Airflow has for their tasks; they cost nothing where traces are off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from airflow_unifyweaver.run.directory import RunDirectory

if TYPE_CHECKING:
    from opentelemetry.trace import Span

_PREFIX = "unifyweaver"


@contextmanager
def step_span(step: str, job: str, run: RunDirectory) -> Iterator[Span]:
    """Trace a step; an error that leaves it is in its span.

    :param step: name of the operator.
    :param job: name of the job.
    """
    from opentelemetry import trace

    attributes = {f"{_PREFIX}.job": job, f"{_PREFIX}.run": run.place}
    with trace.get_tracer(_PREFIX).start_as_current_span(f"{_PREFIX}.{step}", attributes=attributes) as span:
        yield span


def note_counts(span: Span, returned: object) -> None:
    """Put the numbers that a step returns into its span: batches, results and the like."""
    if isinstance(returned, Mapping):
        span.set_attributes({f"{_PREFIX}.{name}": value for name, value in returned.items() if isinstance(value, int)})
