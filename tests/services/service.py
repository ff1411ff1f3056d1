"""What all services have in common."""

import os
import tempfile
import time
from pathlib import Path

from services.daemon import Daemon
from services.guard import VARIABLE, Guard, members

START_SECONDS = 120
"""How long a service may take to serve; on an idle machine none takes a tenth of that."""


class ServiceError(Exception):
    """A service did not do what it was asked for."""


class Service:
    """Daemons that serve together, from :meth:`start` to :meth:`stop`.

    :param name: for messages and the folder.
    """

    def __init__(self, name):
        self.name = name
        self.folder = Path(tempfile.mkdtemp(prefix=f"unifyweaver-{name}-"))
        self.daemons = {}
        self._guard = Guard(self.folder)

    @property
    def settings(self):
        """What a client must have in its environment."""
        return {}

    @property
    def env(self):
        """The environment of a client: this process's own, and :attr:`settings`. Clients end with the service."""
        return os.environ | self.settings | {VARIABLE: str(self.folder)}

    def start(self):
        """Start all daemons that do not run, and return when all serve."""
        for daemon in self.daemons.values():
            if not daemon.is_running:
                daemon.start()
        self.wait_until(lambda: all(daemon.is_ready for daemon in self.daemons.values()), "served", START_SECONDS)

    def stop(self):
        """Kill all processes, and remove the folder."""
        self._guard.end()
        for daemon in self.daemons.values():
            if daemon.is_running:
                daemon.kill()

    def kill(self, name):
        """Kill one daemon."""
        self.daemons[name].kill()

    def restart(self, name):
        """Start one daemon again, having killed it if need be, and return when all serve."""
        if self.daemons[name].is_running:
            self.kill(name)
        self.start()

    def processes(self, program, *words):
        """Return the processes of this service, other than its daemons, that run a program.

        :param program: such as ``java``.
        :param words: what all of them have in their command lines.
        :return: as :class:`psutil.Process`.
        """
        daemons = {daemon.pid for daemon in self.daemons.values() if daemon.is_running}
        return [process for process in members(self.folder, program, words) if process.pid not in daemons]

    def wait_until(self, condition, what, seconds):
        """Return when a condition holds.

        :param what: what the service did then, for the message when it does not.
        :raises ServiceError: the time is up, or a daemon has died.
        """
        deadline = time.monotonic() + seconds
        while not condition():
            dead = [name for name, daemon in self.daemons.items() if daemon.has_died]
            if dead or time.monotonic() > deadline:
                reason = f"{' and '.join(dead)} died" if dead else f"{seconds} s were over"
                logs = [f"--- {name}\n{text}" for name, text in self.logs().items()]
                raise ServiceError("\n".join([f"{self.name}: {reason} before it {what}", *logs]))
            time.sleep(0.1)

    def logs(self):
        """Return the ends of the daemons' logs, by name."""
        return {name: daemon.log_tail() for name, daemon in self.daemons.items()}

    def _add_daemon(self, name, command, ready, **env):
        self.daemons[name] = Daemon(command, self.env | env, self.folder / f"{name}.log", ready)
