"""All cases, one module a topic, in the order of the index."""

from bench.cases import airflow, batches, dask, hadoop, http, keys, logs, prolog, scaling, spark, start, words

TOPICS = tuple(
    module.TOPIC for module in (logs, words, batches, keys, scaling, start, dask, spark, hadoop, http, airflow, prolog)
)
