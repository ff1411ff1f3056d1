"""Each aggregation equals the straightforward computation, for any grouping into batches."""

import functools
import itertools
import json
import math
import operator
from fractions import Fraction
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_unifyweaver import sorted_runs
from airflow_unifyweaver.aggregation import duckdb_partials, external_merge
from airflow_unifyweaver.aggregation.order import sort_key
from airflow_unifyweaver.aggregation.registry import aggregation_for
from airflow_unifyweaver.aggregation.values import encode
from airflow_unifyweaver.work.output import OutputLines

deterministic = settings(
    derandomize=True, max_examples=120, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
limits = st.sampled_from([(0, 2, 0), (0, 3, 40), (0, 64, 100), (2000, 64, 100), (2**30, 64, 0)])
text = st.text(st.characters(codec=None, exclude_categories=()), max_size=4)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | text
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3), max_leaves=4
)
keys = st.sampled_from(["a", "b", "a b", "", 1, 1.0, True, None, (1,)]) | values
numbers = st.integers() | st.floats() | st.booleans() | st.sampled_from([1e308, -1e308, 5e-324, 0.1, 2**53 + 1])
comparable = st.lists(numbers) | st.lists(text.filter(str.isprintable))
IN_MEMORY = (2**30, 64, 0)
NUMERIC = ("sum", "avg", "min", "max")


@st.composite
def grouped(draw, results):
    """Draw a list of results, and the same cut into batches; some of them are empty."""
    everything = draw(results)
    cuts = sorted(draw(st.lists(st.integers(0, len(everything)), max_size=6)))
    return everything, [everything[a:b] for a, b in itertools.pairwise([0, *cuts, len(everything)])]


def published(reduce, by_key, batches, limit, **options):
    aggregation = aggregation_for(reduce, by_key, **{"lines": False, **options})
    payloads = []
    for batch in batches:
        given_results = OutputLines(b"".join(line + b"\n" for line in batch)) if options.get("lines") else iter(batch)
        payloads.append(aggregation.combine(given_results))
    assert [payload.results for payload in payloads] == [len(batch) for batch in batches]
    with (
        mock.patch.object(external_merge, "MEMORY_LIMIT", limit[0]),
        mock.patch.object(sorted_runs, "MAX_RUNS_MERGED", limit[1]),
        mock.patch.object(external_merge, "RANGE_BYTES", limit[2]),
        mock.patch.object(external_merge, "PIECE_BYTES", 1),
    ):
        pieces = list(aggregation.merge(payload.data for payload in payloads))
        if by_key:
            assert reduced(aggregation, payloads) == b"".join(pieces)
            with mock.patch.object(duckdb_partials, "is_available", return_value=False):
                assert b"".join(aggregation.merge(payload.data for payload in payloads)) == b"".join(pieces)
    assert all(piece.endswith(b"\n") for piece in pieces)
    return b"".join(pieces)


