"""A job in Prolog: the fields that a program's directives and predicates make."""

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.prolog.aggregation import REDUCER
from airflow_unifyweaver.job.prolog.directives import PREDICATE, read_directive
from airflow_unifyweaver.job.prolog.draft import Draft
from airflow_unifyweaver.job.prolog.inference import infer_aggregation, infer_reducer
from airflow_unifyweaver.job.prolog.predicates import choose_work, undefined
from airflow_unifyweaver.job.prolog.program import Program
from airflow_unifyweaver.job.prolog.syntax import explain_syntax


def draft_job(program: Program, file: str) -> Draft:
    """Return the fields of the job that a program is, each with its place.

    :param file: name of the program's file.
    :raises JobError: when it is none; one line a problem, with line and column.
    """
    if program.problem:
        at, message = explain_syntax(program, program.problem)
        raise JobError(f"{program.place(at)}: {message}")
    draft = Draft(program, file)
    for directive in program.directives:
        read_directive(draft, directive)
    draft.raise_problems()
    if ("name",) not in draft:
        draft.put(("name",), file.removesuffix(".pl"), 0)
    if ("source",) not in draft:
        draft.complain(0, 'no source is given; add a directive such as dynamic_source(line/1, external(text, "a.log"))')
    _complete_work(draft)
    draft.raise_problems()
    return draft


def _complete_work(draft: Draft) -> None:
    """Add what the program's predicates tell about the work, and check that they are there."""
    if ("work",) not in draft and (chosen := choose_work(draft)):
        draft.put(PREDICATE, chosen, draft.program.predicates[chosen][0].head.at)
    work = draft.value(*PREDICATE) if ("work", "prolog", "file") not in draft else None
    if work:
        draft.put(("work", "prolog", "file"), draft.file, draft.at(PREDICATE))
    for indicator, at in _called_by_the_job(draft, work).items():
        if indicator not in draft.program.predicates:
            draft.complain(at, undefined(indicator, draft.program))
    if work in draft.program.predicates:
        infer_aggregation(draft, work)
    infer_reducer(draft, work)


def _called_by_the_job(draft: Draft, work: str | None) -> dict[str, int]:
    starts = {work: draft.at(PREDICATE)} if work else {}
    if draft.value(*REDUCER, "file") == draft.file:
        reducer = (*REDUCER, "predicate")
        starts[draft.value(*reducer)] = draft.at(reducer)
    return {**starts, **draft.handlers}
