"""The job: one model for whichever way it was written."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, PrivateAttr, Strict, ValidationError, model_validator

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.aggregation import AggregationField
from airflow_unifyweaver.job.batch import Batch
from airflow_unifyweaver.job.columns import column_problem, lateness_problem
from airflow_unifyweaver.job.dag_arguments import DagArguments
from airflow_unifyweaver.job.handler import EventHandler
from airflow_unifyweaver.job.messages import explain, shown
from airflow_unifyweaver.job.output import Output
from airflow_unifyweaver.job.parallel import Parallel
from airflow_unifyweaver.job.part import ALL_DEFAULTS, Part
from airflow_unifyweaver.job.policy import Failure, Retry
from airflow_unifyweaver.job.prolog_work import PrologHandler, PrologReducer
from airflow_unifyweaver.job.source import Source
from airflow_unifyweaver.job.values import IN_ORDER, wanted
from airflow_unifyweaver.job.work import Work

if TYPE_CHECKING:
    from airflow_unifyweaver.job.job_file import JobFile

EventType = Literal[
    "batch_ready",
    "batch_claimed",
    "batch_started",
    "batch_complete",
    "batch_failed",
    "batches_complete",
    "backend_degraded",
]
_Name = Annotated[
    str,
    Strict(),
    Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$", max_length=200),
    wanted("1 to 200 letters, digits, '_', '-' and '.', not starting with '.'"),
]
_CONCAT: Any = "concat"
_DECIDES_RESULT = {"source", "batch", "work", "aggregation"}


class BatchJob(Part):
    """A source, how to cut it into batches, what to run on each, and how to merge the results.

    :raises JobError: when anything in it is wrong; one line a problem.
    """

    name: _Name = Field(description="Name of the job; it names the folder of its runs, its DAG and its task group.")
    source: Source = Field(description="Where the records come from.")
    batch: Batch = Field(default=ALL_DEFAULTS, description="How the source is cut into batches.")
    work: Work = Field(description="What runs on each batch.")
    parallel: Parallel = Field(default=ALL_DEFAULTS, description="How the batches are worked through.")
    retry: Retry = Field(default=ALL_DEFAULTS, description="How a batch that fails is tried again.")
    failure: Failure = Field(default=ALL_DEFAULTS, description="What batches that failed for good mean for the job.")
    aggregation: AggregationField = Field(
        default=_CONCAT, description="How the results of all batches become one result."
    )
    output: Output | None = Field(default=None, description="Where the result is published, besides the run directory.")
    on_event: dict[EventType, Annotated[tuple[EventHandler, ...], IN_ORDER]] = Field(
        default={}, description="What hears of each event of a type: functions, predicates, webhooks, brokers."
    )
    dag: DagArguments = Field(
        default={}, description="Keyword arguments for Airflow's DAG, such as schedule; read only where a DAG is made."
    )

    _base_dir: Path = PrivateAttr(default_factory=Path.cwd)

    @model_validator(mode="after")
    def _check_priority(self) -> Self:
        if self.batch.adaptive is not None and self.parallel.priority is not None:
            raise ValueError(
                "parallel.priority: orders batches before they are handed out, batch.adaptive makes them only then; "
                "use batch_size or batch_bytes"
            )
        return self

    @model_validator(mode="after")
    def _check_reducers(self) -> Self:
        if self.parallel.reducers not in {"auto", 0} and not self.aggregation.by_key:
            raise ValueError("parallel.reducers: only results by key have reducers; set aggregation.by_key as well")
        return self

    @model_validator(mode="after")
    def _check_columns(self) -> Self:
        problems = [
            f"{field}: {problem}"
            for field, column in self.batch.columns().items()
            if (problem := column_problem(self.source, field, column))
        ]
        if lateness := lateness_problem(self.source, self.batch):
            problems.append(lateness)
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def model_post_init(self, context: dict[str, Any] | None) -> None:
        """Keep the folder that relative paths mean, when :meth:`from_dict` gives one."""
        if context and context["base_dir"] is not None:
            self._base_dir = Path(context["base_dir"]).absolute()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], base_dir: str | os.PathLike[str] | None = None) -> Self:
        """Make a job of the mapping that YAML or JSON holds.

        :param base_dir: folder that relative paths in the job mean; the current one if absent.
        :raises JobError: when the job is wrong.
        """
        if not isinstance(data, Mapping):
            raise JobError(f"a job is a mapping of fields such as name, source and work, got {shown(data)}")
        try:
            return cls.model_validate(dict(data), context={"base_dir": base_dir})
        except ValidationError as error:
            raise JobError(explain(error, cls)) from None

    @classmethod
    def from_file(cls, path: str | os.PathLike[str], overrides: Mapping[str, str] | None = None) -> Self:
        """Read a job from a ``.yaml``, ``.yml``, ``.json`` or ``.pl`` file, whose folder relative paths in it mean.

        :param overrides: dotted path of a field -> its value as YAML, such as ``{"parallel.workers": "4"}``.
        :raises JobError: when the file cannot be read or the job is wrong; every line starts with the file's name.
        """
        (job,) = cls.from_files([path], overrides)
        if isinstance(job, JobError):
            raise job
        return job

    @classmethod
    def from_files(
        cls, paths: Sequence[str | os.PathLike[str]], overrides: Mapping[str, str] | None = None
    ) -> list[Self | JobError]:
        """Read many jobs, which takes less time than one by one when there is Prolog among them.

        :param overrides: fields to set in each, as for :meth:`from_file`.
        :return: for each file its job, or what is wrong with it.
        """
        # Jobs made in Python need no YAML: importing it takes as long as importing all of this.
        from airflow_unifyweaver.job.job_file import read_job_files

        files = read_job_files([Path(path) for path in paths])
        return [cls._from_job_file(path, file, overrides or {}) for path, file in zip(paths, files, strict=True)]

    @classmethod
    def _from_job_file(
        cls, path: str | os.PathLike[str], file: "JobFile | JobError", overrides: Mapping[str, str]
    ) -> Self | JobError:
        from airflow_unifyweaver.job.job_file import with_file
        from airflow_unifyweaver.job.overrides import override

        if isinstance(file, JobError):
            return with_file(path, file)
        try:
            return cls.from_dict(override(file.data, overrides), base_dir=Path(path).parent)
        except JobError as error:
            return with_file(path, file.locate(error, overrides))
        except RecursionError:
            return JobError(f"{path}: is nested too deeply")

    def uses_prolog(self) -> bool:
        """Tell whether any part of the job is in Prolog."""
        handlers = (handler for handlers in self.on_event.values() for handler in handlers)
        return (
            self.work.prolog is not None
            or isinstance(self.aggregation.reduce, PrologReducer)
            or any(isinstance(handler, PrologHandler) for handler in handlers)
        )

    @property
    def base_dir(self) -> Path:
        """The absolute folder that relative paths in the job mean."""
        return self._base_dir

    def resolve(self, path: str) -> str:
        """Return a path of the job as an absolute path; a URL stays as it is."""
        return path if "://" in path else str(self._base_dir / path)

    def to_dict(self) -> dict[str, Any]:
        """Return the whole job, defaults included, as JSON can hold it; :meth:`from_dict` makes an equal job of it."""
        return self.model_dump(mode="json")

    def digest(self) -> str:
        """Return the SHA-256, in hexadecimal, of what decides the result: source, batch, work and aggregation."""
        decisive = self.model_dump(mode="json", include=_DECIDES_RESULT, exclude={"batch": {"max_batch_memory"}})
        return hashlib.sha256(json.dumps(decisive, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
