"""What counts against the failure budget: batches that failed for good, and batches that lost records."""

from __future__ import annotations

from airflow_unifyweaver.run.plan import Shard
from airflow_unifyweaver.run.state import ShardState

UNTOLD = "its journal line, which told why, is damaged"


def affected(state: ShardState, shard: Shard) -> dict[int, str]:
    """Return the batches that count against the budget, in their order, each with the reason.

    :param state: what the shard's journal tells. Before the shard is finished, a batch counts whose last attempt
        failed: nobody knows whether there is going to be another one.
    :param shard: which batches it has.
    """
    made = (index for index, _ in state.batches(shard.first, shard.count))
    failed = made if state.finished else state.failures
    reasons = {index: state.failures.get(index, UNTOLD) for index in failed if index not in state.commits}
    reasons |= {index: records[0]["error"] for index, records in state.quarantined.items()}
    return dict(sorted(reasons.items()))
