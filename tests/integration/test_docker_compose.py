"""The Compose file for users. No test runs it; it is held against the schema of Compose, and against itself."""

import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yaml"
COMPOSE = yaml.safe_load(FILE.read_text())
SERVICES = COMPOSE["services"]
SETTINGS = sorted((ROOT / "docker" / "hadoop").glob("*.xml"))


def test_it_is_valid():
    command = [Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", FILE]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_names_is_there(name):
    service = SERVICES[name]
    volumes = {volume.split(":")[0] for volume in service["volumes"]}
    assert {volume for volume in volumes if not volume.startswith("./")} <= COMPOSE["volumes"].keys()
    assert all((ROOT / volume).is_dir() for volume in volumes if volume.startswith("./"))
    assert service.get("depends_on", {}).keys() <= SERVICES.keys()


@pytest.mark.parametrize("name", SERVICES)
def test_whoever_is_waited_for_tells_of_its_health(name):
    for other, wait in SERVICES[name].get("depends_on", {}).items():
        assert (wait["condition"] == "service_healthy") == ("healthcheck" in SERVICES[other])


def test_ports_are_open_to_this_machine_only():
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_secrets_can_be_set():
    environment = str([service.get("environment") for service in SERVICES.values()])
    secrets = re.findall(r"(?:PASS|PASSWORD|SECRET|KEY)': '([^']*)'", environment)
    secrets += re.findall(r'"password": "([^"]*)"', environment)
    assert len(secrets) == 2 + 3 * len([name for name in SERVICES if name.startswith("airflow")])
    assert all(re.fullmatch(r"\$\{\w+:-[^}]*}", secret) for secret in secrets)


def test_connections_lead_to_services():
    environment = SERVICES["airflow-scheduler"]["environment"]
    connections = {name: json.loads(text) for name, text in environment.items() if name.startswith("AIRFLOW_CONN_")}
    assert set(connections) == {f"AIRFLOW_CONN_{name}_DEFAULT" for name in ("KAFKA", "RABBITMQ", "SPARK")}
    for connection in connections.values():
        address = connection.get("host") or connection["extra"]["bootstrap.servers"]
        assert re.sub(r"^\w+://|:\d+$", "", address) in SERVICES


def test_kafka_is_the_one_that_is_tested():
    pom = (ROOT / "tools" / "kafka.xml").read_text()
    version = SERVICES["kafka"]["image"].rpartition(":")[2]
    assert f"<kafka>{version}</kafka>" in pom
    listeners = SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"].split(",")
    assert [listener.partition("://")[2] for listener in listeners] == ["kafka:9092", "localhost:9094"]


def test_the_image_has_the_airflow_that_is_tested():
    image = (ROOT / "docker" / "Dockerfile").read_text()
    assert f"FROM apache/airflow:{importlib.metadata.version('apache-airflow')}-" in image


@pytest.mark.parametrize("file", SETTINGS, ids=lambda file: file.name)
def test_settings_of_hadoop_name_services(file):
    properties = {one.findtext("name"): one.findtext("value") for one in ElementTree.parse(file).iter("property")}
    assert properties
    hosts = {value for name, value in properties.items() if name.endswith(".hostname")}
    hosts |= set(re.findall(r"hdfs://([\w-]+)", " ".join(properties.values())))
    assert hosts <= SERVICES.keys()
