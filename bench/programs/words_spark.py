"""What a competent person would write by hand: the word count that is in every book on Spark."""

from __future__ import annotations

import json
import sys
from operator import add

from pyspark import SparkContext


def main(path: str) -> None:
    """Print how often each word occurs."""
    with SparkContext() as context:
        words = context.textFile(path).flatMap(str.split).map(lambda word: (word, 1))
        for row in words.reduceByKey(add).collect():
            print(json.dumps(row, separators=(",", ":"), ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1])
