"""Every night, old runs go from the storage: those of 30 days, but never the last three of a job.

The task is skipped where there is no folder: before the first run, and with the storage at a URL, which has rules
of its own for the age of what is in it.
"""

import sys

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, Param
from airflow.sdk.configuration import conf

with DAG(
    "maintenance",
    schedule="@daily",
    catchup=False,
    params={"days": Param(30, type="integer", minimum=0)},
    tags=["example"],
):
    BashOperator(
        task_id="prune",
        bash_command="""
            [ -d "$STORAGE" ] || { echo "$STORAGE is no folder"; exit 99; }
            "$PYTHON" -m airflow_unifyweaver.cli prune --older-than "$DAYS" --keep 3 "$STORAGE"
        """,
        env={
            "PYTHON": sys.executable,
            "STORAGE": conf.get("unifyweaver", "storage"),
            "DAYS": "{{ params.days }}",
        },
        append_env=True,
    )
