"""Whether the Prolog of a job can run: asked of SWI-Prolog before anything is planned."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from airflow_unifyweaver.exceptions import JobError, WorkError
from airflow_unifyweaver.job.nearest import did_you_mean
from airflow_unifyweaver.job.prolog_work import PrologHandler
from airflow_unifyweaver.work.prolog.build import parsed, prolog_handler, prolog_reducer, prolog_work
from airflow_unifyweaver.work.prolog.swipl import Swipl

if TYPE_CHECKING:
    from airflow_unifyweaver.job.model import BatchJob

_Named = tuple[str, str, Swipl]  # a field of the job, the predicate it names, and what will run it


def check_prolog(job: BatchJob) -> None:
    """Look whether the programs of a job load, define the predicates that it names, and all that these may call.

    :raises JobError: with a line for each problem; one in a program has its place, ``file:line:column``.
    """
    for field, predicate, swipl in _named(job):
        _check(field, predicate, swipl)


def _named(job: BatchJob) -> Iterator[_Named]:
    work, reduce, folder = job.work.prolog, job.aggregation.reduce, str(job.base_dir)
    if work is not None:
        yield "work.prolog", work.predicate, prolog_work(job, work).swipl
    if not isinstance(reduce, str):
        yield "aggregation.reduce.prolog", reduce.prolog.predicate, prolog_reducer(job, reduce.prolog).swipl
    for event_type, handlers in job.on_event.items():
        for number, handler in enumerate(handlers):
            if isinstance(handler, PrologHandler):
                swipl = prolog_handler(handler.prolog, folder).swipl
                yield f"on_event.{event_type}[{number}].prolog", handler.prolog.predicate, swipl


def _check(field: str, predicate: str, swipl: Swipl) -> None:
    program = swipl.program
    if not program.path.is_file():
        raise JobError(f"{field}.file: there is no file {program.path}")
    with closing(Swipl(program, ("predicates",))) as asked:
        try:
            problems = list(_problems(asked, predicate, swipl))
        except WorkError as error:
            problems = str(error).splitlines()
    if problems:
        raise JobError("\n".join(f"{field}: {problem}" for problem in problems))


def _problems(asked: Swipl, predicate: str, swipl: Swipl) -> Iterator[str]:
    name, arity = parsed(predicate)
    known = asked.ask(("predicates",))
    if not asked.ask(("is_defined", name, arity)):
        yield f"the program has no {predicate}{did_you_mean(predicate, known) if known else ', nor any other'}"
        return
    asked.ask(swipl.preparation)
    for callee, caller, place in asked.ask(("undefined_calls", name, arity)):
        hint = did_you_mean(callee, known)
        remedy = hint if hint.endswith("?") else "; define it, or load the file that does"
        yield f"{place}{caller} calls {callee}, which is not defined{remedy}"
