"""Airflow's simple auth manager with two more rules: some users may not see some DAGs, some no logs of tasks."""

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

HIDDEN = {"viewer": "secret"}
"""The DAG that a user may not see."""
WITHOUT_LOGS = "user"
"""Who may see all DAGs and their runs, but not the logs of their tasks."""


class SelectiveAuthManager(SimpleAuthManager):
    """Asks for each DAG, as the auth managers do that are made for production."""

    def is_authorized_dag(self, *, method, user, access_entity=None, details=None):
        if details is not None and details.id is not None and HIDDEN.get(user.username) == details.id:
            return False
        if access_entity == DagAccessEntity.TASK_LOGS and user.username == WITHOUT_LOGS:
            return False
        return super().is_authorized_dag(method=method, user=user, access_entity=access_entity, details=details)
