"""Runs of conformance jobs: on backends of this machine one by one, on a cluster all together."""

import json
import os
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, count

import pytest
from conformance.case import ADDRESS, THIS_RUN, Case, Outcome
from conformance.cases import CASES
from conformance.gathered import GatheredBackend
from conformance.places import LOCAL, PLACES
from event_payloads import check_payload

from airflow_unifyweaver import BatchJob
from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.history import run_events
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.runner import plan_run, publish_run, work_on_task

WORKERS = 2
RUN_ID = "manual__2026-11-25T13:05:00+00:00"
"""What a run's directory has in its path under Airflow; not every engine likes colons."""


@dataclass
class Planned:
    """A job whose run is planned."""

    job: BatchJob
    run: RunDirectory

    def finish(self, backend=None):
        """Work on the run and publish it; return its outcome."""
        work_on_task(self.job, self.run, 0, backend=backend)
        result = publish_run(self.job, self.run)
        events = list(run_events(self.run, Plan.require(self.run), set(EventType)))
        for event in events:
            check_payload(event.event_type, event.payload)
        lives = Counter((event.batch_id, event.event_type) for event in events if event.batch_id is not None)
        files = sorted(self.run.path.glob("shards/*/quarantine.jsonl"))
        text = "".join(file.read_text() for file in files).replace(str(self.job.base_dir), "")
        return Outcome(result.file.read_bytes(), lives, list(map(json.loads, text.splitlines())))


def few_shards(case):
    """Return what makes a case have few shards on a cluster: each costs a process.

    For one worker there is a shard for each 16 batches, up to four, and for two there are at least two. The cut of a
    job that does not say how goes by the number of workers, too.
    """
    return {"workers": 1} if case.job["batch"] else {}


class Runs:
    """Runs each case at each place once, when its outcome is asked for; on a cluster with all that will be asked for.

    :param folder: where inputs and runs stand.
    :param wanted: names of the cases that will be asked for, by place.
    :param service: returns a fixture by its name.
    """

    def __init__(self, folder, wanted, service):
        self._folder = folder
        self._wanted = wanted
        self._service = service
        self._numbers = count()
        self._inputs = {}
        self._outcomes = {}

    def inputs(self, case):
        """Return the folder of a case's files, and the address of its service, or raise what these failed with."""
        key = (case.inputs, case.service)
        if key not in self._inputs:
            folder = self._folder / f"inputs {len(self._inputs)}"
            try:
                self._inputs[key] = folder, self._make_inputs(case, folder)
            except Exception as error:
                self._inputs[key] = error
        found = self._inputs[key]
        if isinstance(found, Exception):
            raise found
        return found

    def _make_inputs(self, case, folder):
        """Write a case's files, and return the address of its service."""
        service = self._service(case.service) if case.service else ""
        address = getattr(service, "url", service)
        folder.mkdir()
        case.inputs(folder, address)
        return address

    def outcome(self, place, name):
        """Return the outcome of a case at a place, or raise what it failed with."""
        if (place, name) not in self._outcomes:
            for wanted in chain.from_iterable(self._wanted.values()):  # so that daemons of clusters know all services
                self.inputs(CASES[wanted])
            if place in LOCAL:
                self._outcomes[place, name] = self._plan(PLACES[place].backend, CASES[name]).finish()
            else:
                self._run_together(place)
        outcome = self._outcomes[place, name]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def reference(self, name):
        """Return the outcome of the job that a case refers to, on the sequential backend."""
        case = CASES[name]
        if not case.reference:
            return self.outcome("sequential", name)
        if ("reference", name) not in self._outcomes:
            other = Case(case.job | case.reference, case.inputs, service=case.service)
            self._outcomes["reference", name] = self._plan("sequential", other).finish()
        return self._outcomes["reference", name]

    def _run_together(self, place):
        names, kind = self._wanted[place], PLACES[place]
        cluster = self._service(kind.service) if kind.service else None
        launch = self._folder / str(next(self._numbers)) / RUN_ID / "cluster" / "0000" / "launch"
        backend = GatheredBackend(kind.backend, len(names), WORKERS, launch)
        with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(len(names)) as pool:
            for variable, value in cluster.env.items() if cluster else ():
                patch.setenv(variable, value)
            options = kind.options(cluster)
            runs = {name: self._plan(kind.backend, CASES[name], **few_shards(CASES[name]), **options) for name in names}
            futures = {name: pool.submit(run.finish, backend) for name, run in runs.items()}
            self._outcomes |= {(place, name): one.exception() or one.result() for name, one in futures.items()}

    def _plan(self, backend, case, **options):
        inputs, address = self.inputs(case)
        folder = self._folder / str(next(self._numbers))
        shutil.copytree(inputs, folder / "job", copy_function=os.link)  # where marks are this run's own
        parallel = {"backend": backend, "workers": WORKERS, "strict": True, "preserve_order": True} | options
        text = json.dumps({"name": "conformance", "retry": {"delay": 0.0}, "parallel": parallel} | case.job)
        text = text.replace(ADDRESS, address).replace(THIS_RUN, f"run {folder.name}")
        job = BatchJob.from_dict(json.loads(text), base_dir=folder / "job")
        run = RunDirectory(folder / RUN_ID)
        case.refill(address)
        plan_run(job, run, map_tasks=1)
        return Planned(job, run)
