"""A real S3 server for tests: that of moto, in a process of its own."""

import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

BUCKET = "unifyweaver"
START_SECONDS = 60


def environment_of(endpoint):
    """Return what a user sets to make fsspec use a server."""
    return {
        "FSSPEC_S3_ENDPOINT_URL": endpoint,
        "FSSPEC_S3_KEY": "an-access-key",
        "FSSPEC_S3_SECRET": "a-secret-of-the-tests",
    }


@contextmanager
def running_server():
    """Start a server, and stop it in the end; yields its address."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    program = Path(sys.executable).with_name("moto_server")
    with subprocess.Popen(
        [program, "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            _await(server, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _await(server, port):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"moto_server does not listen; it ended with {server.poll()}")
