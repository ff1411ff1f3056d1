from airflow_unifyweaver.backends.web_ui import engine_address
from airflow_unifyweaver.run.directory import RunDirectory

SPARK = "26/11/25 INFO Client:\n\t tracking URL: http://yarn:8088/proxy/application_17_0001/\n\t user: me\n"
HADOOP = "26/11/25 INFO mapreduce.Job: The url to track the job: http://yarn:8088/proxy/application_17_0002/\n"


def test_the_page_that_yarn_has_is_found_in_the_log_of_its_client(tmp_path):
    run = RunDirectory(tmp_path)
    assert engine_address(run, 4) is None
    for folder, log, text in (("4be1/spark", "spark.log", SPARK), ("hadoop", "client.log", HADOOP)):
        place = tmp_path / "cluster" / ("0004" if log == "spark.log" else "0008") / folder
        place.mkdir(parents=True)
        (place / log).write_text(text)
    assert engine_address(run, 4) == "http://yarn:8088/proxy/application_17_0001/"
    assert engine_address(run, 8) == "http://yarn:8088/proxy/application_17_0002/"


def test_a_scheduler_that_does_not_answer_has_no_page(tmp_path):
    assert engine_address(RunDirectory(tmp_path), 0, "not an address") is None
