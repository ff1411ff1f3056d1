import pytest

from bench import growth
from bench.growth import Growth, medians, slope
from bench.place import Place


def grown(place, points, command, **fields):
    case = Growth("growing", "Growing", "", (), "things", points, lambda _: {"series": command}, **fields)
    return [sample["x"] for sample in case.measure(place)["series"]]


def test_points_up_to_the_scale(tmp_path):
    assert grown(Place(tmp_path, 0.1), (1, 10, 100, 1000), lambda _: ["true"], limit=1e9) == [1, 10, 100]


def test_the_first_point_is_always_there(tmp_path):
    assert grown(Place(tmp_path, 0.001), (64, 128), lambda _: ["true"]) == [64]


def test_short_points_have_several_rounds(tmp_path):
    assert grown(Place(tmp_path), (1, 2), lambda _: ["true"], rounds=2) == [1, 1, 2, 2]


def test_long_points_have_one_round(tmp_path, monkeypatch):
    monkeypatch.setattr(growth, "SHORT_SECONDS", 0)
    assert grown(Place(tmp_path), (1, 2), lambda _: ["true"]) == [1, 2]


def test_a_series_ends_before_a_point_that_takes_too_long(tmp_path):
    points = (1, 2, 1000)
    assert grown(Place(tmp_path, 0.9999), points, lambda _: ["sleep", "0.1"], limit=20) == [1, 2]
    assert grown(Place(tmp_path), points, lambda _: ["sleep", "0.1"], limit=20, rounds=1, shrinks=True) == [1, 2, 1000]


def test_a_series_ends_before_a_point_that_needs_too_much_of_the_disk(tmp_path):
    assert grown(Place(tmp_path), (1, 10**6), lambda _: ["true"], rounds=1, limit=1e9, disk_bytes=10**12) == [1]


def test_medians_of_each_point():
    samples = [{"x": 10, "seconds": 5.0}, *({"x": 1, "seconds": seconds} for seconds in (3.0, 1.0, 2.0))]
    assert medians(samples) == [{"x": 1, "seconds": 2.0}, {"x": 10, "seconds": 5.0}]


@pytest.mark.parametrize("exponent", [-1, 0, 1, 2])
def test_the_slope_is_the_exponent(exponent):
    assert slope([{"x": x, "seconds": 3 * x**exponent} for x in (1, 10, 100)]) == pytest.approx(exponent)


def test_one_point_has_no_slope():
    assert slope([{"x": 1, "seconds": 3.0}]) is None
