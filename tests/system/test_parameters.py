"""What whoever triggers a DAG of a job can set, and what not."""

import json

DAG_FILE = """
    from airflow_unifyweaver.dags import dag_from_job

    dag_from_job(
        {
            "name": "lines",
            "source": {"type": "text", "path": "{{ dag.dag_id }}.txt"},
            "work": {"command": "cat"},
            "parallel": {"backend": "sequential"},
        }
    )
"""


def test_only_what_the_author_wrote_is_a_template(airflow):
    airflow.write("lines.txt", "the author's")
    airflow.write("{{ var.value.secret }}.txt", "as it is written")
    file = airflow.write("lines.py", DAG_FILE)
    for triggered, text in (
        ({}, "the author's"),
        ({"source_path": "{{ dag.dag_id }}.txt"}, "the author's"),
        ({"source_path": "{{ var.value.secret }}.txt"}, "as it is written"),
    ):
        run = airflow.run(file, "lines", **triggered)
        assert run.state == "success"
        assert (airflow.folder(run, "lines") / "result" / "result.txt").read_text() == f"{text}\n"
    kept = json.loads((airflow.folder(run, "lines") / "job.json").read_text())["job"]
    assert kept["source"]["path"] == "{{ var.value.secret }}.txt"
