"""The Java that services run on."""

from pathlib import Path

from services.service import ServiceError

SMALL_AND_QUICK = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
"""For processes that live minutes and share two processors."""


def java_home():
    """Return the folder of Debian's Java 17 or 21; another one on PATH may be too old for Spark or too new for Hadoop.

    :raises ServiceError: it is not installed.
    """
    for version in (17, 21):
        for java in Path("/usr/lib/jvm").glob(f"java-{version}-openjdk-*/bin/java"):
            return java.parents[1]
    raise ServiceError("there is no Java 17 or 21 in /usr/lib/jvm; run: make services")
