"""Thousands of random wrong jobs: each is refused with a message that names the field, and nothing else is raised."""

import copy
import json
import os
import re
from collections import Counter
from datetime import date, datetime

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, assume, given, seed, settings
from hypothesis import strategies as st

from airflow_unifyweaver import cli
from airflow_unifyweaver.cli.exit_codes import BAD_JOB, DONE
from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.job.schema import schema

SEED = int(os.environ.get("UNIFYWEAVER_FAULT_SEED", "20261123"))
JOBS = int(os.environ.get("UNIFYWEAVER_INVALID_JOBS", "1500"))
FILES = JOBS // 10
RIGHT = [
    {
        "name": "errors",
        "source": {"type": "text", "path": ["a.log", "b/*.log"], "encoding": "latin-1"},
        "batch": {"batch_size": 1000},
        "work": {"command": "grep -c ERROR", "ok_exit_codes": [0, 1]},
        "parallel": {
            "backend": "gnu_parallel",
            "workers": 8,
            "preserve_order": True,
            "map_tasks": 4,
            "strict": True,
            "gnu_parallel": {"options": ["--nice", "10"]},
            "spark": {"master": "local[2]", "executor_memory": "1g", "num_executors": 2},
        },
        "retry": {"max_attempts": 5, "backoff": "linear", "delay": 0.5, "timeout": 60},
        "failure": {"budget": "2%", "quarantine": "none"},
        "aggregation": {"reduce": "sum", "by_key": True},
        "output": {"path": "out.csv", "format": "csv"},
        "on_event": {"batch_failed": ["pkg.mod:tell"]},
        "dag": {"schedule": "@daily", "tags": ["a"], "default_args": {"retries": 1}},
    },
    {
        "name": "cities",
        "source": {"type": "csv", "path": "a.csv", "delimiter": ";", "quotechar": "'", "header": ["a", "b"]},
        "batch": {"batch_bytes": 100_000},
        "work": {"python": "mod:function"},
        "parallel": {"backend": "auto", "workers": "auto", "dask": {"address": "tcp://a:1"}},
        "failure": {"budget": 3},
        "aggregation": "count_distinct",
        "output": {"path": "out.jsonl"},
    },
    {"name": "least", "source": {"type": "text", "path": "a.log"}, "work": {"command": "wc -l"}},
]
REQUIRED = [("name",), ("source",), ("work",), ("source", "type"), ("source", "path")]
PARTS = ["", "source", "batch", "work", "parallel", "retry", "failure", "output"]
TOGETHER = {
    ("batch",): {"batch_size": 1, "batch_bytes": 1},
    ("work",): {"command": "wc", "python": "mod:function"},
}
SCHEMA = jsonschema.Draft202012Validator(schema())
_SETTINGS = settings(
    deadline=None, database=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)

_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([2**63, -(10**30), float("nan"), float("inf"), -0.5, 0.0]),
    st.sampled_from(["", " ", "auto", "none", "mod:", ":function", "101%", "-1%", "5", "\0", "\ud800", "a" * 300]),
    st.text(max_size=8),
    st.binary(max_size=4),
    st.sampled_from([date(2024, 1, 1), datetime(2024, 1, 1, 12), object(), {1, 2}]),
)
_keys = st.one_of(st.text(max_size=5), st.integers(), st.none(), st.sampled_from(["type", "path", "seconds", "reduce"]))
junk = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=3), max_leaves=4
)


def fields(job, place=()):
    """Yield the place of every field, on all levels but inside ``dag``, where anything goes."""
    for name, value in job.items():
        yield (*place, name)
        if isinstance(value, dict) and name != "dag":
            yield from fields(value, (*place, name))


PLACES = [list(fields(job)) for job in RIGHT]


def at(job, place):
    for name in place:
        job = job[name]
    return job


def wrong_value(draw, job, places):
    place = draw(st.sampled_from(places))
    at(job, place[:-1])[place[-1]] = draw(junk)
    return place


def misspelt(draw, job, places):
    *parents, name = draw(st.sampled_from(places))
    position, letter = draw(st.integers(0, len(name) - 1)), draw(st.sampled_from("aesz_XY1"))
    keep = draw(st.integers(0, 1))  # a letter more, or another one
    wrong = name[:position] + letter + name[position + 1 - keep :]
    holder = at(job, parents)
    assume(wrong not in holder)
    holder[wrong] = holder.pop(name)
    # Without its type nothing is known of a source's fields: then the type is what has to be named.
    return (*parents, name if name == "type" else wrong)


def misplaced(draw, job, places):
    *parents, name = draw(st.sampled_from(places))
    value = at(job, parents).pop(name)
    part = draw(st.sampled_from(PARTS))
    assume(part not in (name, *parents))
    holder = job.setdefault(part, {}) if part else job
    assume(name not in holder)
    holder[name] = value
    assume((part, name) != ("output", "path"))  # which is a right place for a path: then it is missing elsewhere
    return (part, name) if part else (name,)


