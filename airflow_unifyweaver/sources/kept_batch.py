"""Reading a batch of the messages that a run has kept."""

from __future__ import annotations

from airflow_unifyweaver.sources.base import PartBatch, Recipe
from airflow_unifyweaver.sources.message_batch import JsonMessages, TextMessages
from airflow_unifyweaver.sources.text_batch import LineReader


class MessageReader(LineReader):
    """Opens batches of messages."""

    def read_part(self, recipe: Recipe) -> PartBatch:
        """Open a batch.

        :raises SourceError: when the file changed since it was planned.
        """
        return (JsonMessages if self._manifest["format"] == "json" else TextMessages)(*self._lines(recipe))
