import pytest

from bench.case import Given, Goal, Value

SAMPLES = {
    "ours": [{"seconds": 1.0, "peak_mb": 30}, {"seconds": 3.0, "peak_mb": 40}, {"seconds": 2.0, "peak_mb": 50}],
    "peer": [{"seconds": 2.0, "peak_mb": 60}, {"seconds": 2.0, "peak_mb": 60}, {"seconds": 8.0, "peak_mb": 60}],
}


def test_a_ratio_is_taken_round_by_round():
    assert Goal("ours", "peer").value(SAMPLES) == Value(0.5, 0.25, 1.5)


def test_how_many_times_as_fast():
    assert Goal("ours", "peer", faster=True).value(SAMPLES) == Value(2.0, 1 / 1.5, 4.0)


def test_a_figure_itself_in_another_unit():
    assert Goal("ours", unit="ms", scale=1000).value(SAMPLES) == Value(2000, 1000, 3000)


def test_another_figure():
    assert Goal("ours", "peer", figure="peak_mb").value(SAMPLES).median == pytest.approx(40 / 60)


def test_what_is_given_shrinks_with_the_measurement():
    given = Given("an old program", {"seconds": 20})
    goal = Goal("ours", given)
    assert goal.peer == "an old program"
    assert goal.value(SAMPLES).median == pytest.approx(2 / 20)
    assert goal.value(SAMPLES, size=0.1).median == pytest.approx(2 / 2)


def test_a_peer_that_joined_the_case_later_was_not_measured():
    assert Goal("ours", "peer").is_in(SAMPLES)
    assert Goal("ours").is_in(SAMPLES)
    assert Goal("ours", Given("an old program", {"seconds": 20})).is_in(SAMPLES)
    assert not Goal("ours", "newcomer").is_in(SAMPLES)


@pytest.mark.parametrize(
    ("goal", "asked", "met", "missed"),
    [
        (Goal("ours", "peer", most=0.5), "≤ 0.5 ×", 0.5, 0.51),
        (Goal("ours", "peer", least=1.9), "≥ 1.9 ×", 1.9, 1.89),
        (Goal("ours", most=150, unit="MB"), "≤ 150 MB", 12, 151),
    ],
)
def test_what_is_asked_for(goal, asked, met, missed):
    assert goal.asked.replace("\N{NO-BREAK SPACE}", " ") == asked
    assert goal.is_met(Value(met, 0, 1000))
    assert not goal.is_met(Value(missed, 0, 1000))


def test_nothing_is_asked_for():
    assert not Goal("ours", "peer").asked
