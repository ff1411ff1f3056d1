"""A DAG for each program in ``prolog/``: ``count_errors``, ``count_words`` and ``scrape_prices``."""

from airflow_unifyweaver.dags import load_jobs

load_jobs("prolog")
