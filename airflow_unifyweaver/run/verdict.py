"""Why the result of a run cannot be published, from all its journals."""

from __future__ import annotations

from airflow_unifyweaver.events.handlers.failures import causes
from airflow_unifyweaver.run.budget import affected
from airflow_unifyweaver.run.directory import RunDirectory, batch_id
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.state import ShardState
from airflow_unifyweaver.words import batches, counted


def verdict(run: RunDirectory, plan: Plan, allowed: int) -> str | None:
    """Return why there can be no result before more batches are done, or None when there can.

    :param run: the run.
    :param plan: its plan.
    :param allowed: the failure budget of the whole run.
    """
    states = [ShardState.load(run.shard(number).journal) for number in range(len(plan.shards))]
    errors: dict[str, str] = {}
    for state, shard in zip(states, plan.shards, strict=True):
        errors |= {batch_id(index): error for index, error in affected(state, shard).items()}
    if len(errors) > allowed:
        return (
            f"{run.path}: {len(errors)} of {batches(plan.batches)} failed, and failure.budget allows {allowed}:\n  "
            + "\n  ".join(causes(errors))
        )
    unfinished = [number for number, state in enumerate(states) if not state.finished]
    if unfinished:
        committed = sum(len(state.commits) for state in states)
        return (
            f"{run.path}: {_named(unfinished)} not finished, {committed} of {batches(plan.batches)} are committed; "
            "clear the mapped tasks that failed, and they go on"
        )
    return None


def _named(shards: list[int]) -> str:
    if len(shards) == 1:
        return f"shard {shards[0]} is"
    return f"{counted(len(shards), 'shard')}, {shards[0]} first, are"
