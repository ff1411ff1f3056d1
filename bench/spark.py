"""The cases on Spark: a word count of ours against the plain one that everybody writes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from airflow_unifyweaver.backends.spark_submit import spark_home
from bench.cases import Case

WORKERS = 2
MASTER = f"local[{WORKERS}]"
HERE = Path(__file__).parent


def spark_cases(log: Path, folder: Path) -> Iterator[Case]:
    """Yield the cases over a log file; job files and runs go into a folder."""
    job = folder / "spark.json"
    fields = {
        "name": job.stem,
        "source": {"type": "text", "path": str(log)},
        "work": {"python": f"{HERE / 'work.py'}:words"},
        "parallel": {"backend": "spark", "workers": WORKERS, "strict": True, "spark": {"master": MASTER}},
        "aggregation": {"reduce": "sum", "by_key": True},
    }
    job.write_text(json.dumps(fields))
    ours = [str(Path(sys.executable).with_name("unifyweaver")), "run", str(job)]
    python = f"PYSPARK_PYTHON={sys.executable}"
    peer = [
        "env",
        python,
        f"{spark_home()}/bin/spark-submit",
        "--master",
        MASTER,
        str(HERE / "spark_peer.py"),
        str(log),
    ]
    yield Case("word count by key", f"spark, {MASTER}", "PySpark's textFile and reduceByKey", ours, peer)
