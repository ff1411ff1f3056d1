"""Prices of a web shop: the job in ``scraping/web_scraping.yaml``. The list of its URLs is a parameter of the DAG.

``tools/shop.py`` is a shop to try it on.
"""

from airflow_unifyweaver.dags import dag_from_job

dag_from_job("scraping/web_scraping.yaml")
