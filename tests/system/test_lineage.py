"""What OpenLineage hears of a job: by its real provider, which writes its events to a file."""

import json
import os
import subprocess
import sys

import pytest

DAG_FILE = """
    from airflow_unifyweaver.dags import dag_from_job

    dag_from_job({{
        "name": "lineage",
        "source": {source},
        "work": {{"command": "wc -l"}},
        "output": {{"path": "counted.jsonl"}},
    }})
"""


@pytest.fixture
def events(airflow, tmp_path):
    """Runs a job in an Airflow that reports to OpenLineage, and returns the event of its aggregate's end."""

    def run(source):
        file = airflow.write("lineage/dag.py", DAG_FILE.format(source=source))
        log = tmp_path / "lineage.jsonl"
        transport = json.dumps({"type": "file", "log_file_path": str(log), "append": True})
        bundle = {
            "name": "lineage",
            "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
            "kwargs": {"path": str(file.parent)},
        }
        environment = os.environ | {
            "AIRFLOW__OPENLINEAGE__TRANSPORT": transport,
            "AIRFLOW__OPENLINEAGE__DISABLED": "False",
            "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps([bundle]),
        }
        subprocess.run(
            [sys.executable, "-m", "airflow", "dags", "test", "lineage"],
            env=environment,
            check=True,
            capture_output=True,
        )
        told = [json.loads(line) for line in log.read_text().splitlines()]
        (event,) = [e for e in told if e["eventType"] == "COMPLETE" and e["job"]["name"] == "lineage.aggregate"]
        return event

    return run


def test_files_batches_and_results_are_told(airflow, events):
    airflow.write("lineage/in.txt", "a\nb\nc\n")
    event = events('{"type": "text", "path": "in.txt"}')
    folder = airflow.dag_folder / "lineage"
    assert [(found["namespace"], found["name"]) for found in event["inputs"]] == [("file", str(folder / "in.txt"))]
    result, output = event["outputs"]
    assert result["name"].endswith("/lineage/result/result.txt")
    assert result["outputFacets"]["outputStatistics"]["size"] == 2
    assert output["name"] == str(folder / "counted.jsonl")
    batches = event["run"]["facets"]["unifyweaver_batches"]
    assert {name: batches[name] for name in ("batches", "failed", "results", "source_bytes", "backend")} == {
        "batches": 1,
        "failed": 0,
        "results": 1,
        "source_bytes": 6,
        "backend": "sequential",
    }
