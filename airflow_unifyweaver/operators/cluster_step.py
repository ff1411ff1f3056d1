"""What a mapped task instance can do with its work on a cluster: begin it, join it, end with it, cancel it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import TaskDeferred

from airflow_unifyweaver.job.model import BatchJob

if TYPE_CHECKING:
    from airflow_unifyweaver.backends.launch import Launch
    from airflow_unifyweaver.events.bus import Subscription
    from airflow_unifyweaver.run.directory import RunDirectory
    from airflow_unifyweaver.run.exchange import Exchange

RUNNING, SUCCEEDED, FAILED, CLEARED = "running", "succeeded", "failed", "cleared"


@dataclass(frozen=True)
class ClusterStep:
    """The part of a run that is a mapped task instance's, while a cluster works on it.

    :param job: the job, with what a connection says of the backend.
    :param run: where the run stands.
    :param first: the first of the instance's shards.
    :param subscriptions: the event handlers that only Airflow has.
    """

    job: BatchJob
    run: RunDirectory
    first: int
    subscriptions: Sequence[Subscription]

    def start(self, *, join: bool) -> Launch | None:
        """Begin a launch, or join one that an earlier try began and did not live to note; None: all is done.

        :param join: whether to.
        """
        from airflow_unifyweaver import detached
        from airflow_unifyweaver.operators.storage import abandoned_after

        last = self.last()
        if join and last is not None and self.status(last) == RUNNING:
            return last
        return detached.start(self.job, self.run, self.first, abandoned_after())

    def last(self) -> Launch | None:
        """Return the launch that leads the shards, or did."""
        from airflow_unifyweaver.backends.launch import Launch

        return Launch.last(self._launches)

    def noted(self, reference: Any) -> Launch | None:
        """Return the launch that a try has noted; None when there was nothing to do for one."""
        from airflow_unifyweaver.backends.launch import Launch

        return Launch(self._launches.folder(reference["launch"])) if reference else None

    def status(self, launch: Launch) -> str:
        """Tell how a launch stands.

        A task that was deferred goes on where it was, so one that begins anew was cleared meanwhile: the launch that
        it left is not what the new try shall have.
        """
        from airflow_unifyweaver import detached
        from airflow_unifyweaver.run.plan import Plan

        if launch.is_running:
            return CLEARED if launch.is_deferred or launch.is_cancelled else RUNNING
        left = detached.unfinished(self.run, Plan.require(self.run), self.first)
        return FAILED if left else SUCCEEDED  # as the journals tell: results may have been lost since

    def finish(self, launch: Launch | None) -> dict[str, int]:
        """Wait for a launch, and return how many batches and results there are."""
        from dataclasses import asdict

        from airflow_unifyweaver import detached

        summary = detached.finish(self.job, self.run, self.first, launch, self.subscriptions)
        return {"shard": self.first, **asdict(summary)}

    @contextmanager
    def cancelled_on_error(self) -> Iterator[None]:
        """Leave nothing on the cluster when this is left, unless all is well or the task is deferred."""
        try:
            yield
        except TaskDeferred:
            raise
        except BaseException:
            self.cancel()
            raise

    def cancel(self) -> None:
        """Have all that was begun end."""
        from airflow_unifyweaver.backends.launch import cancel_all

        cancel_all(self._launches)

    @property
    def _launches(self) -> Exchange:
        from airflow_unifyweaver.backends.placement import launches_of

        return launches_of(self.run, self.first)
