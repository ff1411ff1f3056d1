"""A PostgreSQL server of our own, from Debian's package."""

import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

PG_HBA = """
host all guarded 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
local all all trust
"""


class PostgreSQL:
    """A PostgreSQL server of our own, on a free port: ``postgres`` needs no password, a role ``guarded`` would.

    :param folder: an empty one.
    """

    def __init__(self, folder):
        self._folder = folder
        self._as_user = {"cwd": folder}
        if os.getuid() == 0:  # as whom it refuses to run
            self._as_user |= {"user": "postgres", "group": "postgres", "extra_groups": []}
            shutil.chown(folder, "postgres", "postgres")
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        command = [_postgresql_program("initdb"), "-D", folder / "data", *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **self._as_user)
        (folder / "data" / "pg_hba.conf").write_text(PG_HBA)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def __enter__(self):
        settings = {
            "port": self._port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self._folder,
            "fsync": "off",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [_postgresql_program("postgres"), "-D", self._folder / "data", *options]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, **self._as_user)
        while not self._is_up():
            if self._process.poll() is not None:
                raise RuntimeError((self._folder / "log").read_text())
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self._process.send_signal(signal.SIGINT)  # which ends all sessions
        self._process.wait()

    def _is_up(self):
        import psycopg

        try:
            psycopg.connect(self.url).close()
        except psycopg.OperationalError:
            return False
        return True


def _postgresql_program(name):
    # Debian keeps the server's programs apart from the path.
    found = [*sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), *filter(None, [shutil.which(name)])]
    if not found:
        raise RuntimeError(f"there is no PostgreSQL here ({name}); make setup installs it")
    return found[0]


@pytest.fixture(scope="session")
def postgresql_server():
    """A PostgreSQL server."""
    folder = Path(tempfile.mkdtemp(prefix="unifyweaver-postgresql-"))
    with PostgreSQL(folder) as server:
        yield server
    shutil.rmtree(folder)


DATABASES = itertools.count()


@pytest.fixture
def postgresql(postgresql_server):
    """The URL of an empty PostgreSQL database."""
    import psycopg

    name = f"test_{next(DATABASES)}"
    with psycopg.connect(postgresql_server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield postgresql_server.url.removesuffix("postgres") + name
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
