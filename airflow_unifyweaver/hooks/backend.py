"""What all hooks of backends share: an Airflow connection becomes options of a backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseHook

from airflow_unifyweaver.exceptions import BackendError, JobError
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.job.nearest import did_you_mean
from airflow_unifyweaver.job.parallel import Parallel
from airflow_unifyweaver.words import counted

if TYPE_CHECKING:
    from airflow_unifyweaver.backends.cluster import ClusterBackend
    from airflow_unifyweaver.backends.slot_backend import SlotBackend

_COUNTS = ("workers", "num_executors")


class BackendHook(BaseHook):
    """A backend, and the connection that holds options for it.

    :param conn_id: the connection; without one, the job alone decides.
    """

    backend: ClassVar[str]
    conn_name_attr = "conn_id"
    conn_type: ClassVar[str]
    fields: ClassVar[tuple[str, ...]] = ("workers",)
    """What the connection's extra may hold."""
    hook_name: ClassVar[str]

    def __init__(self, conn_id: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.conn_id = conn_id

    def get_backend(self) -> SlotBackend | ClusterBackend:
        """Return the backend, not started yet."""
        from airflow_unifyweaver.backends import select

        return select.create(self.backend)

    def get_conn(self) -> SlotBackend | ClusterBackend:
        """Return the backend, not started yet."""
        return self.get_backend()

    def with_options(self, job: BatchJob) -> BatchJob:
        """Return the job with the connection's options, where the job itself leaves them open.

        :raises JobError: when an option is wrong or unknown.
        """
        extra = self._extra()
        if not extra:
            return job
        fields = job.to_dict()
        fields["parallel"] |= self.options(job.parallel, extra)
        try:
            return BatchJob.from_dict(fields, base_dir=job.base_dir)
        except JobError as error:
            raise JobError(f"connection {self.conn_id}: {error}") from None

    def options(self, parallel: Parallel, extra: dict[str, Any]) -> dict[str, Any]:
        """Return what a connection adds to the job's ``parallel``.

        :param parallel: what the job itself says.
        :param extra: the connection's extra fields.
        """
        workers = extra.get("workers")
        return {"workers": workers} if workers and parallel.workers == "auto" else {}

    def test_connection(self) -> tuple[bool, str]:
        """Look whether the backend can be used from this machine, and whether its cluster answers if it has one."""
        from airflow_unifyweaver.backends import select
        from airflow_unifyweaver.backends.cluster import ClusterBackend

        backend = select.BACKENDS[self.backend]
        parallel = Parallel(**self.options(Parallel(), self._extra()))
        reason = backend.unusable(parallel)
        if reason is not None:
            return False, reason
        try:
            workers = backend.available(parallel) if issubclass(backend, ClusterBackend) else None
        except BackendError as error:
            return False, str(error)
        return True, f"{self.backend} is usable here" + (f", with {counted(workers, 'worker')}" if workers else "")

    def _extra(self) -> dict[str, Any]:
        if self.conn_id is None:
            return {}
        connection = self.get_connection(self.conn_id)
        if connection.conn_type != self.conn_type:
            self.log.warning(
                "connection %s is for %s, but the run was planned for %s: its options are not used",
                self.conn_id,
                connection.conn_type,
                self.backend,
            )
            return {}
        return {name: self._checked(name, value) for name, value in connection.extra_dejson.items()}

    def _checked(self, name: str, value: Any) -> Any:
        if name not in self.fields:
            hint = did_you_mean(name, self.fields) if self.fields else "; there is nothing to set"
            raise JobError(f"connection {self.conn_id}: extra.{name}: unknown field{hint}")
        # A connection that is written as a URI has nothing but text.
        return int(value) if name in _COUNTS and isinstance(value, str) and value.isdecimal() else value
