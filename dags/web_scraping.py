"""Prices of a web shop: the job in ``scraping/web_scraping.yaml``, with the list of URLs as a parameter of the DAG.

``tools/shop.py`` is a shop to try it on.
"""

from pathlib import Path

from airflow_unifyweaver import BatchJob
from airflow_unifyweaver.dags import dag_from_job

JOB_FILE = Path(__file__).parent / "scraping" / "web_scraping.yaml"

dag_from_job(
    BatchJob.from_file(JOB_FILE, {"source.urls": "'{{ params.urls }}'"}),
    params={"urls": "shop_urls.txt"},
)
