"""JSON is the same with msgspec and without it."""

import importlib
import json
import sys
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_unifyweaver import fast_json

TEXT = st.text(st.characters())  # lone surrogates, too
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@dataclass
class Pair:
    left: str
    right: int = 0


@pytest.fixture(params=["msgspec", "the standard library alone"])
def module(request, monkeypatch):
    if request.param != "msgspec":
        monkeypatch.setitem(sys.modules, "msgspec", None)
    yield importlib.reload(fast_json)
    monkeypatch.undo()
    importlib.reload(fast_json)


@given(value=VALUES)
def test_round_trip(value):
    text = fast_json.dumps(value)
    assert text.isascii()
    assert b"\n" not in text
    assert fast_json.loads(text) == json.loads(text) == value


@pytest.mark.parametrize("text", ["plain", "Überlauf \u2028", "\udcff", '"\\\n'])
def test_objects_are_read(module, text):
    pair = Pair(text, 2**70)
    line = module.dumps({"left": pair.left, "right": pair.right})
    assert line == json.dumps({"left": text, "right": 2**70}, separators=(",", ":")).encode()
    assert module.loads(line) == {"left": text, "right": 2**70}
    assert module.loader(Pair)(line) == pair
