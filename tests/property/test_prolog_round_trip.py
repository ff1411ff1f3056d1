"""A Prolog program with its predicates and directives, exported and read back, is the same job."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_unifyweaver.job.export import export_job
from airflow_unifyweaver.job.model import BatchJob

text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=6)


def quoted(name):
    """Write an atom, with codes in backslashes; beyond U+FFFF Prolog refuses some of them."""
    return "'" + "".join(c if c.isalnum() or c > "\uffff" else f"\\x{ord(c):x}\\" for c in name) + "'"


atoms = (st.sampled_from(["count", "null", "true", "x1", "aZ", "[]", "a/b", "m:p", "don't", "a b"]) | text).filter(
    lambda name: "\n" not in name
)
columns = text.filter(lambda name: name not in {"true", "false", "null"})  # which are not text as atoms
numbers = st.lists(st.integers(1, 3), min_size=1, max_size=3)


def listed(items, write=str):
    return f"[{', '.join(map(write, items))}]"


def options(**written):
    return st.fixed_dictionaries({}, optional=written).map(
        lambda chosen: [f"{name}({value})" for name, value in chosen.items()]
    )


work_options = options(
    mode=st.sampled_from(["row", "rel"]),
    source=st.builds("{}/{}".format, atoms.map(quoted), st.integers(0, 9)),
    columns=st.lists(columns, min_size=1, max_size=3).map(lambda names: listed(names, quoted)),
    result=numbers.map(listed),
    time_limit=st.sampled_from(["1", "0.5", "1.0e3"]),
    stack_limit=st.integers(1, 10**12),
    batch_size=st.integers(1, 10**9),
    max_attempts=st.integers(1, 9),
)
BODIES = [
    "findall(1, {relation}(_), L), length(L, {first})",
    "aggregate_all(max(X), {relation}(X), {first})",
    "member({first}, [1, 2])",
    "{first} = 1",
]
REDUCERS = [
    ("{name}(A, B, C) :- C is A + B.", ""),
    ("{name}(A, B, C) :- append(A, B, C).", ""),
    ("{name}(pair(K, A), pair(K, B), pair(K, C)) :- C is max(A, B).", ""),
    ("{name}(A, B, C) :- other(A, B, C).", ", merges(values)"),
    ("{name}(A, B, C) :- other(A, B, C).", ", merges(batches)"),
]


@st.composite
def programs(draw):
    relation, work, reducer, handler = (
        quoted(name) for name in draw(st.lists(atoms, min_size=4, max_size=4, unique=True))
    )
    arity = draw(st.integers(1, 3))
    arguments = ["N", "B", "C"][:arity]
    body = draw(st.sampled_from(BODIES)).format(relation=relation, first="N")
    said = draw(work_options)
    clauses = [f"{work}({', '.join(arguments)}) :- {body}."]
    directives = [
        draw(
            st.sampled_from(
                [
                    f"dynamic_source({relation}/1, external(text, 'a.log'))",
                    f"dynamic_source({relation}/1, external(csv, 'a.csv'), [has_header(true)])",
                    f"source(json, {relation}, [json_file('a.json')])",
                ]
            )
        )
    ]
    if draw(st.booleans()):
        clause, more = draw(st.sampled_from(REDUCERS))
        clauses.append(clause.format(name=reducer))
        aggregation = f"aggregation(reduce({reducer}/3){more})"
        (said if draw(st.booleans()) else directives).append(aggregation)
    if draw(st.booleans()):
        clauses.append(f"{handler}(_).")
        own, elsewhere = f"{handler}/1", f"prolog(file({quoted(draw(text))}), predicate({handler}/1))"
        heard = draw(st.lists(st.sampled_from([own, elsewhere, '"pkg.mod:function"']), max_size=3))
        directives.append(f"on_event(batch_complete, {listed([own, *heard])})")
    directives.append(f"parallel({work}/{arity}, {listed(said)})")
    return "".join(f":- {directive}.\n" for directive in draw(st.permutations(directives))) + "\n".join(clauses) + "\n"


def read(folder, texts, form):
    files = [folder / f"{form}_{number}.{form.rpartition('_')[2]}" for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text, "utf-8")
    return BatchJob.from_files(files)


@given(st.lists(programs(), min_size=1, max_size=30))
@settings(deadline=None, max_examples=15)
def test_from_a_program_to_yaml_to_prolog_a_job_is_the_same(texts):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        jobs = read(folder, texts, "pl")
        assert [str(job) for job in jobs if not isinstance(job, BatchJob)] == []
        in_yaml = read(folder, [export_job(job, "yaml") for job in jobs], "yaml")
        assert in_yaml == jobs
        assert read(folder, [export_job(job, "pl") for job in in_yaml], "exported_pl") == jobs
