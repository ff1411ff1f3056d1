"""Clicks as they come: the job in ``streams/stream_clicks.yaml``, started whenever five seconds with clicks are over.

``tools/clicks.py`` sends some to a Kafka of your own.
"""

from airflow_unifyweaver.dags import dag_from_job

dag_from_job("streams/stream_clicks.yaml")
