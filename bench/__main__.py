"""``python -m bench``: measure all cases and write ``docs/benchmarks/index.md``; ``--quick`` only shows the table.

``python -m bench adaptive`` measures adaptive batches against fixed sizes, and shows the table.
"""

from __future__ import annotations

import argparse
import compileall
import os
import tempfile
from pathlib import Path

from bench import adaptive
from bench.cases import cases
from bench.report import page, progress, table
from bench.timing import compare

ROOT = Path(__file__).parent.parent
LOGS = sorted((ROOT / "dags" / "data" / "loghub").glob("*.log"))


def make_log(path: Path, megabytes: int) -> None:
    """Write a log of a size by repeating real ones."""
    text = b"".join(log.read_bytes().rstrip(b"\n") + b"\n" for log in LOGS)
    with path.open("wb") as file:
        while file.tell() < megabytes * 1_000_000:
            file.write(text)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the data, one round, nothing written")
    parser.add_argument("what", nargs="?", choices=["peers", "adaptive"], default="peers", help="what to measure")
    options = parser.parse_args()
    compileall.compile_dir(ROOT / "airflow_unifyweaver", quiet=1)  # as an installed package is
    if options.what == "adaptive":
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            print(adaptive.table(Path(name), rounds=1 if options.quick else 5))
        return
    megabytes, rounds = (100, 1) if options.quick else (1000, 5)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        os.environ["UNIFYWEAVER_STORAGE"] = name
        log = folder / "big.log"
        make_log(log, megabytes)
        results = []
        for case in cases(log, folder):
            progress(f"{case.name}: {case.backend} against {case.peer_name}")
            results.append((case, compare({"ours": case.ours, "peer": case.peer}, rounds)))
    print(table(results))
    if not options.quick:
        target = ROOT / "docs" / "benchmarks" / "index.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page(results, megabytes, rounds))


if __name__ == "__main__":
    main()
