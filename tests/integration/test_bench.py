"""The cases of the benchmarks run at a thousandth of their size, peers included, and their pages can be made."""

import pytest

from bench.__main__ import measured
from bench.cases import TOPICS
from bench.pages import index_page, topic_page

LIKE_ANOTHER = {"spark-count", "hadoop-grep"}
"""Cases on a cluster that differ in the work only from another one, which starts the same cluster."""
CASES = [
    pytest.param(topic, case, id=case.name) for topic in TOPICS for case in topic.cases if case.name not in LIKE_ANOTHER
]


@pytest.mark.parametrize(("topic", "case"), CASES)
def test_a_case(topic, case, tmp_path):
    result = measured(case, 0.001)
    assert all(sample["seconds"] > 0 for samples in result.samples.values() for sample in samples)
    results = {case.name: result}
    assert f"## {case.title}" in topic_page(topic, results, tmp_path)
    reached = index_page(TOPICS, results).count(" at 0.001 of the size ")
    assert reached == sum(bool(goal.asked) for goal in case.goals)
