"""What a program means without saying it: that counts are added up, and what its reducer is given."""

from collections.abc import Sequence

from airflow_unifyweaver.job.prolog.aggregation import REDUCER
from airflow_unifyweaver.job.prolog.draft import Draft
from airflow_unifyweaver.job.prolog.predicates import uses_relation
from airflow_unifyweaver.job.prolog.program import Clause
from airflow_unifyweaver.job.prolog.terms import Atom, Compound, ListTerm, Term, Variable

_TOTALS = {"length": "sum", "sum_list": "sum", "sumlist": "sum", "max_list": "max", "min_list": "min"}
"""Predicates whose second argument is a total of the first -> how totals of batches are merged."""
_AGGREGATES = {"count": "sum", "sum": "sum", "max": "max", "min": "min"}
_DROP_EQUALS = frozenset(
    ("setof/3", "sort/2", "sort/4", "predsort/3", "list_to_set/2", "list_to_ord_set/2", "distinct/1", "distinct/2")
)
_ARITHMETIC = ("is", "=:=", "=\\=", "<", ">", "=<", ">=")
_OF_LISTS = (
    *("append", "member", "memberchk", "length", "sort", "msort", "predsort", "sumlist", "sum_list", "max_list"),
    *("min_list", "nth0", "nth1", "last", "reverse", "union", "intersection", "subtract", "ord_union", "foldl"),
    *("ord_subtract", "ord_intersection", "list_to_set", "maplist", "merge", "select", "permutation", "exclude"),
    *("include", "partition", "list_to_ord_set", "delete", "pairs_keys_values"),
)


def infer_aggregation(draft: Draft, work: str) -> None:
    """Merge totals of batches as totals, when the program does not say how results are merged.

    :param work: the predicate that runs on batches.
    """
    clauses = draft.program.predicates[work]
    if ("aggregation",) in draft or len(clauses) != 1 or not uses_relation(draft.program, work, draft.relation):
        return
    head, body = clauses[0].head, clauses[0].body
    if isinstance(head, Compound) and len(head.arguments) == 1 and body is not None:
        reduce = _total_of(_last(body), head.arguments[0])
        if reduce == "sum":
            _check_addends(draft, work, head.at)
        if reduce:
            draft.put(("aggregation", "reduce"), reduce, head.at)


def _check_addends(draft: Draft, work: str, at: int) -> None:
    """Complain when totals may be of distinct values, which other batches may have as well."""
    dropping = sorted(_DROP_EQUALS & (draft.program.reached(work) - draft.program.predicates.keys()))
    if dropping:
        draft.complain(
            at,
            f"{dropping[0]} leaves out equal values within one batch only; may the totals of batches be added up? Add "
            "aggregation(reduce(sum)) if so; to count distinct values, let them be the results, with "
            "aggregation(reduce(count_distinct))",
        )


def _last(body: Term) -> Term:
    while isinstance(body, Compound) and body.is_a(",", 2):
        body = body.arguments[1]
    return body


def _total_of(goal: Term, result: Term) -> str | None:
    if not isinstance(goal, Compound) or not _same(goal.arguments[-1], result):
        return None
    if len(goal.arguments) == 2:
        return _TOTALS.get(goal.name)
    template = goal.arguments[0]
    name = template.name if isinstance(template, Compound) else template.written
    is_single = isinstance(template, Atom) or (isinstance(template, Compound) and len(template.arguments) == 1)
    return _AGGREGATES.get(name) if goal.is_a("aggregate_all", 3) and is_single else None


def infer_reducer(draft: Draft, work: str | None) -> None:
    """Tell what a reducer of this program is given, by its clauses, when the program does not say it.

    :param work: the predicate of the program that runs on batches, if one does.
    """
    clauses = draft.program.predicates.get(draft.value(*REDUCER, "predicate"), [])
    if draft.value(*REDUCER, "file") != draft.file or not clauses or (*REDUCER, "merges") in draft:
        return
    at = clauses[0].head.at
    pair = _pair(clauses)
    if pair:
        draft.put((*REDUCER, "merges"), "pairs", at)
        if ("aggregation", "by_key") not in draft:
            draft.put(("aggregation", "by_key"), True, at)
        _infer_result(draft, work, pair)
    elif any(map(_calculates, clauses)):
        draft.put((*REDUCER, "merges"), "values", at)
    elif any(map(_works_on_lists, clauses)):
        draft.put((*REDUCER, "merges"), "batches", at)
    else:
        draft.complain(
            at,
            "is this reducer given two results or two lists of results? Add merges(values) or merges(batches) to "
            "aggregation",
        )


def _pair(clauses: Sequence[Clause]) -> str | None:
    """Return the name of the pairs, such as word(Key, Count), that all arguments of a predicate are."""
    arguments = [argument for clause in clauses for argument in _arguments(clause.head)]
    names = {each.name if isinstance(each, Compound) and len(each.arguments) == 2 else None for each in arguments}
    name = names.pop() if len(names) == 1 else None
    return None if name == "[|]" else name


def _infer_result(draft: Draft, work: str | None, pair: str) -> None:
    """Take the pairs for the results, when a predicate has other arguments beside them."""
    heads = [_arguments(clause.head) for clause in draft.program.predicates.get(work or "", [])]
    numbers = [
        number
        for number in range(1, len(heads[0]) + 1 if heads else 1)
        if all(isinstance(each := head[number - 1], Compound) and each.is_a(pair, 2) for head in heads)
    ]
    if len(numbers) == 1 and len(heads[0]) > 1 and ("work", "prolog", "result") not in draft:
        draft.put(("work", "prolog", "result"), numbers, heads[0][numbers[0] - 1].at)


def _calculates(clause: Clause) -> bool:
    given = _arguments(clause.head)[:2]
    return any(_mentions(goal, given) for goal in _goals(clause.body) if goal.name in _ARITHMETIC)


def _works_on_lists(clause: Clause) -> bool:
    given = _arguments(clause.head)[:2]
    if any(isinstance(each, ListTerm) or (isinstance(each, Compound) and each.name == "[|]") for each in given):
        return True
    goals = [goal for goal in _goals(clause.body) if goal.name in _OF_LISTS]
    return any(_same(argument, each) for goal in goals for argument in goal.arguments for each in given)


def _arguments(head: Term) -> tuple[Term, ...]:
    return head.arguments if isinstance(head, Compound) else ()


def _goals(body: Term | None) -> list[Compound]:
    if not isinstance(body, Compound):
        return []
    if body.name in (",", ";", "->", "*->", "\\+"):
        return [goal for part in body.arguments for goal in _goals(part)]
    return [body]


def _mentions(term: Term, given: Sequence[Term]) -> bool:
    inner = term.arguments if isinstance(term, Compound) else ()
    return any(_same(term, each) for each in given) or any(_mentions(each, given) for each in inner)


def _same(one: Term, other: Term) -> bool:
    return isinstance(one, Variable) and isinstance(other, Variable) and one.written == other.written != "_"
