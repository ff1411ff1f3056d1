"""How results are merged, as ``aggregation(...)`` says it."""

from collections.abc import Sequence

from airflow_unifyweaver.job.nearest import did_you_mean
from airflow_unifyweaver.job.prolog.draft import Draft, FieldPath
from airflow_unifyweaver.job.prolog.terms import Atom, Term, Text, indicator_of
from airflow_unifyweaver.job.prolog.values import NoValueError, Option, inner_options, leaves

REDUCER: FieldPath = ("aggregation", "reduce", "prolog")
_FIELDS: dict[str, FieldPath] = {
    "reduce": ("aggregation", "reduce"),
    "by_key": ("aggregation", "by_key"),
    "merges": (*REDUCER, "merges"),
}


def read_aggregation(draft: Draft, terms: Sequence[Term], at: int, own: bool = False) -> None:
    """Set how results are merged. What is said for one predicate takes the place of all that is said for the program.

    :param terms: a name such as ``concat``, or options such as ``reduce(sum)``.
    """
    if not draft.claim(("aggregation",), at, own):
        return
    if len(terms) == 1 and isinstance(terms[0], Atom | Text):
        draft.put(_FIELDS["reduce"], terms[0].written, terms[0].at, own)
        return
    options = inner_options(terms)
    if options is None:
        draft.complain(at, "wanted an aggregation such as concat or reduce(sum)")
    for option in options or []:
        _read_option(draft, option, own)


def _read_option(draft: Draft, option: Option, own: bool) -> None:
    if option.name not in _FIELDS:
        draft.complain(option.at, f"unknown option {option.name} of aggregation{did_you_mean(option.name, _FIELDS)}")
        return
    predicate = indicator_of(option.arguments[0]) if option.name == "reduce" else None
    if predicate:
        draft.put((*REDUCER, "file"), draft.file, option.at, own)
        draft.put((*REDUCER, "predicate"), predicate, option.at, own)
        return
    try:
        for path, value, at in leaves(option, _FIELDS[option.name]):
            draft.put(path, value, at, own)
    except NoValueError as error:
        draft.complain(error.at, str(error))
