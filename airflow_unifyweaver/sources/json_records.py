"""Values as lines of JSON."""

from __future__ import annotations

import json
from typing import Any

from airflow_unifyweaver.sources.json_text import encoded

_encode_ascii = json.JSONEncoder(separators=(",", ":")).encode


def to_line(record: Any) -> bytes:
    """Return a record as a line of JSON in UTF-8; half of a surrogate pair, which UTF-8 has not, stays escaped."""
    try:
        return encoded(record).encode() + b"\n"
    except UnicodeEncodeError:
        return _encode_ascii(record).encode() + b"\n"
