"""What a competent person would write by hand: a function over the lines of a text, added up by Spark."""

from __future__ import annotations

import sys

from pyspark import SparkContext


def main(path: str) -> None:
    """Print the number of occurrences of a word."""
    with SparkContext() as context:
        print(context.textFile(path).map(lambda line: line.count("ERROR")).sum())


if __name__ == "__main__":
    main(sys.argv[1])
