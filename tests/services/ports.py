"""Free ports for services that must know theirs beforehand, and keep them when they are started again."""

import contextlib
import random
import socket
from pathlib import Path

FIRST = 10_000


def free_ports(count):
    """Return ports of this host that nobody uses.

    They are below those that the kernel gives to connections, so that none of these takes one away while its service
    is down.
    """
    first_ephemeral = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = []
    with contextlib.ExitStack() as held:
        while len(ports) < count:
            with contextlib.suppress(OSError):
                port = random.randrange(FIRST, first_ephemeral)
                held.enter_context(socket.create_server(("127.0.0.1", port)))
                ports.append(port)
    return ports
