import copy
import functools
import json
import pickle

import pytest
from airflow.sdk import BaseNotifier

from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.operators.callbacks import Callbacks, callback_subscriptions, event_type, named_callbacks

EVENT = Event("batch_failed", "worker.0", "batch_00001", {"error": "exit code 3"}, "run", 2, 1)
heard = []


def hear(event, prefix=None):
    heard.append(event)


class Notifier(BaseNotifier):
    template_fields = ("text",)

    def __init__(self, text):
        super().__init__()
        self.text = text

    def notify(self, context):
        heard.append((self.text, context["greeting"]))


@pytest.fixture(autouse=True)
def nothing_heard():
    heard.clear()


def subscriptions(value, context=None):
    callbacks = named_callbacks({"on_batch_failed_callback": value})
    return list(callback_subscriptions(callbacks, context or {}, "some_dag"))


def test_every_batch_event_has_an_argument():
    from inspect import signature

    from airflow_unifyweaver import ParallelMapOperator

    arguments = signature(ParallelMapOperator.__init__).parameters
    found = {event_type(name) for name in arguments} - {None}
    assert found == set(EventType) - {EventType.BACKEND_DEGRADED}


def test_each_function_has_a_subscription_of_its_own():
    first, second = subscriptions([hear, hear])
    assert (list(first.topics), first.name) == (["batch_failed"], "on_batch_failed_callback hear")
    second.handler(EVENT)
    assert heard == [EVENT.to_dict() | {"dag_id": "some_dag"}]


def test_a_notifier_renders_its_templates_for_each_event_anew():
    (subscription,) = subscriptions(Notifier("{{ batch_event.batch_id }} {{ greeting }}"), {"greeting": "hello"})
    subscription.handler(EVENT)
    subscription.handler(Event("batch_failed", "worker.0", "batch_00002", {}, "run", 2, 1))
    assert heard == [("batch_00001 hello", "hello"), ("batch_00002 hello", "hello")]


@pytest.mark.parametrize("value", [None, [], ()])
def test_nothing_given_is_nothing_to_call(value):
    assert named_callbacks({"on_batch_failed_callback": value}) == {}


@pytest.mark.parametrize("value", ["alerts:tell", 3, [hear, 3]])
def test_what_cannot_be_called_is_refused_by_name(value):
    with pytest.raises(TypeError, match="on_batch_failed_callback: wanted a function, a notifier, or a list of them"):
        named_callbacks({"on_batch_failed_callback": value})


def test_other_arguments_are_left_alone():
    assert named_callbacks({"on_failure_callback": hear, "shard": 3, "on_batch_failed": hear}) == {}


def test_as_a_text_callbacks_are_their_names():
    given = [hear, functools.partial(functools.partial(hear), prefix=""), Notifier("x")]
    callbacks = Callbacks("on_batch_failed_callback", given)
    assert str(callbacks) == "hear, hear, Notifier"
    assert copy.deepcopy(callbacks).functions == callbacks.functions


def test_callbacks_can_be_pickled():
    callbacks = Callbacks("on_batch_failed_callback", json.dumps)
    assert pickle.loads(pickle.dumps(callbacks)).functions == (json.dumps,)
