"""The published result of a job as an Airflow asset."""

JOB = """
    from airflow_unifyweaver.dags import dag_from_job
    from airflow.sdk import DAG, Asset, task

    dag_from_job({
        "name": "counted", "source": {"type": "text", "path": "assets.txt"}, "work": {"command": "wc -l"},
    })
    with DAG("waits", schedule=[Asset("counted.counted", uri="unifyweaver://counted/counted")]):
        task(lambda: None, task_id="nothing")()
"""


def test_a_result_is_an_asset_whose_event_says_what_is_in_it(airflow):
    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    airflow.write("assets.txt", "a\nb\n")
    file = airflow.write("assets.py", JOB)
    run = airflow.run(file, "counted")
    assert run.state == "success"
    with create_session() as session:
        query = select(AssetEvent).join(AssetModel, AssetModel.id == AssetEvent.asset_id)
        (event,) = session.scalars(query.where(AssetModel.name == "counted.counted")).all()
        assert event.extra["results"] == 1
        assert event.extra["result"] == str(airflow.folder(run, "counted") / "result" / "result.txt")
        assert event.asset.uri == "unifyweaver://counted/counted"
