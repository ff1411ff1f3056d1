"""Airflow's simple auth manager with one more rule: some users may not see some DAGs."""

from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

HIDDEN = {"viewer": "secret"}
"""The DAG that a user may not see."""


class SelectiveAuthManager(SimpleAuthManager):
    """Asks for each DAG, as the auth managers do that are made for production."""

    def is_authorized_dag(self, *, method, user, access_entity=None, details=None):
        if details is not None and details.id is not None and HIDDEN.get(user.username) == details.id:
            return False
        return super().is_authorized_dag(method=method, user=user, access_entity=access_entity, details=details)
