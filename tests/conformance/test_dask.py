"""The same job gives the same bytes on Dask, by each of its schedulers, and the same life to every batch."""

import shutil
from pathlib import Path

import pytest

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.events.bus import Subscription
from airflow_unifyweaver.events.schema import EventType

HERE = Path(__file__).parent
LINES = {"type": "text", "path": "lines.txt"}
CITIES = {"type": "csv", "path": "cities.csv"}

ON_THE_CLUSTER = {
    "command, raw concat": (LINES, {"batch_bytes": 100}, {"command": "tr a-z A-Z"}, "concat"),
    "command, sum": (LINES, {"batch_size": 7}, {"command": "grep -c 1", "ok_exit_codes": [0, 1]}, {"reduce": "sum"}),
    "python, raw bytes": (LINES, {"batch_bytes": 1}, {"python": "work:raw_size"}, "concat"),
    "python, word count": (LINES, {"batch_bytes": 50}, {"python": "work:words"}, {"reduce": "sum", "by_key": True}),
    "python, own reducer": (LINES, {"batch_size": 4}, {"python": "work:lines"}, {"reduce": "work:longer"}),
    "floats by key": (
        CITIES,
        {"batch_bytes": 40},
        {"python": "work:amounts_by_city"},
        {"reduce": "sum", "by_key": True},
    ),
    "batches by key": (CITIES, {"batch_key": "city", "batch_bytes": 500}, {"python": "work:rows"}, "concat"),
    "empty input": ({"type": "text", "path": "empty.txt"}, {}, {"python": "work:words"}, {"reduce": "sum"}),
}
HERE_TOO = {
    "every first attempt fails": (LINES, {"batch_size": 10}, {"python": "work:fails_once"}, "concat"),
    "batches by key": ON_THE_CLUSTER["batches by key"],
}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs")
    (folder / "lines.txt").write_text("".join(f"line {number}\n" for number in range(101)) + "no newline at the end")
    (folder / "empty.txt").touch()
    cities = ["Graz", "Wien", "Linz"]
    rows = [f"{cities[number % 3]},{number / 7!r}" for number in range(100)]
    (folder / "cities.csv").write_text("city,amount\n" + "\n".join(rows) + "\n")
    shutil.copy(HERE / "work.py", folder)
    return folder


def agree(conformance, job, inputs, **parallel):
    source, batch, work, aggregation = job
    fields = {"source": source, "batch": batch, "work": work, "aggregation": aggregation}
    expected = conformance.run("sequential", fields, inputs)
    assert conformance.run("dask", fields | {"parallel": parallel}, inputs) == expected


@pytest.mark.parametrize("name", ON_THE_CLUSTER)
def test_a_cluster_agrees_with_sequential(name, inputs, conformance, dask_cluster):
    agree(conformance, ON_THE_CLUSTER[name], inputs, dask={"address": dask_cluster.address})


@pytest.mark.parametrize("scheduler", ["threads", "processes", "synchronous", "distributed"])
@pytest.mark.parametrize("name", HERE_TOO)
def test_schedulers_of_this_machine_agree_with_sequential(name, scheduler, inputs, conformance):
    agree(conformance, HERE_TOO[name], inputs, dask={"scheduler": scheduler})


def test_handlers_hear_of_batches_on_a_cluster_while_it_works(inputs, conformance, dask_cluster, tmp_path):
    heard = []
    job = BatchJob.from_dict(
        {
            "name": "heard",
            "source": LINES,
            "batch": {"batch_size": 10},
            "work": {"command": f"while [ ! -e {tmp_path / 'go on'} ] && grep -q 'line 50$'; do sleep 0.05; done"},
            "parallel": {"backend": "dask", "workers": 2, "dask": {"address": dask_cluster.address}},
        },
        base_dir=inputs,
    )

    def hear(event):  # the batch with line 50 waits until others were heard of
        heard.append(event.batch_id)
        (tmp_path / "go on").touch()

    run_job(job, tmp_path / "run", [Subscription(hear, [EventType.BATCH_COMPLETE])])
    assert sorted(heard) == [f"batch_{number:05d}" for number in range(11)]


def test_elastic_workers_agree_with_sequential(inputs, conformance):
    job = ON_THE_CLUSTER["python, word count"]
    agree(conformance, job, inputs, workers={"min": 1, "max": 3}, dask={"scheduler": "distributed"})


def test_all_workers_of_a_cluster_are_used_where_the_job_leaves_it_open(inputs, conformance, dask_cluster):
    job = ON_THE_CLUSTER["command, raw concat"]
    agree(conformance, job, inputs, workers="auto", dask={"address": dask_cluster.address})
    assert len(list((conformance.folder / "dask" / "run" / "shards").iterdir())) == 2
