"""Kafka from the jars of Maven Central: one broker, which is its own controller (KRaft)."""

import os
import subprocess
from pathlib import Path

from services.java import SMALL_AND_QUICK, java_home
from services.ports import free_ports
from services.service import Service, ServiceError

JARS = Path(__file__).resolve().parents[2] / ".services" / "kafka"
CLUSTER = "unifyweaver-for-tests0"  # in base64, of the size of a UUID
LOGGING = """
Configuration:
  Appenders: {Console: {name: console, PatternLayout: {pattern: "%d %p %c{2}: %m%n"}}}
  Loggers: {Root: {level: INFO, AppenderRef: {ref: console}}}
"""


class Kafka(Service):
    """A broker. Daemon: ``broker``. Topics are not made by asking for them.

    :raises ServiceError: Kafka's jars are not there.
    """

    def __init__(self):
        if not JARS.is_dir():
            raise ServiceError(f"there is no {JARS}; run: make services")
        super().__init__("kafka")
        (self.folder / "tmp").mkdir()
        (self.folder / "log4j2.yaml").write_text(LOGGING)
        port, controller_port = free_ports(2)
        self.bootstrap_servers = f"127.0.0.1:{port}"
        self._settings_file = self.folder / "server.properties"
        self._settings_file.write_text(
            "".join(f"{name}={value}\n" for name, value in self._broker(port, controller_port).items())
        )
        self._add_daemon("broker", self._java("kafka.Kafka", self._settings_file), "Kafka Server started")

    def start(self):
        if not (self.folder / "data" / "meta.properties").exists():
            self._format()
        super().start()

    def _format(self):
        command = self._java("kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", self._settings_file)
        subprocess.run(list(map(str, command)), env=self.env, check=True, capture_output=True)

    def _broker(self, port, controller_port):
        return {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": self.folder / "data",
            "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": 0,
            "log.cleaner.dedupe.buffer.size": 16 << 20,
            "log.retention.check.interval.ms": 500,
            "num.io.threads": 2,
            "num.network.threads": 2,
            "offsets.topic.num.partitions": 1,
            "offsets.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "share.coordinator.state.topic.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 1,
            "transaction.state.log.replication.factor": 1,
        }

    def _java(self, program, *arguments):
        options = [*SMALL_AND_QUICK, "-Xmx256m", f"-Djava.io.tmpdir={self.folder}/tmp"]
        logging = f"-Dlog4j2.configurationFile={self.folder}/log4j2.yaml"
        class_path = os.pathsep.join([str(self.folder), f"{JARS}/*"])
        return [java_home() / "bin" / "java", *options, logging, "-cp", class_path, program, *arguments]
