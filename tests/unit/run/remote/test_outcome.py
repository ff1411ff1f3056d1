"""What becomes of a run over a stream is settled at its URL, where all see it."""

from airflow_unifyweaver.run.outcome import PUBLISHED, TAKEN_OVER, outcome_of, settle


def test_the_first_decides_wherever_it_is(run, elsewhere):
    assert outcome_of(elsewhere) is None
    assert settle(elsewhere, TAKEN_OVER) == settle(run, PUBLISHED) == outcome_of(run) == TAKEN_OVER
