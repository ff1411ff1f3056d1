"""Work of the fault tests: slow enough to be interrupted anywhere."""

import time


def upper(batch):
    time.sleep(0.002)
    return [line.upper() for line in batch]


def upper_each(batch):
    lines = []
    for line in batch:
        time.sleep(0.001)
        lines.append(line.upper())
    return lines


def keyed(batch):
    return [(line.partition(" ")[0], line) for line in batch]


def joined_slowly(earlier, later):
    time.sleep(0.005)
    return f"{earlier}, {later}"
