"""What Airflow wants to know of this provider."""

from __future__ import annotations

from typing import Any

from airflow_unifyweaver.settings import ABANDONED_SECONDS, THRESHOLDS

_WORKERS = {
    "label": "Workers",
    "schema": {"type": ["integer", "null"], "minimum": 1},
    "description": "Batches worked on at the same time, where the job says auto",
}
_OPTIONS = {
    "label": "Options",
    "schema": {"type": ["string", "null"]},
    "description": "More command line options, where the job gives none, such as --nice 10",
}
_ADDRESS = {
    "label": "Address",
    "schema": {"type": ["string", "null"]},
    "description": "Address of a running scheduler, such as tcp://dask:8786, where the job gives none",
}
_SCHEDULER = {
    "label": "Scheduler",
    "schema": {"type": ["string", "null"]},
    "description": "Which of Dask's schedulers places shards, such as threads, where the job does not say",
}
_HADOOP_OPTIONS = "More command line options, where the job gives none, such as -D mapreduce.job.queuename=night"


def _text(label: str, description: str) -> dict[str, Any]:
    return {"label": label, "schema": {"type": ["string", "null"]}, "description": description}


_SPARK = {
    "master": _text(
        "Master", "Where the executors are, such as spark://spark:7077 or yarn, where the job does not say"
    ),
    "executor_memory": _text("Executor memory", "Memory of an executor, such as 4g, where the job does not say"),
    "driver_memory": _text("Driver memory", "Memory of the driver, such as 2g, where the job does not say"),
    "num_executors": {
        "label": "Executors",
        "schema": {"type": ["integer", "null"], "minimum": 1},
        "description": "Number of executors, which share the workers, where the job does not say",
    },
    "packages": _text("Packages", "Maven coordinates of packages that the executors need, with commas between them"),
}


def get_provider_info() -> dict[str, Any]:
    """Return the provider's operators, connection types, plugin and configuration, in Airflow's schema."""
    package = "airflow_unifyweaver"
    return {
        "package-name": "airflow-unifyweaver",
        "name": "UnifyWeaver",
        "description": "Batch-parallel jobs: split a source, work through its batches, merge exactly once.",
        "operators": [_modules(f"{package}.operators", "batch_split", "parallel_map", "aggregate")],
        "hooks": [
            _modules(f"{package}.hooks", "sequential", "bash_fork", "gnu_parallel", "dask", "spark", "hadoop_streaming")
        ],
        "triggers": [_modules(f"{package}.triggers", "launch", "stream")],
        "queues": [f"{package}.triggers.queue_provider.StreamQueueProvider"],
        "connection-types": [
            _connection_type("sequential", "SequentialHook", "sequential", {}),
            _connection_type("bash_fork", "BashForkHook", "bash_fork", {"workers": _WORKERS}),
            _connection_type(
                "gnu_parallel", "GnuParallelHook", "GNU Parallel", {"workers": _WORKERS, "options": _OPTIONS}
            ),
            _connection_type("spark", "SparkHook", "Spark", {"workers": _WORKERS} | _SPARK),
            _connection_type(
                "dask", "DaskHook", "Dask", {"workers": _WORKERS, "scheduler": _SCHEDULER, "address": _ADDRESS}
            ),
            _connection_type(
                "hadoop_streaming",
                "HadoopStreamingHook",
                "Hadoop Streaming",
                {"workers": _WORKERS, "hadoop_opts": _OPTIONS | {"description": _HADOOP_OPTIONS}},
            ),
        ],
        "task-decorators": [
            {"name": "parallel_map", "class-name": f"{package}.decorators.parallel_map.parallel_map_task"}
        ],
        "extra-links": [f"{package}.operators.links.{name}" for name in ("DashboardLink", "EngineLink")],
        "plugins": [{"name": "unifyweaver", "plugin-class": f"{package}.plugins.unifyweaver.UnifyWeaverPlugin"}],
        "config": {
            "unifyweaver": {
                "description": "Where and how jobs run.",
                "options": {
                    "storage": _storage(),
                    "staging": _staging(),
                    "abandoned_after": _abandoned_after(),
                }
                | _thresholds(),
            }
        },
    }


def _modules(package: str, *names: str) -> dict[str, Any]:
    return {"integration-name": "UnifyWeaver", "python-modules": [f"{package}.{name}" for name in names]}


def _connection_type(backend: str, hook: str, title: str, fields: dict[str, Any]) -> dict[str, Any]:
    unused = ["host", "schema", "login", "password", "port", "extra"]
    return {
        "connection-type": f"unifyweaver_{backend}",
        "hook-class-name": f"airflow_unifyweaver.hooks.{backend}.{hook}",
        "hook-name": f"UnifyWeaver {title}",
        "conn-fields": fields,
        "ui-field-behaviour": {"hidden-fields": unused, "relabeling": {}, "placeholders": {}},
    }


def _storage() -> dict[str, Any]:
    return {
        "description": "Folder of all runs, the same for all workers, or its URL: {storage}/{dag_id}/{run_id}/{job}.",
        "version_added": "0.1.0",
        "type": "string",
        "example": "/srv/unifyweaver",
        "default": "{AIRFLOW_HOME}/unifyweaver",
    }


def _staging() -> dict[str, Any]:
    return {
        "description": "Folder on each machine for its copies of runs, when storage is a URL; nobody else sees it.",
        "version_added": "0.1.0",
        "type": "string",
        "example": "/srv/unifyweaver-copies",
        "default": None,
    }


def _abandoned_after() -> dict[str, Any]:
    return {
        "description": "Seconds after which what a cluster is at is cancelled, when no task waits for it any more.",
        "version_added": "0.1.0",
        "type": "integer",
        "example": str(2 * ABANDONED_SECONDS),
        "default": str(ABANDONED_SECONDS),
    }


def _thresholds() -> dict[str, Any]:
    return {
        f"{backend}_below": {
            "description": f"Size of a source in bytes below which a job with backend: auto gets {backend}.",
            "version_added": "0.1.0",
            "type": "integer",
            "example": str(2 * below),
            "default": str(below),
        }
        for backend, below in THRESHOLDS.items()
    }
