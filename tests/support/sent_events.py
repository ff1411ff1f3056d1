"""Jobs whose events go to brokers, and what must arrive there."""

import subprocess
import sys
import time
from datetime import datetime

import yaml

from airflow_unifyweaver.events.journal import read_events
from airflow_unifyweaver.events.schema import Event, EventType

EVENT = Event("batch_failed", "worker.0", "batch_00001", {"error": "exit code 3"}, "run", 2, 1)
LINES = 6
GATED = """
read -r line
while [ ! -e {gates}/$line ]; do sleep 0.05; done
[ $line != 1 ]
"""


def job_with_events(folder, handler):
    """Return the fields of a job whose batches each wait for a gate, and whose second batch fails.

    :param handler: gets all events.
    """
    (folder / "in.txt").write_text("".join(f"{number}\n" for number in range(LINES)))
    (folder / "gates").mkdir()
    return {
        "name": "lines",
        "source": {"type": "text", "path": str(folder / "in.txt")},
        "batch": {"batch_size": 1},
        "work": {"command": GATED.format(gates=folder / "gates")},
        "retry": {"max_attempts": 2, "backoff": "constant", "delay": 0},
        "failure": {"budget": 1},
        "on_event": {event_type.value: [handler] for event_type in EventType},
    }


class GatedRun:
    """A run of the job in a process of its own."""

    def __init__(self, folder, handler):
        self._gates = folder / "gates"
        self.directory = folder / "run"
        fields = job_with_events(folder, handler) | {"parallel": {"backend": "bash_fork", "workers": 2}}
        (folder / "job.yaml").write_text(yaml.safe_dump(fields))
        command = [sys.executable, "-m", "airflow_unifyweaver.cli", "run", "job.yaml", "--run-dir", self.directory]
        self._process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )

    def open(self, *lines):
        """Let batches through, and wait until they are done."""
        for line in lines:
            (self._gates / str(line)).touch()
        while not {f"batch_{line:05d}" for line in lines} <= self._decided():
            assert self._process.poll() is None, self._process.stderr.read()
            time.sleep(0.05)

    def finish(self):
        """Let all through, and return what the run had to say."""
        for line in range(LINES):
            (self._gates / str(line)).touch()
        _, errors = self._process.communicate(timeout=60)
        assert self._process.returncode == 0, errors
        return errors

    def events(self):
        """Return the events in the run's journal."""
        return list(read_events(self.directory / "shards" / "0000" / "journal.jsonl"))

    def _decided(self):
        return {event.batch_id for event in self.events() if event.event_type in ("batch_complete", "batch_failed")}


def check_arrived(envelopes, events):
    """Check that exactly these events arrived, each in its envelope."""
    assert len({envelope.get_id() for envelope in envelopes}) == len(envelopes)
    arrived = {str(envelope.get_data()): envelope for envelope in envelopes}
    assert len(arrived) == len(envelopes)
    assert arrived.keys() == {str(event.to_dict() | {"job": "lines"}) for event in events}
    for event in events:
        attributes = arrived[str(event.to_dict() | {"job": "lines"})].get_attributes()
        assert attributes.get("subject") == event.batch_id
        assert (attributes["specversion"], attributes["datacontenttype"]) == ("1.0", "application/json")
        assert (attributes["source"], attributes["type"]) == (
            "/unifyweaver/lines/run/0",
            f"unifyweaver.{event.event_type}",
        )
        assert attributes["time"] == datetime.fromisoformat(event.timestamp)
