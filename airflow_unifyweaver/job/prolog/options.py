"""Options in directives become fields of the job; a wrong name is an error with the nearest right one."""

from collections.abc import Iterator, Mapping, Sequence

from airflow_unifyweaver.job.nearest import did_you_mean, nearest
from airflow_unifyweaver.job.prolog.aggregation import read_aggregation
from airflow_unifyweaver.job.prolog.draft import Draft, FieldPath
from airflow_unifyweaver.job.prolog.table import AGGREGATION, BATCH_PARALLEL, DIRECTIVES, directives_with, options_of
from airflow_unifyweaver.job.prolog.terms import Atom, ListTerm, Term
from airflow_unifyweaver.job.prolog.values import NoValueError, Option, leaves, option_of


def read_options(
    draft: Draft, terms: Sequence[Term], known: Mapping[str, FieldPath], directive: str, own: bool = False
) -> None:
    """Set the fields that options say.

    :param terms: options, and lists of them.
    :param known: each option with its field.
    :param directive: the one that they are in, for messages.
    :param own: whether they are for one predicate or source.
    """
    for option in each_option(draft, terms, directive):
        if option.name in known:
            put_option(draft, option, known[option.name], own)
        else:
            draft.complain(option.at, _unknown(option.name, known, directive))


def each_option(draft: Draft, terms: Sequence[Term], directive: str) -> Iterator[Option]:
    """Yield the options among terms and in lists of them; anything else is a problem."""
    for term in terms:
        if isinstance(term, ListTerm):
            yield from each_option(draft, term.items, directive)
        elif option := option_of(term):
            yield option
        else:
            draft.complain(term.at, f"wanted an option, as in {DIRECTIVES[directive].form}, got {term.written}")


def put_option(draft: Draft, option: Option, path: FieldPath, own: bool = False) -> None:
    """Set what one option says.

    :param path: the field that it is.
    """
    if option.name == AGGREGATION:
        read_aggregation(draft, option.arguments, option.at, own)
    elif option.name == BATCH_PARALLEL:
        _read_batch_parallel(draft, option)
    else:
        try:
            for field, value, at in leaves(option, path):
                draft.put(field, value, at, own)
        except NoValueError as error:
            draft.complain(error.at, str(error))


def _read_batch_parallel(draft: Draft, option: Option) -> None:
    match option.arguments:
        case (Atom(written="true"),):
            pass
        case (Atom(written="false"),):
            draft.put(("parallel", "backend"), "sequential", option.at, own=True)
        case _:
            draft.complain(option.at, f"{option.name}: wanted true or false, got {option.arguments[0].written}")


def _unknown(name: str, known: Mapping[str, FieldPath], directive: str) -> str:
    elsewhere = [other for other in directives_with(name) if other != directive]
    if elsewhere:
        return f"{name} is no option of {directive}; it belongs in {' or '.join(elsewhere)}"
    match = nearest(name, known)
    far = nearest(name, [option for other in DIRECTIVES for option in options_of(other)])
    if match is None and far is not None:
        return f"unknown option {name}; did you mean {far}, which belongs in {' or '.join(directives_with(far))}?"
    return f"unknown option {name} of {directive}{did_you_mean(name, known)}"
