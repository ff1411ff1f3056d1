"""Average delay by carrier of 336,776 flights, with the three operators.

``tools/flights_csv.py`` makes the data set.
"""

from airflow.sdk import DAG

from airflow_unifyweaver import AggregateOperator, BatchSplitOperator, ParallelMapOperator

JOB = {
    "name": "flights_delay",
    "source": {"type": "csv", "path": "data/flights.csv"},
    "batch": {"batch_size": 20_000},
    "work": {"python": "jobs/flights.py:arrival_delays"},
    "parallel": {"workers": 2, "map_tasks": 4},
    "aggregation": {"reduce": "avg", "by_key": True},
}

with DAG("flights_delay", description="Average delay of flights by carrier", tags=["example"]):
    split = BatchSplitOperator(task_id="split", job=JOB)
    parts = ParallelMapOperator.partial(task_id="map", job=JOB, retries=2).expand(shard=split.output)
    AggregateOperator(task_id="aggregate", job=JOB, shards=parts.output)
