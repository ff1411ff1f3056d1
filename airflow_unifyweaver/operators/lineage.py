"""What OpenLineage is told of a job: where its data comes from and goes to, and what became of its batches.

Names of datasets follow OpenLineage's naming (https://openlineage.io/docs/spec/naming).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airflow_unifyweaver.job.model import BatchJob

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage
    from openlineage.client.event_v2 import Dataset, InputDataset, OutputDataset

    from airflow_unifyweaver.job.sql_source import SqlSource
    from airflow_unifyweaver.run.plan import Plan

_PRODUCER = "https://pypi.org/project/airflow-unifyweaver"


def lineage(job: BatchJob, plan: Plan, published: dict[str, Any]) -> OperatorLineage[Dataset, Any]:
    """Return the datasets and facets of a job whose result was published.

    :param job: the job, templates rendered.
    :param plan: the plan of its run.
    :param published: what the aggregate returns.
    """
    from airflow.providers.openlineage.extractors import OperatorLineage

    return OperatorLineage(
        inputs=list(_inputs(job)),
        outputs=list(_outputs(job, published)),
        job_facets=_job_facets(job),
        run_facets={"unifyweaver_batches": _batches(plan, published)},
    )


def _inputs(job: BatchJob) -> Iterator[InputDataset]:
    from openlineage.client.event_v2 import InputDataset

    source = job.source
    if source.type == "sql":
        namespace, database = _database(source, job)
        for table in _tables(source.query):
            yield InputDataset(namespace=namespace, name=f"{database}.{table}")
        return
    if source.type == "kafka":
        from airflow_unifyweaver.sources.kafka_topic import settings_of, topic_entry

        servers = settings_of(topic_entry(source, job.name))["bootstrap.servers"]
        yield InputDataset(namespace=f"kafka://{servers.partition(',')[0]}", name=source.topic)
        return
    if source.type == "rabbitmq":
        from airflow_unifyweaver.sources.rabbitmq_address import address_of

        namespace, virtual_host = _place(address_of(source).url)
        yield InputDataset(namespace=namespace, name=f"{virtual_host}/{source.queue}".removeprefix("/"))
        return
    given = getattr(source, "path", None) or getattr(source, "url", None) or getattr(source, "urls", None) or []
    for place in [given] if isinstance(given, str) else given:
        yield InputDataset(*_place(job.resolve(place)))


def _outputs(job: BatchJob, published: dict[str, Any]) -> Iterator[OutputDataset]:
    from openlineage.client.event_v2 import OutputDataset
    from openlineage.client.facet_v2 import output_statistics_output_dataset

    statistics = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
        size=published["bytes"], fileCount=1
    )
    yield OutputDataset(*_place(published["result"]), outputFacets={"outputStatistics": statistics})
    if job.output is not None:
        yield OutputDataset(*_place(job.resolve(job.output.path)))


def _job_facets(job: BatchJob) -> dict[str, Any]:
    from openlineage.client.facet_v2 import sql_job

    return {"sql": sql_job.SQLJobFacet(query=job.source.query)} if job.source.type == "sql" else {}


def _batches(plan: Plan, published: dict[str, Any]) -> Any:
    from openlineage.client.facet_v2 import RunFacet

    return RunFacet(producer=_PRODUCER).with_additional_properties(
        backend=plan.backend,
        shards=len(plan.shards),
        source_bytes=plan.size,
        **{name: published[name] for name in ("batches", "failed", "quarantined", "results")},
    )


def _place(address: str) -> tuple[str, str]:
    """Return namespace and name of a file or of what a URL leads to, without what may be secret in it."""
    parts = urlsplit(address) if "://" in address else None
    if parts is None or parts.scheme == "file":
        return "file", parts.path if parts else address
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}", parts.path if parts.scheme.startswith(("http", "hdfs")) else parts.path[1:]


def _database(source: SqlSource, job: BatchJob) -> tuple[str, str]:
    from airflow_unifyweaver.hooks.database import connection_url
    from airflow_unifyweaver.sources.sql_address import address_of

    url = address_of(source, job, connection_url).url
    kind = url.get_backend_name()
    if kind == "sqlite":
        return "file", str(url.database)
    port = f":{url.port}" if url.port else ":5432" if kind == "postgresql" else ""
    return f"{'postgres' if kind == 'postgresql' else kind}://{url.host}{port}", str(url.database)


def _tables(query: str) -> list[str]:
    from openlineage.common.sql import parse

    found = parse([query])
    return [table.qualified_name for table in found.in_tables] if found else []
