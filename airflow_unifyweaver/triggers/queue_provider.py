"""Makes ``MessageQueueTrigger(scheme="unifyweaver", ...)`` of Airflow's common messaging a :class:`StreamTrigger`."""

from __future__ import annotations

from airflow.exceptions import AirflowOptionalProviderFeatureException

from airflow_unifyweaver.triggers.stream import StreamTrigger

try:
    from airflow.providers.common.messaging.providers.base_provider import BaseMessageQueueProvider
except ImportError as error:
    raise AirflowOptionalProviderFeatureException(str(error)) from None


class StreamQueueProvider(BaseMessageQueueProvider):
    """The queue provider of streams that jobs read."""

    scheme = "unifyweaver"

    def trigger_class(self) -> type[StreamTrigger]:
        """Return the trigger, whose arguments are those of the queue."""
        return StreamTrigger
