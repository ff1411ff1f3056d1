"""The package as Airflow's list of plugins shows it."""

from __future__ import annotations

from airflow.sdk.plugins_manager import AirflowPlugin


class UnifyWeaverPlugin(AirflowPlugin):
    """Makes the package known to ``airflow plugins``.

    It brings no listener of its own. Airflow refuses DAGs with ``end_from_trigger`` as soon as there is any listener,
    so merely installing this package would break them; what happens to batches goes to the listeners of others.
    """

    name = "unifyweaver"
