"""Which text encodings a source can be read in."""

import codecs
from typing import Annotated

from pydantic import AfterValidator

from airflow_unifyweaver.job.nearest import did_you_mean
from airflow_unifyweaver.job.values import Text

_WHOLE_TEXT_ONLY = ("utf-7", "hz", "iso2022", "idna", "punycode")


def canonical_encoding(name: str) -> str:
    """Return Python's own name of an encoding, so that ``UTF8`` and ``utf-8`` are one.

    :raises ValueError: when Python has no such text encoding, or a file in it cannot be read from the middle.
    """
    try:
        "".encode(name)  # unlike codecs.lookup, this refuses codecs that are not for text, such as base64
    except (LookupError, ValueError):
        raise ValueError(f"Python knows no text encoding {name!r}{_suggestion(name)}") from None
    canonical = codecs.lookup(name).name
    if canonical.startswith(_WHOLE_TEXT_ONLY):
        raise ValueError(
            f"{canonical} cannot be cut into batches, as it keeps state from one line to the next; convert it to utf-8"
        )
    return canonical


def _suggestion(name: str) -> str:
    common = ("utf-8", "utf-8-sig", "utf-16", "utf-32", "ascii", "latin-1", "iso8859-15", "cp1252", "gbk", "shift_jis")
    return did_you_mean(name, common)


Encoding = Annotated[Text, AfterValidator(canonical_encoding)]
