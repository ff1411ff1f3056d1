"""Pickles whose paths move."""

import io
from pathlib import Path

from airflow_unifyweaver.backends import moved_pickle


def test_paths_below_the_folder_move_and_nothing_else_does():
    value = {"path": Path("/here/run/spool/a"), "text": "/here/run/spool/a", "folder": Path("/here/run")}
    others = [Path("/here/other"), "/here/runner", "run", b"/here/run/a", "about /here/run/a"]
    pickled = moved_pickle.dumps((value, others), Path("/here/run"))
    moved, same = moved_pickle.load(io.BytesIO(pickled), Path("/there"))
    assert moved == {"path": Path("/there/spool/a"), "text": "/there/spool/a", "folder": Path("/there")}
    assert same == others
