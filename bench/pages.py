"""The pages of the documentation: one a topic, and the index with all that was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.case import Case
from bench.machine import described
from bench.plots import write_plots
from bench.results import Result, read_results
from bench.tables import case_tables, goals_table
from bench.topic import Topic

INDEX = """# Benchmarks

What was asked for, and what is reached. `make bench` measures all of it, and `python -m bench NAME` a part. This page
is made of the results of both, which `docs/benchmarks/results` keeps.

In each round of a case ours and the peers' programs run in turn, as whole processes with everything that they do from
start to exit, files being in the page cache. × is our figure over the peer's, or as the row says: the median of the
rounds. The spread is from the least of them to the most. Ours does more in that time: every batch is journaled,
checksummed and committed, and a killed run resumes.

{table}

Each page has all that a topic measured, also what nothing was asked of. `python -m bench --help` lists tables besides,
which are shown and not kept: of adaptive batches, of parsing DAGs, of the dashboard, of batches of one row in Prolog.

::::{{toctree}}
:maxdepth: 1

{pages}
::::
"""


def write_pages(topics: Sequence[Topic], docs: Path) -> None:
    """Write the pages of all topics that something was measured of, and the index."""
    docs.mkdir(parents=True, exist_ok=True)
    results = read_results(docs)
    for topic in _measured(topics, results):
        (docs / f"{topic.name}.md").write_text(topic_page(topic, results, docs))
    (docs / "index.md").write_text(index_page(topics, results))


def index_page(topics: Sequence[Topic], results: dict[str, Result]) -> str:
    """Return the index: every goal, with a link to what was measured, if it was; and a list of the pages."""
    cases = [
        (case, f"{topic.name}.md#{_anchor(case.title)}" if case.name in results else "")
        for topic in topics
        for case in topic.cases
    ]
    pages = "\n".join(topic.name for topic in _measured(topics, results))
    return INDEX.format(table=goals_table(cases, results), pages=pages)


def _measured(topics: Sequence[Topic], results: dict[str, Result]) -> list[Topic]:
    """Return the topics that have a page."""
    return [topic for topic in topics if any(case.name in results for case in topic.cases)]


def topic_page(topic: Topic, results: dict[str, Result], docs: Path) -> str:
    """Return the page of a topic, with what was measured of it; its plots are written beside."""
    cases = [(case, results[case.name]) for case in topic.cases if case.name in results]
    parts = [f"# {topic.title}", topic.about, f"`python -m bench {topic.name}` measures it anew. {_made(cases)}"]
    parts += ("\n\n".join(_section(case, result, docs)) for case, result in cases)
    return "\n\n".join(parts) + "\n"


def _made(cases: Sequence[tuple[Case, Result]]) -> str:
    """Say when cases were measured, and on what: once where that is one and the same."""
    made: dict[tuple[str, str], list[str]] = {}
    for case, result in cases:
        made.setdefault((result.made, described(result.machine)), []).append(case.title)
    if len(made) == 1:
        ((day, facts),) = made
        return f"Made on {day}: {facts}."
    return "\n".join(["Made", "", *(f"- on {day} ({'; '.join(of)}): {facts}" for (day, facts), of in made.items())])


def _section(case: Case, result: Result, docs: Path) -> Iterator[str]:
    yield f"## {case.title}"
    if case.about:
        yield case.about
    if result.scale != 1:
        yield f"**Measured at {result.scale:g} of the full size.**"
    plots = write_plots(case, result, docs)
    if plots:
        yield "\n".join(f"![Times of {case.title}]({file}){{.only-{file.stem.rpartition('-')[2]}}}" for file in plots)
    yield case_tables(case, result)


def _anchor(title: str) -> str:
    """Return the anchor that MyST makes of a heading."""
    kept = "".join(letter for letter in title.lower() if letter.isalnum() or letter in " -_")
    return kept.replace(" ", "-")
