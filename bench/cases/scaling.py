"""More workers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.amdahl import SerialModel
from bench.case import Goal, Samples
from bench.contest import Commands, Contest
from bench.growth import Growth
from bench.place import Place, program, python_work
from bench.timing import Command
from bench.topic import Topic

BATCHES = 640
ONE, TWO = "1 worker", "2 workers"
POOL_ONE, POOL_TWO = "pool of 1", "pool of 2"
PROJECTED = (2, 8, 64)


@dataclass(frozen=True)
class ProjectedContest(Contest):
    """A contest in which what one worker took tells what many would."""

    def measure(self, place: Place) -> Samples:
        """Run them, and add what the model says."""
        samples = super().measure(place)
        for sample in samples[ONE]:
            taken = (sample["run_seconds"], sample["run_cpu_seconds"], sample["work_seconds"])
            model = SerialModel.of_one_worker(*taken, place.of(BATCHES))
            sample["serial_percent"] = model.serial_fraction * 100
            sample |= {f"speedup_{workers}": model.speedup(workers) for workers in PROJECTED}
        return samples


def _computing(place: Place, workers: int, work: str) -> list[str]:
    lines, parallel = place.lines(place.of(BATCHES)), {"workers": workers}
    return place.job(lines, {"batch_size": 1}, python_work(work), parallel=parallel, aggregation={"reduce": "sum"})


def _commands(place: Place) -> Commands:
    batches = place.of(BATCHES)
    return {
        ONE: program("work_of_run.py", *_computing(place, 1, "compute")),
        TWO: program("work_of_run.py", *_computing(place, 2, "compute")),
        POOL_ONE: program("compute_pool.py", batches, 1),
        POOL_TWO: program("compute_pool.py", batches, 2),
    }


def _growing(place: Place) -> Mapping[str, Callable[[int], Command]]:
    return {
        "each waits 50 ms": lambda workers: _computing(place, workers, "wait"),
        "each computes 10 ms": lambda workers: _computing(place, workers, "ten_milliseconds"),
    }


TOPIC = Topic(
    "scaling",
    "More workers",
    "640 batches, worked on by few or by many.",
    (
        ProjectedContest(
            "processors",
            "CPU-bound Python work",
            "Batches of the same computation each, in plain Python. The pool, which does it, too, shows what this "
            "machine's second core is worth.\n\nThe model is Amdahl's law with a serial part that is measured: in "
            "the run on one worker, all seconds in which that worker did not work on a batch. Processor time that was "
            "spent elsewhere while it worked, on handing out the next batch, is shared by all processors, and waited "
            "for where that takes longer than the work. What the model says of two workers can be compared with what "
            "was measured, and what it says of many with those that wait 50 ms a batch, below.",
            (
                Goal(TWO, ONE, least=1.9, figure="run_seconds", faster=True, what="CPU-bound Python work: 2 workers"),
                Goal(ONE, figure="speedup_2", what="the same, by the model: 2 workers"),
                Goal(ONE, figure="speedup_8", least=7.2, what="the same, by the model: 8 workers on 8 cores"),
                Goal(ONE, figure="speedup_64", what="the same, by the model: 64 workers on 64 cores"),
                Goal(ONE, figure="serial_percent", unit="%", what="the same: serial part"),
                Goal(POOL_TWO, POOL_ONE, faster=True, what="the same computation: ProcessPoolExecutor of 2"),
            ),
            _commands,
            same_answers=False,
            rounds=3,
            warm_up=0,
            own=2,
            minutes=11,
        ),
        Growth(
            "growing-workers",
            "From 1 to 64 workers, on the cores that there are",
            "Work that waits, as for a service, is done the faster the more workers there are. Work that computes "
            "is not, once there are as many as processors: then the line is level, for idle workers must cost "
            "nothing.",
            (),
            "workers",
            tuple(2**exponent for exponent in range(7)),
            _growing,
            shrinks=True,
            minutes=4,
        ),
    ),
)
