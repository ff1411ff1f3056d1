"""Batch-parallel jobs for Apache Airflow: split a source, work through its batches, merge exactly once."""
