"""What was killed is counted by backend, over all modules, and summed up at the end."""

from collections import Counter

import pytest

from airflow_unifyweaver import words

KINDS = ("worker", "run", "task", "scheduler")
BEGUN_AGAIN = "begun again"
_KILLS = pytest.StashKey()


@pytest.fixture
def count_kills(request):
    """Count what was killed on a backend, after the results were found to be those of an undisturbed run."""
    kills = request.config.stash.setdefault(_KILLS, {})

    def count(backend, begun_again, **killed):
        assert killed.keys() <= set(KINDS)
        counted = Counter(killed | {BEGUN_AGAIN: begun_again})
        print(f"\n{in_words(backend, counted)}")
        kills.setdefault(backend, Counter()).update(counted)

    return count


def pytest_terminal_summary(terminalreporter, config):
    kills = config.stash.get(_KILLS, {})
    if kills:
        terminalreporter.section("kills by backend")
    for backend, counted in kills.items():
        terminalreporter.line(in_words(backend, counted))


def in_words(backend, counted):
    killed = [words.counted(counted[kind], kind) for kind in KINDS if counted[kind]]
    total = f": {sum(counted[kind] for kind in KINDS)} in all" if len(killed) > 1 else ""
    again = words.batches(counted[BEGUN_AGAIN])
    return f"{backend}: {', '.join(killed)} killed{total}, {again} begun again, 0 lost, 0 double"
