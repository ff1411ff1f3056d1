"""From the bus of a run to the plugins that listen."""

from __future__ import annotations

import logging
from typing import Any

from airflow.sdk.listener import ListenerManager, get_listener_manager
from pluggy import PluginValidationError

from airflow_unifyweaver.events.bus import Subscription
from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.listeners import spec

log = logging.getLogger(__name__)

TOPICS = tuple(topic for topic in EventType if hasattr(spec, f"on_{topic}"))


def subscriptions(dag_id: str) -> list[Subscription]:
    """Return a subscription to the events that some plugin listens to; none when there is no such plugin.

    :param dag_id: the DAG that the events are about.
    """
    try:
        hooks = _hooks(get_listener_manager())
    except PluginValidationError as error:  # a mistake in somebody's listener is no reason to fail the run
        log.warning("no plugin hears of batches: %s", error)
        return []
    wanted = {topic: hooks[topic] for topic in TOPICS if hooks[topic].get_hookimpls()}

    def publish(event: Event) -> None:
        wanted[EventType(event.event_type)](event=event.to_dict() | {"dag_id": dag_id})

    return [Subscription(publish, tuple(wanted), "listeners")] if wanted else []


def _hooks(manager: ListenerManager) -> dict[EventType, Any]:
    """Return the hooks by event type, having told the manager of them.

    The plugin of this package cannot do so: plugins are loaded while their manager is being made.
    """
    if not _is_specified(manager):
        manager.add_hookspecs(spec)
    return {topic: _hook(manager, topic) for topic in TOPICS}


def _is_specified(manager: ListenerManager) -> bool:
    hook = _hook(manager, TOPICS[-1])
    return hook is not None and hook.has_spec()


def _hook(manager: ListenerManager, topic: EventType) -> Any:
    return getattr(manager.hook, f"on_{topic}", None)
