"""Fixtures of services. Each starts when the first test asks for it, and serves whole at the begin of every test."""

import pytest

from services.dask import DaskCluster
from services.hdfs import Hdfs
from services.kafka import Kafka
from services.rabbitmq import RabbitMq
from services.service import Service
from services.spark import SparkOnYarn, SparkStandalone
from services.yarn import Yarn


def _serve(service):
    try:
        service.start()
        yield service
    finally:
        service.stop()


@pytest.fixture(scope="session")
def started_dask():
    yield from _serve(DaskCluster())


@pytest.fixture(scope="session")
def started_spark():
    yield from _serve(SparkStandalone())


@pytest.fixture(scope="session")
def started_hdfs():
    yield from _serve(Hdfs())


@pytest.fixture(scope="session")
def started_yarn(started_hdfs):
    yield from _serve(Yarn(started_hdfs))


@pytest.fixture(scope="session")
def started_kafka():
    yield from _serve(Kafka())


@pytest.fixture(scope="session")
def kafka_address(started_kafka):
    """Where a Kafka broker is."""
    return started_kafka.bootstrap_servers


@pytest.fixture(scope="session")
def started_spark_on_yarn(started_yarn):
    return SparkOnYarn(started_yarn)


@pytest.fixture(scope="session")
def started_rabbitmq():
    yield from _serve(RabbitMq())


@pytest.fixture(scope="session")
def rabbitmq_address(started_rabbitmq):
    """The URL of a RabbitMQ broker without the password, which is that of all clients that know none."""
    return started_rabbitmq.url.replace("guest:guest@", "")


@pytest.fixture
def dask_cluster(started_dask):
    """A Dask scheduler with two workers."""
    started_dask.start()
    return started_dask


@pytest.fixture
def spark_standalone(started_spark):
    """A Spark master with two workers."""
    started_spark.start()
    return started_spark


@pytest.fixture
def spark_client(spark_standalone, monkeypatch):
    """Spark standalone, with this process as its client; local applications are as small and quick."""
    for name, value in spark_standalone.env.items():
        monkeypatch.setenv(name, value)
    return spark_standalone


@pytest.fixture
def spark_on_yarn(yarn, started_spark_on_yarn):
    """Spark with YARN as its master."""
    return started_spark_on_yarn


@pytest.fixture
def hdfs(started_hdfs):
    """HDFS."""
    started_hdfs.start()
    return started_hdfs


@pytest.fixture
def yarn(hdfs, started_yarn):
    """YARN over HDFS."""
    started_yarn.start()
    return started_yarn


@pytest.fixture
def kafka(started_kafka):
    """A Kafka broker."""
    started_kafka.start()
    return started_kafka


@pytest.fixture
def rabbitmq(started_rabbitmq):
    """A RabbitMQ broker."""
    started_rabbitmq.start()
    return started_rabbitmq


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Show the ends of the services' logs with a test that failed."""
    report = yield
    if report.failed:
        for service in {id(value): value for value in item.funcargs.values() if isinstance(value, Service)}.values():
            report.sections += [(f"{service.name}: {name}", text) for name, text in service.logs().items()]
    return report