def reduced(aggregation, payloads):
    """Merge payloads that were combined once more, as an engine's mappers do: the first half of them, and the rest."""
    halves = payloads[: len(payloads) // 2], payloads[len(payloads) // 2 :]
    combined = [list(aggregation.combine_payloads(payload.data for payload in half)) for half in halves]
    for lines in combined:
        keys = [sort_key(line.partition(b"\t")[0]) for line in lines]
        assert keys == sorted(keys)
    return b"".join(aggregation.merge(map(b"".join, combined)))


def exact_total(given_numbers):
    special = [number for number in given_numbers if not math.isfinite(number)]
    return sum(special) if special else sum(map(Fraction, given_numbers))


def rounded(total):
    try:
        return float(total)
    except OverflowError:
        return math.inf if total > 0 else -math.inf


def extreme(choose, given_values):
    if any(isinstance(value, float) and math.isnan(value) for value in given_values):
        return math.nan
    best = choose(given_values)
    whole = [int(value) for value in given_values if value == best and not isinstance(value, (float, str))]
    return whole[0] if whole else best if isinstance(best, str) else best + 0.0


def expected(reduce, given_values):
    """Compute one value the straightforward way."""
    if reduce in ("count", "count_distinct"):
        return len(given_values if reduce == "count" else set(map(encode, given_values)))
    if reduce == "sum":
        exact = not any(isinstance(value, float) for value in given_values)
        return sum(given_values) if exact else rounded(exact_total(given_values))
    if not given_values:
        return None
    if reduce == "avg":
        return rounded(exact_total(given_values) / len(given_values))
    return extreme({"min": min, "max": max}[reduce], given_values)


def lines_of(texts):
    return b"".join(part + b"\n" for part in texts)


def by_key_of(pairs):
    groups = {}
    for key, value in pairs:
        groups.setdefault(encode(key), []).append(value)
    return [(key, groups[key]) for key in sorted(groups, key=sort_key)]


def check_any_order(reduce, by_key, batches, limit, result):
    backwards = [batch[::-1] for batch in batches[::-1]]
    assert published(reduce, by_key, backwards, limit) == result
    assert published(reduce, by_key, [list(itertools.chain(*batches))], limit) == result


@deterministic
@given(grouped(st.lists(values)), limits)
def test_whole_of_any_values(case, limit):
    everything, batches = case
    texts = list(map(encode, everything))
    assert published("concat", False, batches, limit) == lines_of(texts)
    assert published("set_union", False, batches, limit) == lines_of(sorted(set(texts), key=sort_key))
    check_any_order("set_union", False, batches, limit, lines_of(sorted(set(texts), key=sort_key)))
    for reduce in ("count", "count_distinct"):
        assert published(reduce, False, batches, limit) == encode(expected(reduce, everything)) + b"\n"


@deterministic
@pytest.mark.parametrize("reduce", NUMERIC)
@given(case=grouped(st.lists(numbers)), limit=limits)
def test_whole_of_numbers(reduce, case, limit):
    everything, batches = case
    result = published(reduce, False, batches, limit)
    assert result == encode(expected(reduce, everything)) + b"\n"
    check_any_order(reduce, False, batches, limit, result)


@deterministic
@pytest.mark.parametrize("reduce", ["min", "max"])
@given(case=grouped(comparable), limit=limits)
def test_whole_of_strings(reduce, case, limit):
    everything, batches = case
    result = published(reduce, False, batches, limit)
    assert result == encode(expected(reduce, everything)) + b"\n"
    check_any_order(reduce, False, batches, limit, result)


@deterministic
@given(grouped(st.lists(st.tuples(keys, values))), limits)
def test_by_key_of_any_values(case, limit):
    everything, batches = case
    groups = [(key, list(map(encode, group))) for key, group in by_key_of(everything)]
    concat = lines_of(b"[%b,[%b]]" % (key, b",".join(texts)) for key, texts in groups)
    assert published("concat", True, batches, limit) == concat
    union = lines_of(b"[%b,[%b]]" % (key, b",".join(sorted(set(texts), key=sort_key))) for key, texts in groups)
    assert published("set_union", True, batches, limit) == union
    check_any_order("set_union", True, batches, limit, union)
    counts = lines_of(b"[%b,%d]" % (key, len(texts)) for key, texts in groups)
    assert published("count", True, batches, limit) == counts
    distinct = lines_of(b"[%b,%d]" % (key, len(set(texts))) for key, texts in groups)
    assert published("count_distinct", True, batches, limit) == distinct


@deterministic
@pytest.mark.parametrize("reduce", NUMERIC)
@given(case=grouped(st.lists(st.tuples(keys, numbers))), limit=limits)
def test_by_key_of_numbers(reduce, case, limit):
    everything, batches = case
    result = published(reduce, True, batches, limit)
    assert result == lines_of(
        b"[%b,%b]" % (key, encode(expected(reduce, group))) for key, group in by_key_of(everything)
    )
    check_any_order(reduce, True, batches, limit, result)


@deterministic
@given(grouped(st.lists(st.tuples(keys, st.lists(st.integers(), max_size=2)))), limits)
def test_custom_functions_keep_the_order(case, limit):
    everything, batches = case
    whole = functools.reduce(operator.add, [value for _, value in everything]) if everything else None
    values_alone = [[value for _, value in batch] for batch in batches]
    assert published("m:f", False, values_alone, limit, custom=operator.add) == encode(whole) + b"\n"
    assert published("m:f", True, batches, limit, custom=operator.add) == lines_of(
        b"[%b,%b]" % (key, encode(functools.reduce(operator.add, group))) for key, group in by_key_of(everything)
    )


lines = st.binary(max_size=6).map(lambda line: line.replace(b"\n", b"")) | st.sampled_from([b"a", b"b\t1", b"b\t2"])
number_lines = st.builds(
    lambda number, pad: f"{pad}{number!r}{pad}".encode(), st.integers() | st.floats(), st.sampled_from(["", " "])
)


@deterministic
@given(grouped(st.lists(lines)), limits)
def test_whole_of_lines(case, limit):
    everything, batches = case
    assert published("concat", False, batches, limit, lines=True) == lines_of(everything)
    assert published("set_union", False, batches, limit, lines=True) == lines_of(sorted(set(everything)))
    assert published("count", False, batches, limit, lines=True) == b"%d\n" % len(everything)
    assert published("count_distinct", False, batches, limit, lines=True) == b"%d\n" % len(set(everything))
    joined = "".join(OutputLines(lines_of(everything))) if everything else None
    assert published("m:f", False, batches, limit, lines=True, custom=operator.add) == encode(joined) + b"\n"


@deterministic
@pytest.mark.parametrize("reduce", NUMERIC)
@given(case=grouped(st.lists(number_lines)), limit=limits)
def test_whole_of_number_lines(reduce, case, limit):
    everything, batches = case
    given_numbers = [json.loads(line.replace(b"inf", b"Infinity").replace(b"nan", b"NaN")) for line in everything]
    result = published(reduce, False, batches, limit, lines=True)
    assert result == encode(expected(reduce, given_numbers)) + b"\n"


@deterministic
@given(grouped(st.lists(st.tuples(lines.map(lambda key: key.replace(b"\t", b"")), lines))), limits)
def test_lines_by_key(case, limit):
    everything, batches = case
    batches = [[key + b"\t" + value for key, value in batch] for batch in batches]
    pairs = [[part.decode("utf-8", "surrogateescape") for part in pair] for pair in everything]
    for reduce in ("concat", "set_union", "count", "count_distinct"):
        straightforward = published(reduce, True, [pairs], IN_MEMORY)
        assert published(reduce, True, batches, limit, lines=True) == straightforward


@deterministic
@pytest.mark.parametrize("reduce", NUMERIC)
@given(
    case=grouped(st.lists(st.tuples(st.sampled_from(["", "a", "ä", "1"]), st.integers() | st.floats()))), limit=limits
)
def test_number_lines_by_key(reduce, case, limit):
    everything, batches = case
    batches = [[f"{key}\t{number!r}".encode() for key, number in batch] for batch in batches]
    assert published(reduce, True, batches, limit, lines=True) == published(reduce, True, [everything], IN_MEMORY)


many_keys = st.text(st.characters(codec="utf-8", max_codepoint=0x3FF), min_size=0, max_size=3) | keys


@settings(deterministic, max_examples=25)
@pytest.mark.parametrize("reduce", ["sum", "count"])
@given(
    case=grouped(st.lists(st.tuples(many_keys, st.integers(-(2**63) - 1, 2**63) | st.just(0.5)), max_size=30)),
    limit=st.sampled_from([(0, 2, 0), (400, 3, 40), (2**30, 64, 0)]),
    plain=st.booleans(),
)
def test_duckdb_adds_up_as_python_does(reduce, case, limit, plain):
    everything, batches = case
    if plain:
        batches = [[(str(key), int(number) // 2) for key, number in batch] for batch in batches]
        everything = list(itertools.chain(*batches))
    with mock.patch.object(duckdb_partials, "LEAST_BYTES", 1):
        result = published(reduce, True, batches, limit)
    assert result == published(reduce, True, [everything], IN_MEMORY)
