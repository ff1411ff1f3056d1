"""Why the result of a run cannot be published, from all its journals."""

from __future__ import annotations

from airflow_unifyweaver.events.handlers.failures import causes
from airflow_unifyweaver.run.budget import affected
from airflow_unifyweaver.run.directory import RunDirectory, batch_id
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.state import ShardState
from airflow_unifyweaver.words import batches, counted


def verdict(run: RunDirectory, plan: Plan, allowed: int, *, by_pieces: bool = False) -> str | None:
    """Return why there can be no result before more batches are done, or None when there can.

    :param run: the run.
    :param plan: its plan.
    :param allowed: the failure budget of the whole run.
    :param by_pieces: whether it counts the pieces that batches are made of, instead of the batches.
    """
    states = [ShardState.load(run.shard(number).journal) for number in range(len(plan.shards))]
    errors: dict[str, str] = {}
    pieces = 0
    for state, shard in zip(states, plan.shards, strict=True):
        reasons = affected(state, shard)
        errors |= {batch_id(index): error for index, error in reasons.items()}
        pieces += sum(map(state.size, reasons))
    if (pieces if by_pieces else len(errors)) > allowed:
        made = f"{batches(len(errors))}, " if plan.adaptive else ""
        failed = f"{made}{pieces} of {plan.counted(plan.batches)} failed"
        return f"{run.place}: {failed}, and failure.budget allows {allowed}:\n  " + "\n  ".join(causes(errors))
    unfinished = [number for number, state in enumerate(states) if not state.finished]
    if unfinished:
        committed = sum(state.covered for state in states)
        return (
            f"{run.place}: {_named(unfinished)} not finished, {committed} of {plan.counted(plan.batches)} are "
            "committed; clear the mapped tasks that failed, and they go on"
        )
    return None


def _named(shards: list[int]) -> str:
    if len(shards) == 1:
        return f"shard {shards[0]} is"
    return f"{counted(len(shards), 'shard')}, {shards[0]} first, are"
