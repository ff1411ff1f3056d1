"""The work of word_count.yaml."""

import re
from collections.abc import Iterable, Iterator

WORD = re.compile(r"[A-Za-z]+")


def count_words(lines: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Yield each word in a batch of lines with a count of one; the provider adds them up."""
    for line in lines:
        for word in WORD.findall(line):
            yield word.lower(), 1
