"""The three operators of a job's DAG: split, map, aggregate."""
