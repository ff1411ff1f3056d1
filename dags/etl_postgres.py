"""Extract, transform, load: orders of a PostgreSQL database become a Parquet file.

``etl/orders.sql`` makes the table, and the Airflow connection ``orders_db`` says where.
"""

from airflow.sdk import DAG

from airflow_unifyweaver.dags import batch_task_group

with DAG("etl_postgres", description="Orders from PostgreSQL to Parquet", params={"status": "paid"}, tags=["example"]):
    batch_task_group("etl/orders.yaml")
