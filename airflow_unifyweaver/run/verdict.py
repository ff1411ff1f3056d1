"""Why the result of a run cannot be published, from all its journals."""

from __future__ import annotations

from airflow_unifyweaver.events.handlers.failures import causes
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
    affected = {batch_id(index): error for state in states for index, error in _affected(state).items()}
    pieces = sum(state.size(index) for state in states for index in _affected(state))
    if (pieces if by_pieces else len(affected)) > allowed:
        made = f"{batches(len(affected))}, " if plan.adaptive else ""
        failed = f"{made}{pieces} of {plan.counted(plan.batches)} failed"
        return f"{run.path}: {failed}, and failure.budget allows {allowed}:\n  " + "\n  ".join(causes(affected))
    unfinished = [number for number, state in enumerate(states) if not state.finished]
    if unfinished:
        committed = sum(state.covered for state in states)
        return (
            f"{run.path}: {_named(unfinished)} not finished, {committed} of {plan.counted(plan.batches)} are "
            "committed; clear the mapped tasks that failed, and they go on"
        )
    return None


def _affected(state: ShardState) -> dict[int, str]:
    """Return the batches that count against the budget: those that failed, and those that lost records."""
    set_aside = {index: records[0]["error"] for index, records in state.quarantined.items()}
    return set_aside | {index: error for index, error in state.failures.items() if index not in state.commits}


def _named(shards: list[int]) -> str:
    if len(shards) == 1:
        return f"shard {shards[0]} is"
    return f"{counted(len(shards), 'shard')}, {shards[0]} first, are"
