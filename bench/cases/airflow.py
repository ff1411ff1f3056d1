"""The same items, by Airflow's own mapping and as batches: in a real Airflow on PostgreSQL, with LocalExecutor."""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.case import Case, Goal, Samples
from bench.place import SERVERS, Place
from bench.topic import Topic

OURS, PEER = "@task.parallel_map", ".expand()"
DAGS = {OURS: "batches", PEER: "plain"}

DAG_FILE = """
from airflow.sdk import dag, task


@task
def items():
    return list(range({items}))


@dag
def plain():
    @task
    def double(item):
        return item * 2

    double.expand(item=items())


@dag
def batches():
    @task.parallel_map(batch={{"batch_size": 1}})
    def double(items):
        return [item * 2 for item in items]

    double(items())


plain()
batches()
"""
ENDED = (
    "SELECT state, extract(epoch FROM end_date - start_date) FROM dag_run WHERE run_id = %s AND end_date IS NOT NULL"
)


@dataclass(frozen=True)
class Mapping(Case):
    """The same items, mapped by Airflow and as batches."""

    def measure(self, place: Place) -> Samples:
        """Run both DAGs in turn, each from the run's start to its end."""
        import psycopg

        sys.path += [server for server in SERVERS if server not in sys.path]
        from services.postgresql import PostgreSQL
        from standalone import standalone_airflow

        home = place.folder / "airflow"
        (home / "dags").mkdir(parents=True)
        (home / "dags" / "both.py").write_text(DAG_FILE.format(items=place.of(1000)))
        # Its own folder: the server runs as another user, who cannot see into this one.
        with tempfile.TemporaryDirectory(prefix="bench-") as data, PostgreSQL(Path(data)) as database:
            url = database.url.replace("postgresql:", "postgresql+psycopg:")
            settings = {
                "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url,
                "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": url,
                "AIRFLOW__CORE__PARALLELISM": 8,
            }
            with (
                standalone_airflow(home, **settings) as airflow,
                psycopg.connect(database.url, autocommit=True) as connection,
            ):
                return {name: [{"seconds": _run(airflow, connection, dag_id)}] for name, dag_id in DAGS.items()}


def _run(airflow: Any, connection: Any, dag_id: str) -> float:
    run_id = f"{dag_id}_bench"
    airflow.trigger(dag_id, run_id)
    while (ended := connection.execute(ENDED, [run_id]).fetchone()) is None:
        time.sleep(0.2)
    if ended[0] != "success":
        raise RuntimeError(f"{dag_id}: {ended[0]}, see {airflow.home}")
    return float(ended[1])


TOPIC = Topic(
    "airflow",
    "Against Airflow's own mapping",
    "Airflow with LocalExecutor (parallelism 8) on PostgreSQL. The same items from a task, once by `.expand()`, "
    "once as many batches of one item; times are of the whole DAG runs.",
    (Mapping("expand", "1,000 items", "", (Goal(OURS, PEER),), minutes=11),),
)
