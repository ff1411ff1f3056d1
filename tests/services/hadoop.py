"""What HDFS and YARN share: Hadoop's jars, laid out as an installation, and its files of settings."""

import os
from pathlib import Path
from xml.sax.saxutils import escape

from services.java import SMALL_AND_QUICK, java_home
from services.service import Service, ServiceError

JARS = Path(__file__).resolve().parents[2] / ".services" / "hadoop"
COMMAND = Path(__file__).with_name("hadoop_command")
JAVA_OPTIONS = [
    *SMALL_AND_QUICK,
    "-XX:+UnlockDiagnosticVMOptions",
    "-XX:-BytecodeVerificationRemote",
    "-Djava.net.preferIPv4Stack=true",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
]
LOGGING = """
log4j.rootLogger=INFO,console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.target=System.err
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d{ISO8601} %p %c{2}: %m%n
"""


class HadoopService(Service):
    """A service that runs from Hadoop's jars, with a home and settings in its folder.

    ``home`` is laid out like Hadoop's own, with ``bin/hadoop`` and the streaming jar in their usual places.

    :raises ServiceError: Hadoop's jars are not there.
    """

    def __init__(self, name):
        if not JARS.is_dir():
            raise ServiceError(f"there is no {JARS}; run: make services")
        super().__init__(name)
        self.home = self.folder / "home"
        self.conf = self.folder / "conf"
        (self.folder / "tmp").mkdir()
        self._lay_out()

    @property
    def settings(self):
        return {
            "HADOOP_CLIENT_OPTS": " ".join([*JAVA_OPTIONS, f"-Djava.io.tmpdir={self.folder}/tmp"]),
            "HADOOP_CONF_DIR": str(self.conf),
            "HADOOP_HOME": str(self.home),
            "JAVA_HOME": str(java_home()),
            "PATH": f"{self.home}/bin:{os.environ['PATH']}",
        }

    def _lay_out(self):
        # HDFS's pages are in no jar, and without them it serves neither WebHDFS nor metrics; empty folders will do.
        for page in ("hdfs", "datanode", "secondary", "static"):
            (self.conf / "webapps" / page).mkdir(parents=True)
        (self.conf / "log4j.properties").write_text(LOGGING)
        (self.home / "bin").mkdir(parents=True)
        for name in ("hadoop", "hdfs", "mapred", "yarn"):
            (self.home / "bin" / name).symlink_to(COMMAND)
        (self.home / "share" / "hadoop" / "tools").mkdir(parents=True)
        (self.home / "share" / "hadoop" / "common").symlink_to(JARS)
        (self.home / "share" / "hadoop" / "tools" / "lib").symlink_to(JARS)

    def _write_settings(self, name, settings):
        properties = "".join(
            f"<property><name>{key}</name><value>{escape(str(value))}</value></property>\n"
            for key, value in settings.items()
        )
        (self.conf / f"{name}.xml").write_text(f"<configuration>\n{properties}</configuration>\n")

    def _add_hadoop(self, name, program, ready):
        self._add_daemon(name, self._java("-Xmx256m", program), ready)

    def _java(self, *arguments):
        options = [*JAVA_OPTIONS, f"-Djava.io.tmpdir={self.folder}/tmp", "-cp", f"{self.conf}:{JARS}/*"]
        return [java_home() / "bin" / "java", *options, *arguments]
