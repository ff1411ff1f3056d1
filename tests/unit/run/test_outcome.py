"""What becomes of a run over a stream is written down once and for all."""

import os
from pathlib import Path

from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.outcome import PUBLISHED, TAKEN_OVER, outcome_of, settle


def test_the_first_decides(tmp_path):
    run = RunDirectory(tmp_path)
    assert outcome_of(run) is None
    assert settle(run, TAKEN_OVER) == settle(run, PUBLISHED) == outcome_of(run) == TAKEN_OVER
    assert list(tmp_path.iterdir()) == [run.outcome_file]


def test_neither_the_file_nor_its_name_is_lost_with_the_power(tmp_path, monkeypatch):
    synced, fsync = [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(Path(f"/proc/self/fd/{file}").resolve()) or fsync(file))
    settle(RunDirectory(tmp_path), PUBLISHED)
    assert len(synced) == 2
    assert synced[-1] == tmp_path
