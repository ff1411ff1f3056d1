"""What a competent person would write by hand: the word count that is in mrjob's documentation, with a combiner."""

from __future__ import annotations

import json
from collections.abc import Iterator

from mrjob.job import MRJob


class Words(MRJob):
    """Counts words."""

    def mapper(self, _: None, line: str) -> Iterator[tuple[str, int]]:
        for word in line.split():
            yield word, 1

    def combiner(self, word: str, counts: Iterator[int]) -> Iterator[tuple[str, int]]:
        yield word, sum(counts)

    def reducer(self, word: str, counts: Iterator[int]) -> Iterator[tuple[str, int]]:
        yield word, sum(counts)


if __name__ == "__main__":
    job = Words()
    with job.make_runner() as runner:
        runner.run()
        for row in job.parse_output(runner.cat_output()):
            print(json.dumps(row, separators=(",", ":"), ensure_ascii=False))
