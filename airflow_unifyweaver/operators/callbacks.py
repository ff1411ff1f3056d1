"""Callbacks of an operator for the events of batches: functions, and Airflow's notifiers."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from airflow.sdk import BaseNotifier, Context

    from airflow_unifyweaver.events.bus import Subscription
    from airflow_unifyweaver.events.schema import Event

BatchCallback = Callable[[dict[str, Any]], object]
"""Takes an event as a dictionary. An Airflow notifier gets the task's context instead, with it as ``batch_event``."""
BatchCallbacks = BatchCallback | list[BatchCallback] | tuple[BatchCallback, ...] | None


class Callbacks:
    """What to call for one type of event. As a text it is the names of these functions.

    For Airflow serializes the arguments of a mapped operator into the DAG: of functions it stores the source, which
    not all have; of objects that it does not know the text, so that the DAG changes only when these names do.

    :param argument: name of the operator's argument.
    :param given: its value.
    :raises TypeError: when that is neither a function nor some.
    """

    def __init__(self, argument: str, given: Any) -> None:
        self.functions: tuple[BatchCallback, ...] = tuple(given) if isinstance(given, list | tuple) else (given,)
        for function in self.functions:
            if not callable(function):
                raise TypeError(f"{argument}: wanted a function, a notifier, or a list of them, got {function!r}")

    def __str__(self) -> str:
        return ", ".join(map(_name, self.functions))

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return the callbacks themselves, which nothing changes; a notifier need not bear to be copied."""
        return self


def named_callbacks(arguments: Mapping[str, Any]) -> dict[str, Callbacks]:
    """Return those of an operator's arguments that are callbacks for batches and have a value, checked.

    :raises TypeError: when one of them cannot be called.
    """
    return {
        name: value if isinstance(value, Callbacks) else Callbacks(name, value)
        for name, value in arguments.items()
        if event_type(name) and value
    }


def event_type(argument: str) -> str | None:
    """Return the type of event that an argument such as ``on_batch_failed_callback`` is about, or None."""
    kind = argument.removeprefix("on_").removesuffix("_callback")
    return kind if kind.startswith("batch") and argument == f"on_{kind}_callback" else None


def callback_subscriptions(callbacks: Mapping[str, Callbacks], context: Context, dag_id: str) -> Iterator[Subscription]:
    """Yield a subscription for each function, so that none waits for another.

    :param callbacks: by the names of the operator's arguments.
    :param context: the task's, for notifiers.
    :param dag_id: goes into every event.
    """
    from airflow.sdk import BaseNotifier

    from airflow_unifyweaver.events.bus import Subscription

    for argument, given in callbacks.items():
        for function in given.functions:
            call = partial(_notify, function, context) if isinstance(function, BaseNotifier) else function
            yield Subscription(
                partial(_call, call, dag_id), [str(event_type(argument))], f"{argument} {_name(function)}"
            )


def _call(call: BatchCallback, dag_id: str, event: Event) -> None:
    call(event.to_dict() | {"dag_id": dag_id})


def _notify(notifier: BaseNotifier, context: Context, event: dict[str, Any]) -> None:
    # A notifier renders its templates in place, once and for all: so each event gets a copy.
    copy.copy(notifier)({**context, "batch_event": event})


def _name(function: Any) -> str:
    # Without the module: for a DAG file, its name is made of a path that need not be the same everywhere.
    while isinstance(function, partial):
        function = function.func
    return str(getattr(function, "__qualname__", type(function).__qualname__))
