"""Ends the processes of a service, however the test session ends: the program that stands by for that.

A service's processes, and all that those start, work in its folder; its clients have the folder in their environment.
So this also finds what has left its parent and its process group, as YARN's containers do, and what has written its
title over its environment, as Dask does.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

VARIABLE = "UNIFYWEAVER_TEST_SERVICE"
PR_SET_PDEATHSIG = 1


class Guard:
    """Stands by while a service runs.

    :param folder: of the service, which goes with it.
    """

    def __init__(self, folder):
        command = [sys.executable, __file__, str(os.getpid()), str(folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
        self._process.stdout.readline()  # it stands by now

    def end(self):
        """End the service, and wait until nothing of it is left."""
        self._process.terminate()
        self._process.communicate()


def members(folder, program="", words=()):
    """Return the processes of the service in a folder.

    :param program: only those that run this, such as ``java``.
    :param words: only those that have all of these in their command line.
    """
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):  # it is another user's, or has just ended
            if _belongs(process, folder) and _matches(process.cmdline(), program, words):
                found.append(process)
    return found


def _belongs(process, folder):
    return Path(process.cwd()).is_relative_to(folder) or process.environ().get(VARIABLE) == str(folder)


def _matches(command, program, words):
    return "".join(command[:1]).endswith(program) and all(word in " ".join(command) for word in words)


def _kill(folder):
    while processes := members(folder):
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        time.sleep(0.02)


def _stand_by(parent):
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    print("ready", flush=True)
    if os.getppid() == parent:
        signal.sigwait({signal.SIGTERM})


if __name__ == "__main__":
    guarded = Path(sys.argv[2])
    _stand_by(int(sys.argv[1]))
    _kill(guarded)
    shutil.rmtree(guarded, ignore_errors=True)
