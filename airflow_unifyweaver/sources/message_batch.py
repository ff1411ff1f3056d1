"""Batches of the messages of a broker, which stand in a file as lines."""

from __future__ import annotations

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.batches import FileBatch
from airflow_unifyweaver.sources.json_lines import JsonLinesBatch
from airflow_unifyweaver.sources.json_text import complaint
from airflow_unifyweaver.sources.text_batch import TextBatch


class _Messages(FileBatch):
    """What batches of messages have in common."""

    def _named(self, position: int) -> str:
        """Return what to call the message that has a byte of the file."""
        return f"{self._file.path}: the message at byte {position}"

    def _decoded(self, start: int, raw: bytes) -> str:
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise self._unusable(start + error.start, f"UTF-8 ({error.reason})") from None

    def _unusable(self, position: int, wanted: str) -> SourceError:
        return SourceError(
            f"{self._named(position)} is not {wanted}; with failure.quarantine: record such messages are set aside"
        )


class TextMessages(_Messages, TextBatch):
    """Messages as lines of text."""

    def _text(self) -> str:
        return "".join([self._decoded(start, self._file.read(start, stop)) for start, stop in self._spans])


class JsonMessages(_Messages, JsonLinesBatch):
    """Messages as lines of JSON."""

    def _malformed(self, start: int, raw: bytes, number: int, error: BaseException) -> SourceError:
        before = sum(len(line) + 1 for line in raw.split(b"\n")[:number])
        return self._unusable(start + before, f"JSON ({complaint(error, 0)[1]})")
