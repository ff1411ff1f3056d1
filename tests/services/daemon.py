"""One process of a service."""

import os
import subprocess

TAIL_BYTES = 4_000


class Daemon:
    """A process that can be killed and started again.

    :param command: what starts it.
    :param env: its whole environment.
    :param log: the file that takes what it prints; a new start appends. Its folder is where the process works.
    :param ready: what it prints when it serves, and is known to those whom it serves with.
    """

    def __init__(self, command, env, log, ready):
        self._command = list(map(str, command))
        self._env = env
        self._log = log
        self._ready = ready.encode()
        self._process = None
        self._log_start = 0

    @property
    def pid(self):
        """Its process id, while it runs."""
        return self._process.pid

    @property
    def is_running(self):
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def has_died(self):
        """Whether it has ended by itself."""
        return self._process is not None and self._process.poll() is not None

    @property
    def is_ready(self):
        """Whether it serves."""
        return self.is_running and self._ready in self._printed(self._log_start)

    def start(self):
        """Start it, and do not wait until it serves."""
        with self._log.open("ab") as log:
            self._log_start = log.tell()
            streams = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            self._process = subprocess.Popen(
                self._command, cwd=self._log.parent, env=self._env, start_new_session=True, **streams
            )

    def kill(self):
        """Kill it and nothing else; what it has started finds out by itself."""
        self._process.kill()
        self._process.wait()
        self._process = None

    def log_tail(self):
        """Return the end of what it printed."""
        size = self._log.stat().st_size if self._log.exists() else 0
        return self._printed(max(0, size - TAIL_BYTES)).decode(errors="replace")

    def _printed(self, start):
        if not self._log.exists():
            return b""
        with self._log.open("rb") as log:
            log.seek(start, os.SEEK_SET)
            return log.read()
