"""Dask: a scheduler, and workers as processes of their own."""

import sys

from services.ports import free_ports
from services.service import Service

WORKERS = 2


class DaskCluster(Service):
    """A scheduler and two workers of one thread. Daemons: ``scheduler``, ``worker0``, ``worker1``.

    Workers have no nanny: one that was killed stays away until :meth:`restart`.
    """

    def __init__(self):
        super().__init__("dask")
        (port,) = free_ports(1)
        self.address = f"tcp://127.0.0.1:{port}"
        self._add_dask("scheduler", "Scheduler at:", f"--port={port}")
        for number in range(WORKERS):
            options = [self.address, f"--name=worker{number}", "--nthreads=1", "--memory-limit=1GiB", "--no-nanny"]
            self._add_dask(f"worker{number}", "Registered to:", *options, f"--local-directory={self.folder}")

    def _add_dask(self, name, ready, *options):
        command = [sys.executable, "-m", "dask", name.rstrip("0123456789"), "--host=127.0.0.1"]
        self._add_daemon(name, [*command, "--no-dashboard", "--dashboard-address=127.0.0.1:0", *options], ready)
