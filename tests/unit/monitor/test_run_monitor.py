import json
import threading
import time
from itertools import count

from written_runs import START

from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.monitor.monitors import Monitors
from airflow_unifyweaver.run.lock import locked


def test_a_run_from_its_plan_to_its_result(written):
    run = written(1, 1)
    assert run.monitor().state(START) == "planned"
    run.begin(0)
    assert run.monitor().state(START + 1) == "running"
    assert run.monitor().state(START + 100) == "stopped"
    run.fail(0, "no")
    assert run.monitor().state(START + 100) == "failed"
    run.begin(0, attempt=2)
    run.complete(0, attempt=2)
    run.begin(1, shard=1)
    run.complete(1, shard=1)
    for shard in (0, 1):
        run.write(EventType.BATCHES_COMPLETE, shard=shard, batches=1, completed=1)
    assert run.monitor().state(START + 1) == "finished"
    run.run.result.mkdir()
    (run.run.result / "_SUCCESS").write_text("{}")
    assert run.monitor().state(START + 1) == "published"


def test_who_holds_the_lock_of_a_shard_is_at_work_and_is_not_disturbed(written, tmp_path):
    import subprocess
    import sys

    run = written(1)
    run.begin(0)
    lock = run.run.shard(0).lock
    program = "import sys; from pathlib import Path; from airflow_unifyweaver.run.lock import locked\n"
    program += "with locked(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", program, lock]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        assert run.monitor().state(START + 1_000) == "running"
        holder.stdin.close()
        holder.wait()
    assert run.monitor().state(START + 1_000) == "stopped"
    with locked(lock):
        pass


def test_a_look_reads_no_longer_than_it_may_and_the_next_one_goes_on(written, monkeypatch):
    run = written(500)
    for batch in range(500):
        run.begin(batch)
        run.complete(batch)
    monitor = run.monitor()
    expected = monitor.statistics.table.states
    monitor._begin_anew()
    looks = 0
    while not looks or monitor.read[0] < monitor.read[1]:
        ticks = count()
        monitor.look(2, clock=lambda ticks=ticks: next(ticks))  # room for a chunk
        looks += 1
        assert looks < 50
    assert looks > 1
    assert monitor.statistics.table.states == expected
    assert monitor.statistics.total.results == 500


def test_who_waits_for_others_reads_on_unless_one_of_them_did(written):
    run = written(1)
    run.begin(0)
    run.complete(0)
    monitors, found = Monitors(), []

    def look():
        with monitors.looking(run.run) as monitor:
            found.append(monitor.statistics.total.results)

    others = [threading.Thread(target=look) for _ in range(5)]
    with monitors.looking(run.run, 0):
        for other in others:
            other.start()
        time.sleep(0.5)  # until they wait
    for other in others:
        other.join()
    assert found == [1] * 5
    with monitors.looking(run.run, 0) as monitor:
        assert monitor.looks < 5


def test_a_run_that_was_replaced_is_read_anew(written):
    run = written(2)
    run.begin(0)
    run.complete(0)
    monitors = Monitors()
    with monitors.looking(run.run) as monitor:
        assert monitor.statistics.total.results == 1
    run.run.shard(0).journal.unlink()
    with monitors.looking(run.run) as monitor:
        pass
    run.begin(1)
    with monitors.looking(run.run) as monitor:
        assert monitor.statistics.total.results == 0
    plan = json.loads(run.run.plan_file.read_text()) | {"source_digest": "another"}
    run.run.plan_file.write_text(json.dumps(plan))
    with monitors.looking(run.run) as other:
        assert other is not monitor
    run.run.plan_file.unlink()
    with monitors.looking(run.run) as gone:
        assert gone is None
