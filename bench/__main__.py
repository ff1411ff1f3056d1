"""``python -m bench``: measure cases, keep their results in ``docs/benchmarks``, and make the pages there anew.

Without names all topics are measured, which takes hours; ``--quick`` takes minutes, and only shows what came of it.
"""

from __future__ import annotations

import argparse
import compileall
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench import adaptive, dashboard, parsing, prolog_rows
from bench.case import Case
from bench.cases import TOPICS
from bench.pages import write_pages
from bench.place import HERE, Place
from bench.results import Result
from bench.tables import case_tables
from bench.timing import progress

DOCS = HERE.parent / "docs" / "benchmarks"
QUICK = 0.1
TABLES: dict[str, Callable[..., str]] = {
    "adaptive": adaptive.table,
    "dashboard": dashboard.table,
    "parsing": parsing.table,
    "prolog-rows": prolog_rows.table,
}
"""What is measured in ways of its own, and only shown."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the command line asks for; return 1 when a case failed."""
    options = _parser().parse_args(arguments)
    into = options.into or (None if options.quick else DOCS)
    if options.pages:
        write_pages(TOPICS, into or DOCS)
        return 0
    compileall.compile_dir(HERE.parent / "airflow_unifyweaver", quiet=1)  # as an installed package is
    names = options.names or [topic.name for topic in TOPICS]
    for name in (name for name in names if name in TABLES):
        print(_table(name, quick=options.quick))
    cases = [case for name in names for case in _cases(name)]
    failed = [case.name for case in _announced(cases, quick=options.quick) if not _show(case, options.quick, into)]
    if into:
        write_pages(TOPICS, into)
    if failed:
        progress(f"failed, see above: {' '.join(failed)}")
    return int(bool(failed))


def _announced(cases: Sequence[Case], *, quick: bool) -> Iterator[Case]:
    """Yield cases, telling of each, in advance and afterwards, how long it takes."""
    for number, case in enumerate(cases):
        left = sum(one.minutes for one in cases[number:])
        estimate = "" if quick else f" (about {case.minutes:g} of the {left:.0f} minutes left)"
        progress(f"{number + 1}/{len(cases)} {case.name}: {case.title}{estimate}")
        started = time.monotonic()
        yield case
        progress(f"{case.name}: {(time.monotonic() - started) / 60:.1f} minutes")


def _show(case: Case, quick: bool, into: Path | None) -> bool:
    """Measure a case, print its tables and keep its result; tell whether it could be measured: the next ones can."""
    try:
        result = measured(case, QUICK if quick else 1.0)
    except Exception:
        traceback.print_exc()
        return False
    print(case_tables(case, result), flush=True)
    if into:
        result.write(into)
    return True


def measured(case: Case, scale: float) -> Result:
    """Measure a case in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        return Result.of(case, Place(Path(folder), scale))


def _parser() -> argparse.ArgumentParser:
    listed = "\n".join(f"  {topic.name:10} {' '.join(case.name for case in topic.cases)}" for topic in TOPICS)
    parser = argparse.ArgumentParser(
        prog="bench",
        description=__doc__,
        epilog=f"topics and their cases:\n{listed}\n  tables     {' '.join(TABLES)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", type=_known, help="what to measure; all topics when none")
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes, one round")
    parser.add_argument("--into", type=Path, metavar="FOLDER", help="for results and pages (none when quick)")
    parser.add_argument("--pages", action="store_true", help="measure nothing, make the pages anew")
    return parser


def _known(name: str) -> str:
    if name in TABLES or _cases(name):
        return name
    raise argparse.ArgumentTypeError(f"there is no topic, case or table {name}; --help lists them")


def _cases(name: str) -> list[Case]:
    """Return the cases of a topic, or the one case of that name."""
    return [case for topic in TOPICS for case in topic.cases if name in {topic.name, case.name}]


def _table(name: str, *, quick: bool) -> str:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        return TABLES[name](Path(folder), rounds=1 if quick else 5)


if __name__ == "__main__":
    sys.exit(main())
