"""Airflow renders its own templates in the URLs of a job, and leaves what stands for pages alone."""

import json

DAG_FILE = """
    from datetime import datetime
    from airflow.sdk import DAG
    from airflow_unifyweaver.dags import batch_task_group

    def job(name, url, **source):
        source = {{"type": "http", "url": url, "paginated": True, "records": "/data/items", **source}}
        return {{"name": name, "source": source, "work": {{"python": "work.py:rows"}}}}

    with DAG("templated", params={{"count": 25}}, user_defined_macros={{"page": "not this one"}}):
        items = "{server}/items?count={{{{ params.count }}}}&size=10"
        batch_task_group(job("plain", items + "&by=page&page={{{{page}}}}"))
        batch_task_group(job("spaced", items + "&by=offset&offset={{{{ offset }}}}", page_size=10))
        raw = "{{% raw %}}{{{{cursor}}}}{{% endraw %}}"
        batch_task_group(job("raw", items + "&by=cursor&cursor=" + raw, next_page="/next"))
        batch_task_group(job("known", items + "&by=page&page={{{{page}}}}", pages=3))
"""


def test_a_page_is_not_airflows(airflow, web_server):
    airflow.write("work.py", "def rows(batch):\n    return list(batch)\n")
    run = airflow.run(airflow.write("templated.py", DAG_FILE.format(server=web_server)), "templated")
    assert run.state == "success"
    for name in ("plain", "spaced", "raw", "known"):
        assert airflow.published(run, name) == [{"id": number} for number in range(25)]
    kept = json.loads((airflow.folder(run, "plain") / "job.json").read_text())["job"]["source"]["url"]
    assert kept == f"{web_server}/items?count=25&size=10&by=page&page={{{{page}}}}"
