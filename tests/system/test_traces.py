"""Spans of a job's steps, by the SDK of OpenTelemetry that Airflow has."""

import pytest

JOB = """
    from airflow_unifyweaver.dags import dag_from_job

    for name, command in (("traced", "wc -l"), ("traced_badly", "exit 3")):
        dag_from_job({
            "name": name,
            "source": {"type": "text", "path": "traces.txt"},
            "work": {"command": command},
            "retry": {"max_attempts": 1},
        })
"""


@pytest.fixture(scope="module")
def exporter():
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@pytest.fixture
def spans(airflow, exporter):
    def run(dag_id):
        exporter.clear()
        airflow.write("traces.txt", "a\nb\n")
        airflow.run(airflow.write("traces.py", JOB), dag_id)
        return {span.name: span for span in exporter.get_finished_spans() if span.name.startswith("unifyweaver.")}

    return run


def test_each_step_has_a_span_with_its_counts(spans):
    found = spans("traced")
    assert set(found) == {f"unifyweaver.{name}Operator" for name in ("BatchSplit", "ParallelMap", "Aggregate")}
    worked = found["unifyweaver.ParallelMapOperator"].attributes
    assert (worked["unifyweaver.job"], worked["unifyweaver.batches"], worked["unifyweaver.results"]) == ("traced", 1, 1)
    assert found["unifyweaver.ParallelMapOperator"].status.is_ok


def test_an_error_is_in_the_span_of_its_step(spans):
    span = spans("traced_badly")["unifyweaver.ParallelMapOperator"]
    assert not span.status.is_ok
    assert "exited with code 3" in span.status.description
