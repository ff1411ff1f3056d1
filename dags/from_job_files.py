"""A DAG for each file in ``jobs/``: ``log_analysis`` and ``word_count``."""

from airflow_unifyweaver.dags import load_jobs

load_jobs("jobs")
