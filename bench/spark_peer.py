"""What a competent person would write by hand: Spark's own word count."""

from __future__ import annotations

import json
import sys
from operator import add

from pyspark import SparkContext


def main(path: str) -> None:
    """Print every word with its number."""
    with SparkContext() as context:
        words = context.textFile(path).flatMap(str.split).map(lambda word: (word, 1))
        for word, number in sorted(words.reduceByKey(add).collect()):
            print(json.dumps([word, number], ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    main(sys.argv[1])
