"""``@task.parallel_map``: a function over a list or a file becomes a parallel job, by one line."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from airflow.sdk import TaskGroup, XComArg
from airflow.sdk.definitions._internal.contextmanager import DagContext

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.operators.items import ItemsOperator
from airflow_unifyweaver.operators.job_argument import JobFields
from airflow_unifyweaver.operators.steps import add_steps

_OWN = ("name", "work", "dag")  # fields of a job that the function and its DAG decide


class ParallelMapTask:
    """A function that runs on batches. Calling it in a DAG adds a task group, and returns what its aggregate returns.

    :param function: takes a batch and returns results, as ``work.python`` says; of a list it gets lists.
    :param fields: fields of the job, such as ``source``, ``batch``, ``parallel`` and ``aggregation``.
    :param conn_id: connection with options for a backend.
    :raises JobError: when a field is not for the decorator.
    """

    def __init__(self, function: Callable[..., Any], fields: dict[str, Any], conn_id: str | None) -> None:
        functools.update_wrapper(self, function)
        for name in _OWN:
            if name in fields:
                raise JobError(f"@task.parallel_map: {name}: the function and its DAG say that")
        self._function = function
        self._fields = fields
        self._conn_id = conn_id

    def __call__(self, over: Any = None) -> XComArg:
        """Add the tasks to the current DAG.

        :param over: a list, or, with a ``source`` that has no path, the path of a file; either may come from another
            task. Without it, ``source`` says all.
        :raises JobError: when that does not make a job.
        """
        with TaskGroup(self._function.__name__) as group:
            if over is not None and "source" not in self._fields:
                items = ItemsOperator(task_id="items", items=over).output
                job = self._job(group, {"type": "json", "path": str(items)}, _over_lists(self._function))
                return XComArg(add_steps(job, group, conn_id=self._conn_id, after=items))
            job = self._job(group, self._source(over), self._function)
            after = over if isinstance(over, XComArg) else None
            return XComArg(add_steps(job, group, conn_id=self._conn_id, after=after))

    def _source(self, over: Any) -> Any:
        name, source = self._function.__name__, self._fields.get("source")
        if over is None and source is None:
            raise JobError(f"{name}: call it with a list, or give @task.parallel_map a source")
        if over is None or not isinstance(source, dict):
            return source
        if "path" in source:
            raise JobError(f"{name}: give the path to the function or in source, not in both")
        return source | {"path": str(over) if isinstance(over, XComArg) else over}

    def _job(self, group: TaskGroup, source: Any, function: Callable[..., Any]) -> JobFields:
        file = Path(inspect.getfile(self._function))
        work = {"python": f"{file.name}:{self._function.__name__}"}
        name = re.sub(r"[^A-Za-z0-9_.-]", "_", str(group.group_id))  # with the groups around it, so the only one
        fields = self._fields | {"name": name, "source": source, "work": work}
        dag = DagContext.get_current()
        job = BatchJob.from_dict(fields, base_dir=Path(dag.folder) if dag else file.parent)
        return JobFields(job, function=function)


def parallel_map_task(
    python_callable: Callable[..., Any] | None = None, *, conn_id: str | None = None, **fields: Any
) -> Any:
    """Decorate a function, as ``@task.parallel_map``.

    :param python_callable: the function, when the decorator has no arguments.
    :param conn_id: connection with options for a backend.
    :param fields: fields of the job, all but ``name``, ``work`` and ``dag``.
    """
    if python_callable is not None:
        return ParallelMapTask(python_callable, fields, conn_id)
    return functools.partial(ParallelMapTask, fields=fields, conn_id=conn_id)


def _over_lists(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def over_list(batch: Any) -> Any:
        return function(list(batch))

    return over_list
