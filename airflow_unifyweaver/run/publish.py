"""Publishing: the committed results of all shards, merged and put in place by one atomic step."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from airflow_unifyweaver.aggregation.base import Aggregation
from airflow_unifyweaver.events.journal import Journal
from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.exceptions import DamagedResultsError, JobFailedError, RunError
from airflow_unifyweaver.run.budget import affected
from airflow_unifyweaver.run.directory import RunDirectory, ShardDirectory, atomic_file, batch_id
from airflow_unifyweaver.run.plan import Plan, Shard
from airflow_unifyweaver.run.segment import SegmentReader
from airflow_unifyweaver.run.state import REVOKED, ShardState
from airflow_unifyweaver.words import batches, pieces

MARKER = "_SUCCESS"


@dataclass(frozen=True)
class Result:
    """A published result.

    :param file: its file: one JSON value a line, or lines of plain text.
    :param batches: how many batches the run had.
    :param failed: how many of them are missing from the result, within the failure budget.
    :param quarantined: how many records are missing from it, having been set aside.
    :param results: how many results of work were merged into it.
    :param bytes: size of the file.
    """

    file: Path
    batches: int
    failed: int
    quarantined: int
    results: int
    bytes: int


class CommittedResults:
    """The payloads of all committed batches, in the order of the batches; iterate once.

    :param run: the run.
    :param plan: its plan.
    :param fetch: is called with the number of each shard before that is read.
    """

    def __init__(self, run: RunDirectory, plan: Plan, fetch: Callable[[int], None]) -> None:
        self._run = run
        self._plan = plan
        self._fetch = fetch
        self.batches = 0
        self.results = 0
        self.failed = 0
        self.quarantined = 0
        self.affected: dict[int, str] = {}
        self.affected_pieces = 0

    def __iter__(self) -> Iterator[bytes]:
        for number, shard in enumerate(self._plan.shards):
            self._fetch(number)
            yield from self._read(number, shard)

    def count(self) -> None:
        """Count what there is without reading it."""
        for number, shard in enumerate(self._plan.shards):
            self._count(number, shard)

    def _count(self, number: int, shard: Shard) -> ShardState:
        state = ShardState.load(self._run.shard(number).journal)
        if not state.finished:
            raise RunError(
                f"{self._run.place}: shard {number} is not finished, {state.covered} of "
                f"{self._plan.counted(shard.count)} are committed; resume the run first"
            )
        self.results += state.results
        made = state.batches_among(shard.count)
        self.batches += made
        self.failed += made - len(state.commits)
        self.quarantined += sum(map(len, state.quarantined.values()))
        reasons = affected(state, shard)
        self.affected |= reasons
        self.affected_pieces += sum(map(state.size, reasons))
        return state

    def _read(self, number: int, shard: Shard) -> Iterator[bytes]:
        directory = self._run.shard(number)
        state = self._count(number, shard)
        with closing(SegmentReader(directory.segments)) as reader:
            for index in sorted(state.commits):
                data = reader.read(state.commits[index])
                if data is None:
                    self._revoke_damaged(number, directory, state)
                yield data

    def _revoke_damaged(self, number: int, directory: ShardDirectory, state: ShardState) -> NoReturn:
        """Set back all batches of a shard whose results are damaged.

        :raises DamagedResultsError: always.
        """
        with closing(SegmentReader(directory.segments)) as reader, Journal(directory.journal) as journal:
            damaged = [index for index, commit in state.commits.items() if reader.read(commit) is None]
            payload = {"error": "its results are no longer what was committed", "retry_count": 0, REVOKED: True}
            for index in damaged:
                name, attempt, run_id = batch_id(index), state.attempts[index], self._plan.run_id
                event = Event(EventType.BATCH_FAILED, "publisher", name, payload, run_id, number, attempt)
                journal.append(event.to_line())
        raise DamagedResultsError(
            f"{directory.segments}: the results of {batches(len(damaged))}, {batch_id(damaged[0])} first, are damaged; "
            "resume the run, and they are made again"
        )


def publish(  # noqa: PLR0913 - each is one thing that decides what is published
    run: RunDirectory,
    plan: Plan,
    aggregation: Aggregation,
    allowed_failures: int,
    *,
    by_pieces: bool = False,
    fetch: Callable[[int], None] = lambda _: None,
    decide: Callable[[], None] = lambda: None,
) -> Result:
    """Merge the results of a run and put them in place; doing so again replaces them by the same.

    :param run: the run, all shards of which are finished.
    :param plan: its plan.
    :param aggregation: how results are merged.
    :param allowed_failures: the failure budget, applied here to the run as a whole.
    :param by_pieces: whether it counts the pieces that batches are made of, instead of the batches.
    :param fetch: is called with the number of each shard before its results are read.
    :param decide: is called when all is merged, right before it is put in place; what it raises prevents that.
    :raises RunError: when a shard is not finished.
    :raises DamagedResultsError: when committed results are damaged; their batches are set back.
    :raises JobFailedError: when more batches failed than the budget allows.
    """
    file = run.result / ("result.txt" if aggregation.raw else "result.jsonl")
    committed = CommittedResults(run, plan, fetch)
    with atomic_file(file) as merged:
        size = sum(merged.write(piece) for piece in _merged(run, plan, aggregation, committed))
        _check_budget(committed, allowed_failures, by_pieces=by_pieces)
        decide()
        (run.result / MARKER).unlink(missing_ok=True)
    result = Result(file, committed.batches, committed.failed, committed.quarantined, committed.results, size)
    with atomic_file(run.result / MARKER) as marker:
        facts = asdict(result) | {"file": file.name, "published": datetime.now(UTC).isoformat()}
        marker.write(json.dumps(facts, indent=1).encode())
    return result


def _merged(run: RunDirectory, plan: Plan, aggregation: Aggregation, committed: CommittedResults) -> Iterator[bytes]:
    """Return the result: what an engine has made of these very commits, or else what is merged here."""
    if not run.reduced.exists():
        return aggregation.merge(committed)
    from airflow_unifyweaver.run.reduced import Reduced

    reduced = Reduced.load(run)
    if reduced is None or not reduced.is_valid(run, len(plan.shards)):
        return aggregation.merge(committed)
    committed.count()
    return reduced.pieces(run)


def _check_budget(committed: CommittedResults, allowed: int, *, by_pieces: bool) -> None:
    reasons, size = committed.affected, committed.affected_pieces
    if (size if by_pieces else len(reasons)) > allowed:
        index, error = next(iter(reasons.items()))
        named = f"{batches(len(reasons))} of {pieces(size)}" if by_pieces else batches(len(reasons))
        raise JobFailedError(
            f"{named} failed for good, {batch_id(index)} among them: {error}; failure.budget allows {allowed}"
        )
