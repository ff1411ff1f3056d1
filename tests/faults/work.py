"""Work of the fault tests: slow enough to be interrupted anywhere."""

import time


def upper(batch):
    time.sleep(0.002)
    return [line.upper() for line in batch]
