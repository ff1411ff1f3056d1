"""Items that come from another task, put where a job can read them batch by batch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from airflow_unifyweaver.job.messages import shown

if TYPE_CHECKING:
    from airflow.sdk import Context


class ItemsOperator(BaseOperator):
    """Writes items to a file, one a line of JSON, and returns its path or URL.

    :param items: a list, or what another task returns.
    """

    template_fields: Sequence[str] = ("items",)

    def __init__(self, *, items: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.items = items

    def execute(self, context: Context) -> str:
        """Write the file into the storage of the runs, beside the run that reads it.

        :raises AirflowFailException: when the items are none, such as the letters of a text, or cannot be JSON.
        """
        from airflow_unifyweaver.operators.storage import items_file
        from airflow_unifyweaver.run.directory import atomic_file
        from airflow_unifyweaver.run.remote.results import output_file

        if isinstance(self.items, str | bytes | Mapping) or not isinstance(self.items, Iterable):
            raise AirflowFailException(
                f"items: wanted a list, got {shown(self.items)}; for a file, give @task.parallel_map a source"
            )
        place = items_file(str(self.dag_id), context["run_id"], self.task_id)
        with output_file(place) as file, atomic_file(file) as written:
            for number, item in enumerate(self.items):
                written.write(_line(number, item))
        return place


def _line(number: int, item: Any) -> bytes:
    try:
        return json.dumps(item).encode() + b"\n"
    except (TypeError, ValueError) as error:
        raise AirflowFailException(f"item {number} is not made of what JSON has: {error}") from None
