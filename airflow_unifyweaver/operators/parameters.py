"""Parameters of a DAG made of a job: what whoever triggers it may set for one run, in a form that checks it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, get_args

from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.job.parallel import Backend

if TYPE_CHECKING:
    from airflow.sdk import Param

_SOURCES = ("path", "url", "urls")
_KEPT = ("batch_key", "max_batch_memory")  # what batch_size may stand beside
_PARALLEL = ("backend", "workers")
_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_COUNT: dict[str, Any] = {"type": ["integer", "null"], "minimum": 1}


def job_parameters(job: BatchJob) -> dict[str, Param]:
    """Return the parameters of a DAG that consists of a job: where its source is, batch size, backend and workers.

    Their values are those of the job, and the trigger form says what each may be.
    """
    from airflow.sdk import Param

    fields = job.to_dict()
    parameters = {
        f"source_{name}": _source(name, fields["source"][name]) for name in _SOURCES if fields["source"].get(name)
    }
    return parameters | {
        "batch_size": Param(
            job.batch.batch_size,
            title="Batch size",
            description="Records in a batch; as the job says if empty.",
            **_COUNT,
        ),
        "backend": Param(
            job.parallel.backend,
            title="Backend",
            description="What runs the workers; auto goes by the size of the source.",
            type="string",
            enum=list(get_args(Backend)),
        ),
        "workers": Param(
            job.parallel.workers if isinstance(job.parallel.workers, int) else None,
            title="Workers",
            description="Batches worked on at the same time; as the job says if empty.",
            **_COUNT,
        ),
    }


def with_parameters(fields: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a job with what a run of its DAG was triggered with.

    :param fields: the job's.
    :param values: of the DAG's parameters, by name; those that are empty change nothing.
    """
    changed = dict(fields)
    for name in _SOURCES:
        if fields["source"].get(name) and values.get(f"source_{name}"):
            changed["source"] = changed["source"] | {name: values[f"source_{name}"]}
    if values.get("batch_size"):
        changed["batch"] = {name: value for name, value in fields["batch"].items() if name in _KEPT} | {
            "batch_size": values["batch_size"]
        }
    changed["parallel"] = fields["parallel"] | {name: values[name] for name in _PARALLEL if values.get(name)}
    return changed


def is_triggered(part: str, name: str, values: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    """Tell whether a field is what whoever triggered the run says: it is taken as it is, for a template reads secrets.

    :param part: the part of the job that the field is in.
    :param name: the field.
    :param values: of the DAG's parameters in this run.
    :param own: what the DAG's author says they are.
    """
    parameter = f"source_{name}"
    value = values.get(parameter) if part == "source" and name in _SOURCES else None
    return bool(value) and value != own.get(parameter)


def _source(name: str, value: Any) -> Param:
    from airflow.sdk import Param

    title = "Source" if name == "path" else f"Source {name.upper().replace('URLS', 'URLs')}"
    schema = _TEXT if isinstance(value, str) else {"type": "array", "items": _TEXT, "minItems": 1}
    return Param(
        value, title=title, description="Where the data is; taken as it is, unless it is the job's own.", **schema
    )
