"""The keys of the messages of a broker, which nobody can repair."""

from __future__ import annotations

from airflow_unifyweaver.sources.json_keys import JsonKeys, NotJsonError

UNREADABLE = b""
"""The key of what is not JSON: it fails in a batch, where it can be set aside, and does not keep others from theirs."""


class JsonMessageKeys(JsonKeys):
    """Messages of JSON by the value of a member."""

    remedy = "cut batches by something else, such as batch_size, to have such messages in them"

    def key(self, path: str, offset: int, raw: bytes) -> bytes:
        """Return the key of a message, or :data:`UNREADABLE`.

        :raises SourceError: when it is no object, or has no such member.
        """
        try:
            return super().key(path, offset, raw)
        except NotJsonError:
            return UNREADABLE
