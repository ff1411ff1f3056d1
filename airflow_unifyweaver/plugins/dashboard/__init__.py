"""The dashboard: pages and an API of Airflow's API server, over the journals of runs."""
