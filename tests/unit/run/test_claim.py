"""Which run publishes what of a stream: whatever is interrupted where, each message is in one result."""

from dataclasses import dataclass, field

import pytest

from airflow_unifyweaver.exceptions import RunChangedError, RunError
from airflow_unifyweaver.run.claim import Claim
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.outcome import PUBLISHED, TAKEN_OVER, outcome_of, settle


@dataclass
class Stream:
    """A stream of ten messages more with every look; where runs begin and end stands in their spools."""

    at: int = 0
    claimed: str | None = None
    finished: list = field(default_factory=list)

    def enter(self):
        return self.claimed

    def holder(self):
        return self.claimed

    def begins(self, spool):
        return int((spool / "begin").read_text()) == self.at

    def claim(self, spool, place):
        self.claimed = place

    def advance(self, spool):
        self.at, self.claimed = int((spool / "end").read_text()), None

    def lost(self):
        return "let go of it"

    def plan(self, run, size=10):
        """Plan a run whole, as the runner does."""
        claim = Claim(self, run)
        claim.prepare(self.finish)
        run.spool.mkdir(parents=True)
        (run.spool / "begin").write_text(str(self.at))
        (run.spool / "end").write_text(str(self.at + size))
        run.plan_file.parent.mkdir()
        run.plan_file.write_text(PLAN)
        claim.make()
        return claim

    def finish(self, run):
        self.finished.append(run.name)
        Claim(self, run).decide()
        Claim(self, run).advance()


PLAN = (
    '{"run_id": "r", "job_digest": "", "source_digest": "", "batches": 0, "size": 0, "backend": "sequential",'
    ' "notices": [], "shards": [], "tasks": []}'
)


@pytest.fixture
def stream():
    return Stream()


@pytest.fixture
def runs(tmp_path):
    return [RunDirectory(tmp_path / name) for name in ("first", "second", "third")]


def test_runs_follow_each_other(stream, runs):
    for number, run in enumerate(runs, 1):
        stream.plan(run)
        stream.finish(run)
        assert (stream.at, stream.claimed) == (10 * number, None)


def test_a_run_that_was_left_is_taken_over_and_cannot_be_published(stream, runs):
    left = stream.plan(runs[0])
    stream.plan(runs[1], size=20)
    with pytest.raises(RunChangedError, match="another run has published, or taken over"):
        left.decide()
    with pytest.raises(RunChangedError, match="start a fresh run"):
        left.prepare(stream.finish)
    stream.finish(runs[1])
    assert (stream.at, outcome_of(runs[0]), outcome_of(runs[1])) == (20, TAKEN_OVER, PUBLISHED)


def test_a_run_that_was_about_to_be_published_is_finished_first(stream, runs):
    stream.plan(runs[0]).decide()
    stream.plan(runs[1])
    assert (stream.finished, stream.at) == (["first"], 10)
    assert (runs[1].spool / "begin").read_text() == "10"


def test_a_run_that_goes_on_keeps_its_claim(stream, runs):
    claim = stream.plan(runs[0])
    claim.prepare(stream.finish)
    claim.make()
    stream.finish(runs[0])
    assert stream.at == 10


def test_a_published_run_leaves_others_alone(stream, runs):
    published = stream.plan(runs[0])
    stream.finish(runs[0])
    stream.plan(runs[1])
    published.prepare(stream.finish)
    published.make()
    published.decide()
    published.advance()
    assert (stream.at, stream.claimed, outcome_of(runs[1])) == (10, str(runs[1].path), None)


def test_a_run_that_never_claimed_what_another_has_published_is_too_late(stream, runs):
    stream.plan(runs[0])
    stream.claimed = None  # as if it was killed right before
    stream.plan(runs[1])
    stream.finish(runs[1])
    with pytest.raises(RunChangedError):
        Claim(stream, runs[0]).prepare(stream.finish)


def test_a_run_that_is_out_of_sight_is_not_taken_over(stream, runs):
    stream.plan(runs[0])
    runs[0].path.rename(runs[0].path.with_name("elsewhere"))
    with pytest.raises(RunError, match=r"is not to be seen from here; let it be seen, or, .* let go of it"):
        Claim(stream, runs[1]).prepare(stream.finish)


def test_what_becomes_of_a_run_is_settled_once(runs):
    runs[0].path.mkdir()
    assert settle(runs[0], PUBLISHED) == settle(runs[0], TAKEN_OVER) == outcome_of(runs[0]) == PUBLISHED
    assert [path.name for path in runs[0].path.iterdir()] == ["outcome"]
