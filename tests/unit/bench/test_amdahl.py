import pytest

from bench.amdahl import SerialModel


def test_without_a_serial_part_workers_share_the_time():
    assert SerialModel(serial=0, beside=0, work=10, batches=640).speedup(64) == pytest.approx(64)


def test_the_serial_part_bounds_what_workers_gain():
    model = SerialModel(serial=1, beside=0, work=9, batches=10**6)
    assert model.serial_fraction == pytest.approx(0.1)
    assert model.speedup(2) == pytest.approx(10 / 5.5)
    assert model.speedup(10**6) == pytest.approx(10, rel=1e-3)


def test_what_is_done_beside_is_shared_and_waited_for_by_very_many():
    model = SerialModel(serial=0, beside=1, work=10, batches=10**6)
    assert model.speedup(2) == pytest.approx(10 / 5.5)
    assert model.speedup(1000) == pytest.approx(10)


def test_too_few_batches_leave_workers_idle():
    assert SerialModel(serial=0, beside=0, work=9, batches=3).speedup(2) == pytest.approx(1.5)


@pytest.mark.parametrize(("cpu_seconds", "beside"), [(10.5, 0.0), (11.25, 0.25)])
def test_serial_is_what_the_worker_waited_and_beside_what_was_computed_meanwhile(cpu_seconds, beside):
    assert SerialModel.of_one_worker(11.0, cpu_seconds, 10.0, 100) == SerialModel(1.0, beside, 10.0, 100)
