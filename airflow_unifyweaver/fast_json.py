"""JSON for what there is much of, read and written by msgspec, which comes with Airflow.

A worker of a cluster may have nothing but the standard library, which does the same at a fifth of the speed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
_compact = json.JSONEncoder(separators=(",", ":")).encode

try:
    import msgspec
except ImportError:

    def dumps(value: Any) -> bytes:
        """Return a value, of finite numbers, as compact JSON in ASCII."""
        return _compact(value).encode()

    def loads(text: bytes) -> Any:
        """Read JSON."""
        return json.loads(text)

    def loader(kind: Callable[..., T]) -> Callable[[bytes], T]:
        """Return what reads a JSON object as an object of a dataclass."""
        return lambda text: kind(**json.loads(text))

else:
    _encode = msgspec.json.Encoder().encode
    _decode = msgspec.json.Decoder().decode

    def dumps(value: Any) -> bytes:
        """Return a value, of finite numbers, as compact JSON in ASCII."""
        try:
            text = _encode(value)
        except UnicodeEncodeError:  # a lone surrogate, as in the name of a file that is not UTF-8
            return _compact(value).encode()
        return text if text.isascii() else _compact(value).encode()

    def loads(text: bytes) -> Any:
        """Read JSON."""
        try:
            return _decode(text)
        except msgspec.DecodeError:  # a lone surrogate
            return json.loads(text)

    def loader(kind: Callable[..., T]) -> Callable[[bytes], T]:
        """Return what reads a JSON object as an object of a dataclass."""
        decode = msgspec.json.Decoder(kind).decode

        def load(text: bytes) -> T:
            try:
                loaded: T = decode(text)
            except msgspec.DecodeError:
                return kind(**json.loads(text))
            return loaded

        return load
