"""What stands in the place of a job whose file is broken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

if TYPE_CHECKING:
    from airflow.sdk import Context


class BrokenJobOperator(BaseOperator):
    """Fails with the reason why a job could not be loaded.

    :param reason: what is wrong.
    """

    def __init__(self, *, reason: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.reason = reason

    def execute(self, context: Context) -> None:  # noqa: ARG002
        """Fail.

        :raises AirflowFailException: always.
        """
        raise AirflowFailException(self.reason)
