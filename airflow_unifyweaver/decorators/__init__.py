"""Decorators that Airflow knows by this package."""
