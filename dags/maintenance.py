"""Every night, old runs go from the storage: those of 30 days, but never the last three of a job."""

import sys

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG
from airflow.sdk.configuration import conf

STORAGE = conf.get("unifyweaver", "storage")

with DAG("maintenance", schedule="@daily", catchup=False, params={"days": 30}, tags=["example"]):
    BashOperator(
        task_id="prune",
        bash_command="$PYTHON -m airflow_unifyweaver.cli prune --older-than {{ params.days }} --keep 3 $STORAGE",
        env={"PYTHON": sys.executable, "STORAGE": STORAGE},
        append_env=True,
    )
