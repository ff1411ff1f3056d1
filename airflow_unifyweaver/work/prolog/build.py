"""From what a job says of Prolog to the objects that do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_unifyweaver.work.prolog.handler import PrologHandler
from airflow_unifyweaver.work.prolog.program import Program
from airflow_unifyweaver.work.prolog.records import Form
from airflow_unifyweaver.work.prolog.reducer import PrologReducer
from airflow_unifyweaver.work.prolog.swipl import Request, Swipl
from airflow_unifyweaver.work.prolog.work import PrologWork

if TYPE_CHECKING:
    from airflow_unifyweaver.job.aggregation import Aggregation
    from airflow_unifyweaver.job.model import BatchJob
    from airflow_unifyweaver.job.prolog_work import HandlerPredicate, PrologProgram, ReducerPredicate
    from airflow_unifyweaver.job.prolog_work import PrologWork as PrologOptions

_FORMS = {
    "text": Form.LINES,
    "awk": Form.LINES,
    "command": Form.LINES,
    "csv": Form.FIELDS,
    "parquet": Form.COLUMNS,
    "sql": Form.COLUMNS,
}
_PRINTED = 0


def prolog_work(job: BatchJob, options: PrologOptions) -> PrologWork:
    """Return the Prolog work of a job."""
    form = _form(job.source.type, options.columns)
    program = program_of(options, str(job.base_dir))
    preparation = _preparation(options, form, _shape(options.predicate, job.aggregation))
    return PrologWork(program, Swipl(program, preparation), form, options.columns, prints(options))


def prolog_reducer(job: BatchJob, options: ReducerPredicate) -> PrologReducer:
    """Return the reducer in Prolog of a job."""
    name, arity = parsed(options.predicate)
    program = program_of(options, str(job.base_dir))
    swipl = Swipl(program, ("defined", name, arity))
    return PrologReducer(program, swipl, name, options.merges, terms=job.work.prolog is not None)


def prolog_handler(options: HandlerPredicate, folder: str) -> PrologHandler:
    """Return an event handler in Prolog.

    :param folder: the job's.
    """
    name, arity = parsed(options.predicate)
    return PrologHandler(Swipl(program_of(options, folder), ("defined", name, arity)), name)


def program_of(options: PrologProgram, folder: str) -> Program:
    """Return the program that a part of a job names.

    :param folder: the job's.
    """
    return Program(options.file, folder, options.stack_limit)


def prints(options: PrologOptions) -> bool:
    """Tell whether the results are what the predicate prints: one without arguments has no other way to give any."""
    return parsed(options.predicate)[1] == _PRINTED


def parsed(indicator: str) -> tuple[str, int]:
    """Return the name and the arity of a predicate."""
    name, _, arity = indicator.rpartition("/")
    return name, int(arity)


def _form(source_type: str, columns: tuple[str, ...] | None) -> Form:
    return _FORMS.get(source_type, Form.COLUMNS if columns else Form.VALUES)


def _preparation(options: PrologOptions, form: Form, shape: str) -> Request:
    name, arity = parsed(options.predicate)
    fields = 1 if form in (Form.LINES, Form.VALUES) else len(options.columns) if options.columns else None
    return (
        "prepare",
        {
            "name": name,
            "arity": arity,
            "mode": options.mode,
            "source": list(parsed(options.source)) if options.source else None,
            "fields": fields,
            "shape": shape,
            "result": list(options.result) if options.result else None,
            "time_limit": options.time_limit,
        },
    )


def _shape(predicate: str, aggregation: Aggregation) -> str:
    """Return what becomes of a solution: a value or a pair, of JSON or of terms that a reducer gets as they are."""
    if parsed(predicate)[1] == _PRINTED:
        return "printed"
    if isinstance(aggregation.reduce, str):
        return "pair" if aggregation.by_key else "value"
    if not aggregation.by_key:
        return "term"
    return "whole pair" if aggregation.reduce.prolog.merges == "pairs" else "term pair"
