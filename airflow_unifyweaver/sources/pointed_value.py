"""What a JSON pointer (RFC 6901) points at, in a document that is in memory."""

from __future__ import annotations

import re
from typing import Any

_INDEX = re.compile("0|[1-9][0-9]*", re.ASCII)


def value_at(document: Any, pointer: str) -> Any:
    """Return what a pointer points at.

    :param pointer: such as ``/data/items``; the empty one means the whole document.
    :raises LookupError: when there is nothing.
    """
    for token in pointer.split("/")[1:]:
        document = _step(document, token.replace("~1", "/").replace("~0", "~"))
    return document


def _step(document: Any, token: str) -> Any:
    if isinstance(document, list) and _INDEX.fullmatch(token):
        return document[int(token)]
    if isinstance(document, dict):
        return document[token]
    raise LookupError(token)
