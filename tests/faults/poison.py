"""Work that some records are poison for, each in another way."""

import faulthandler
import os
import signal
import sys
import time
from pathlib import Path

POISON = {
    "raise": lambda: 1 / 0,
    "exit": lambda: sys.exit(3),
    "hard exit": lambda: os._exit(4),
    "hang": lambda: time.sleep(3600),
    "memory": lambda: [bytearray(b"x" * 50_000_000) for _ in range(100)],
    "segv": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "abort": os.abort,
    "unserializable": None,
    "recursion": lambda: recurse(),  # noqa: PLW0108 - it stands below
}

faulthandler.disable()  # pytest's would print a page for each crash


def recurse():
    return recurse() + 1


def work(batch):
    lines = list(batch)
    with Path(os.environ["POISON_WORK"]).open("a") as worked:
        print(len(lines), file=worked)
    return [result(line) for line in lines]


def result(line):
    kind = line.partition(" ")[2]
    if kind == "unserializable":
        return object()
    if kind:
        POISON[kind]()
    return int(line) % 7
