"""Extract, transform, load: orders of a PostgreSQL database become a Parquet file.

``etl/orders.sql`` makes the table, and the Airflow connection ``orders_db`` says where.
"""

from airflow.sdk import DAG, Param

from airflow_unifyweaver.dags import batch_task_group

with DAG(
    "etl_postgres",
    description="Orders from PostgreSQL to Parquet",
    # Nothing else may come into the query: whoever triggers the DAG could have it read any table.
    params={"status": Param("paid", type="string", enum=["paid", "cancelled"])},
    tags=["example"],
):
    batch_task_group("etl/orders.yaml")
