"""One hook a backend: from an Airflow connection to a backend."""