def left_out(draw, job, places):
    place = draw(st.sampled_from(REQUIRED))
    del at(job, place[:-1])[place[-1]]
    return place


def contradictory(draw, job, places):
    place = draw(st.sampled_from(sorted(TOGETHER)))
    job.setdefault(place[0], {}).update(TOGETHER[place])
    return place


MUTATIONS = [wrong_value, wrong_value, wrong_value, misspelt, misplaced, left_out, contradictory]


@st.composite
def mutated_jobs(draw):
    """Return a job that was right before a mutation, its kind, and the place it concerns."""
    number = draw(st.integers(0, len(RIGHT) - 1))
    job = copy.deepcopy(RIGHT[number])
    mutate = draw(st.sampled_from(MUTATIONS))
    place = mutate(draw, job, PLACES[number])
    return job, mutate.__name__, place


def names_field(message, place):
    """Tell whether a line is about a field: it starts with its place, or with the part that the field is named in."""
    path = ".".join(place)
    parent, name = ".".join(place[:-1]), re.escape(place[-1])
    about = [rf"{re.escape(path)}([.:\[].*)", rf"{re.escape(parent)}: .*\b{name}\b.*" if parent else rf".*\b{name}\b.*"]
    return any(re.fullmatch(pattern, line) for line in message.splitlines() for pattern in about)


def refusal(job):
    """Return the message that a job is refused with, or None when it is right by its published schema as well."""
    try:
        BatchJob.from_dict(job)
    except JobError as error:
        return str(error)
    assert SCHEMA.is_valid(job), "accepted against the schema"
    return None


def test_the_jobs_to_spoil_are_right():
    for job in RIGHT:
        assert refusal(job) is None


def test_wrong_jobs_are_refused_by_the_name_of_the_field():
    refused = Counter()

    @seed(SEED)
    @settings(_SETTINGS, max_examples=JOBS)
    @given(mutated_jobs())
    def refuse(mutated):
        job, kind, place = mutated
        message = refusal(job)
        assume(message is not None)
        assert names_field(message, place), message
        refused[kind] += 1

    refuse()
    print(f"\n{refused.total()} wrong jobs refused by name: {dict(refused)}")
    assert refused.total() >= JOBS


def test_numbers_that_python_refuses_to_print_are_refused():
    for job, places in zip(RIGHT, PLACES, strict=True):
        for place in set(places) - {("source", "type"), ("dag", "schedule")}:
            wrong = copy.deepcopy(job)
            at(wrong, place[:-1])[place[-1]] = -(2**20_000)
            assert names_field(refusal(wrong), place)


@pytest.mark.parametrize("suffix", [".yaml", ".json"])
def test_numbers_that_python_refuses_to_read_are_refused(tmp_path, suffix):
    file = tmp_path / f"job{suffix}"
    file.write_text('{"name": "x", "batch": {"batch_size": %s}}' % ("1" * 5000))
    with pytest.raises(JobError, match=rf"^{file}: not valid (YAML|JSON): Exceeds the limit"):
        BatchJob.from_file(file)


@seed(SEED)
@settings(_SETTINGS, max_examples=200)
@given(junk)
def test_junk_in_place_of_a_job_is_refused(value):
    message = refusal(value)
    assert message.startswith("a job is a mapping of fields such as name, source and work, got ") or isinstance(
        value, dict
    )


def test_spoilt_files_are_refused_by_the_command_line(tmp_path, capsys):
    codes = Counter()
    whole = {
        suffix: dump(job).encode()
        for suffix, dump in ((".yaml", yaml.safe_dump), (".json", json.dumps))
        for job in RIGHT[2:]
    }
    edits = st.tuples(st.sampled_from(sorted(whole)), st.floats(0, 1), st.integers(0, 20), st.binary(max_size=8))

    @seed(SEED)
    @settings(_SETTINGS, max_examples=FILES)
    @given(edits)
    def spoil(edit):
        suffix, share, length, more = edit
        data = whole[suffix]
        place = int(share * len(data))
        file = tmp_path / f"job{suffix}"
        file.write_bytes(data[:place] + more + data[place + length :])
        code = cli.main(["validate", str(file)])
        output = capsys.readouterr()
        codes[code] += 1
        assert code in (DONE, BAD_JOB)
        assert all(line.startswith(f"{file}: ") for line in (output.out + output.err).splitlines())

    spoil()
    print(f"\n{FILES} spoilt files: {codes[BAD_JOB]} refused, {codes[DONE]} still right")
    assert codes[BAD_JOB] > FILES / 2
