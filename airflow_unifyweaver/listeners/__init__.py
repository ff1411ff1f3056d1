"""The events of batches, on the road that Airflow's own listeners travel."""
