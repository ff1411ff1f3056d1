"""RabbitMQ from Debian's package: one broker, which whoever runs the tests may run."""

import time
from contextlib import contextmanager
from pathlib import Path

import pika

from services.ports import free_ports
from services.service import Service, ServiceError

# Not those of /usr/sbin, which become the user rabbitmq and refuse others.
PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
SETTINGS = """
listeners.tcp.default = 127.0.0.1:{port}
vm_memory_high_watermark.absolute = 512MB
disk_free_limit.absolute = 50MB
log.console = true
"""


class RabbitMq(Service):
    """A broker for ``guest``, with password ``guest``. Daemon: ``broker``. What is durable outlives its restarts.

    :raises ServiceError: Debian's package is not installed.
    """

    def __init__(self):
        if not PROGRAM.is_file():
            raise ServiceError(f"there is no {PROGRAM}; run: make setup")
        super().__init__("rabbitmq")
        self.port, mapper, distribution = free_ports(3)
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}/"
        (self.folder / "enabled_plugins").write_text("[].")
        (self.folder / "rabbitmq.conf").write_text(SETTINGS.format(port=self.port))
        self._add_daemon("broker", [PROGRAM], "completed with", **self._environment(mapper, distribution))

    @contextmanager
    def channel(self):
        """Open a channel, on which what is published is committed by ``tx_commit()``."""
        with pika.BlockingConnection(pika.URLParameters(self.url)) as connection, connection.channel() as channel:
            channel.tx_select()
            yield channel

    def settle(self):
        """Wait until the queues that there are outlive a kill: the server may write of a new one two seconds later."""
        time.sleep(2.5)

    def _environment(self, mapper, distribution):
        own = {
            "ALLOW_INPUT": "1",  # the server in the place of the script, so that a kill is the server's end
            "ADVANCED_CONFIG_FILE": self.folder / "advanced.config",
            "BASE": self.folder,
            "CONF_ENV_FILE": "/dev/null",
            "CONFIG_FILE": self.folder / "rabbitmq",
            "DIST_PORT": distribution,
            "ENABLED_PLUGINS_FILE": self.folder / "enabled_plugins",
            "GENERATED_CONFIG_DIR": self.folder / "generated",
            "LOG_BASE": self.folder / "log",
            "MNESIA_BASE": self.folder / "mnesia",
            "NODENAME": f"test{self.port}@localhost",
            "PID_FILE": self.folder / "rabbitmq.pid",
            "SERVER_ADDITIONAL_ERL_ARGS": "-noinput -kernel inet_dist_use_interface {127,0,0,1}",
        }
        erlang = {"ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": mapper, "HOME": self.folder, "LC_ALL": "C.UTF-8"}
        settings = {f"RABBITMQ_{name}": value for name, value in own.items()}
        return {name: str(value) for name, value in (settings | erlang).items()}
