"""The dashboard, in a real Airflow that all modules of this package share."""
