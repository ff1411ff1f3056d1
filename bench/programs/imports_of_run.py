"""Run a job, and print what the interpreter says that its imports took."""

from __future__ import annotations

import json
import re
import subprocess
import sys

IMPORT = re.compile(r"^import time: +(\d+) \|", re.MULTILINE)
"""A line of ``-X importtime``: microseconds in the module itself."""


def main(*command: str) -> None:
    """Print the sum over all modules (seconds).

    :param command: of a Python program.
    """
    timed = [sys.executable, "-X", "importtime", *command]
    ended = subprocess.run(timed, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    print(json.dumps({"import_seconds": sum(map(int, IMPORT.findall(ended.stderr))) / 1e6}))


if __name__ == "__main__":
    main(*sys.argv[1:])
