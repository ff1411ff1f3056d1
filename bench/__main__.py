"""``python -m bench``: measure all cases and write their page in ``docs/benchmarks``; ``--quick`` only shows the table.

``python -m bench http`` measures fetching, which takes about ten minutes a round; ``python -m bench dask`` and
``python -m bench spark`` measure jobs on clusters; ``python -m bench adaptive`` measures adaptive batches against fixed
sizes, and shows the table.
"""

from __future__ import annotations

import argparse
import compileall
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from bench import adaptive
from bench.cases import Case, cases
from bench.dask_cases import dask_cases, dask_cluster
from bench.report import dask_page, http_page, page, progress, spark_page, table
from bench.spark import spark_cases
from bench.timing import Comparison, compare
from bench.urls import LATENCY, url_cases, web_server

ROOT = Path(__file__).parent.parent
LOGS = sorted((ROOT / "dags" / "data" / "loghub").glob("*.log"))


def make_log(path: Path, megabytes: int) -> None:
    """Write a log of a size by repeating real ones."""
    text = b"".join(log.read_bytes().rstrip(b"\n") + b"\n" for log in LOGS)
    with path.open("wb") as file:
        while file.tell() < megabytes * 1_000_000:
            file.write(text)


def files(folder: Path, *, quick: bool) -> tuple[str, str]:
    """Measure the cases over files; return their table, and their page for the docs."""
    megabytes, rounds = (100, 1) if quick else (1000, 5)
    log = folder / "big.log"
    make_log(log, megabytes)
    results = measure_all(cases(log, folder), rounds)
    return table(results), page(results, megabytes, rounds)


def http(folder: Path, *, quick: bool) -> tuple[str, str]:
    """Measure the cases over URLs; return their table, and their page for the docs."""
    with web_server() as address:
        urls = [f"{address}/pages/{number}" for number in range(500 if quick else 10_000)]
        results = measure_all(url_cases(folder, urls), rounds=1, warm_up=0)
    return table(results), http_page(results, LATENCY, rounds=1)


def spark(folder: Path, *, quick: bool) -> tuple[str, str]:
    """Measure the cases on Spark; return their table, and their page for the docs."""
    megabytes, rounds = 100, 1 if quick else 5
    log = folder / "big.log"
    make_log(log, megabytes)
    results = measure_all(spark_cases(log, folder), rounds)
    return table(results), spark_page(results, megabytes, rounds)


def dask(folder: Path, *, quick: bool) -> tuple[str, str]:
    """Measure the cases on Dask; return their table, and their page for the docs."""
    small, large = folder / "small.log", folder / "large.log"
    sizes, rounds = ((20, 100), 1) if quick else ((100, 1000), 3)
    for log, megabytes in zip((small, large), sizes, strict=True):
        make_log(log, megabytes)
    with dask_cluster(folder) as address:
        results = measure_all(dask_cases(folder, address, small, large), rounds)
    return table(results), dask_page(results, rounds)


def measure_all(cases: Iterable[Case], rounds: int, warm_up: int = 1) -> list[tuple[Case, Comparison]]:
    """Measure cases, saying which."""
    results = []
    for case in cases:
        progress(f"{case.name}: {case.backend} against {case.peer_name}")
        results.append((case, compare({"ours": case.ours, "peer": case.peer}, rounds, warm_up)))
    return results


SUITES = {
    "files": (files, "index.md"),
    "http": (http, "http.md"),
    "dask": (dask, "dask.md"),
    "spark": (spark, "spark.md"),
}


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("suite", nargs="?", choices=[*SUITES, "adaptive"], default="files")
    parser.add_argument("--quick", action="store_true", help="less data, one round, nothing written")
    options = parser.parse_args()
    compileall.compile_dir(ROOT / "airflow_unifyweaver", quiet=1)  # as an installed package is
    if options.suite == "adaptive":
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            print(adaptive.table(Path(folder), rounds=1 if options.quick else 5))
        return
    measure_suite, name = SUITES[options.suite]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        os.environ["UNIFYWEAVER_STORAGE"] = folder
        found, text = measure_suite(Path(folder), quick=options.quick)
    print(found)
    if not options.quick:
        target = ROOT / "docs" / "benchmarks" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


if __name__ == "__main__":
    main()
