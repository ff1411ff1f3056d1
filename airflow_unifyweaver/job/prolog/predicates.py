"""Which predicate of a program is its work, when that is not said, or not wholly."""

from airflow_unifyweaver.job.nearest import did_you_mean
from airflow_unifyweaver.job.prolog.draft import Draft
from airflow_unifyweaver.job.prolog.program import Program
from airflow_unifyweaver.job.prolog.terms import Atom, Term, indicator_of


def work_indicator(draft: Draft, named: Term) -> str | None:
    """Return the predicate that ``parallel`` names, as name/arity or by its name alone; complain when there is none."""
    predicates = draft.program.predicates
    indicator = indicator_of(named)
    if indicator is None and isinstance(named, Atom):
        found = [known for known in predicates if known.rpartition("/")[0] == named.written]
        indicator = found[0] if len(found) == 1 else None
    if indicator is None:
        draft.complain(named.at, f"wanted a predicate of this program as Name/Arity, got {named.written}")
    return indicator


def undefined(indicator: str, program: Program) -> str:
    """Say that a program does not define a predicate."""
    if not program.predicates:
        return f"{indicator} is not defined; the program has no clauses"
    return f"{indicator} is not defined in this program{did_you_mean(indicator, program.predicates)}"


def uses_relation(program: Program, indicator: str, relation: str | None) -> bool:
    """Tell whether a predicate calls the one whose facts the records are, by whichever way."""
    if relation is None:
        return False
    return any(relation in (reached, reached.rpartition("/")[0]) for reached in program.reached(indicator))


def choose_work(draft: Draft) -> str | None:
    """Return the one predicate that nothing else in the program calls and that uses the source; complain otherwise.

    Without one that uses the source, any other that nothing calls is taken.
    """
    program = draft.program
    called = {call for clause in program.clauses for call in clause.calls if call != clause.indicator}
    reducer = draft.value("aggregation", "reduce", "prolog", "predicate")
    top = [known for known in program.predicates if known not in called | {reducer} | draft.handlers.keys()]
    found = [known for known in top if uses_relation(program, known, draft.relation)] or top
    if len(found) == 1:
        return found[0]
    end = len(program.text)
    if not found:
        draft.complain(end, 'nothing to run: define a predicate, or add a directive such as work(command("wc -l"))')
    else:
        choice = ", ".join(found)
        draft.complain(end, f"which of {choice} runs on batches? Add a directive such as parallel({found[-1]})")
    return None
