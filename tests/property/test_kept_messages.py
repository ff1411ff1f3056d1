"""Messages that were taken off a queue: however they came and are cut, work gets each once, whole and in order."""

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_unifyweaver.job.batch import Batch
from airflow_unifyweaver.run.exchange import Exchange
from airflow_unifyweaver.sources.kept_plan import plan_kept
from airflow_unifyweaver.sources.kept_window import KeptWindow, Message
from airflow_unifyweaver.sources.rabbitmq_plan import line_of
from airflow_unifyweaver.sources.registry import reader_for

TEXT = st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(st.none() | st.integers() | TEXT, lambda inner: st.lists(inner, max_size=3), max_leaves=5)
CUTS = st.one_of(
    st.just({}),
    st.builds(lambda count: {"batch_size": count}, st.integers(1, 5)),
    st.builds(lambda count: {"batch_bytes": count}, st.integers(1, 60)),
)


def read(form, bodies, together, batch):
    """Return the records of all batches, having kept so many messages at a time."""
    messages = [Message(line_of(form)(body), None, float(number % 3)) for number, body in enumerate(bodies)]
    with tempfile.TemporaryDirectory() as folder:
        window = KeptWindow(Exchange(Path(folder, "window")))
        for start in range(0, len(messages), together):
            window.keep("q", messages[start : start + together])
        spool = Path(folder, "records")
        spool.mkdir()
        plan = plan_kept(window, form, Batch(**batch), 2, spool)
        recipes = list(plan.recipes)
        reader = reader_for(plan.manifest, spool)
        return [list(reader.read(recipe)) for recipe in recipes]


def joined(batches):
    return [record for batch in batches for record in batch]


@settings(deadline=None, max_examples=40)  # each message is made durable
@given(st.lists(TEXT, max_size=12), st.integers(1, 5), CUTS)
def test_text_is_the_lines_of_all_messages(texts, together, batch):
    lines = [line for text in texts for line in text.removesuffix("\n").split("\n")]
    assert joined(read("text", [text.encode() for text in texts], together, batch)) == lines


@settings(deadline=None, max_examples=40)  # each message is made durable
@given(st.lists(st.tuples(VALUES, st.sampled_from([None, 1])), max_size=12), st.integers(1, 5), CUTS)
def test_each_message_of_json_is_a_value(values, together, batch):
    bodies = [json.dumps(value, indent=indent).encode() for value, indent in values]
    assert joined(read("json", bodies, together, batch)) == [value for value, _ in values]


@settings(deadline=None, max_examples=40)  # each message is made durable
@given(st.lists(st.integers(), max_size=12), st.integers(1, 5))
def test_windows_of_the_messages_own_times_hold_each_once(numbers, together):
    bodies = [str(number).encode() for number in numbers]
    batches = read("json", bodies, together, {"batch_window": {"seconds": 1.0}})
    assert batches == [part for first in range(3) if (part := numbers[first::3])]
