"""Who may see what: Airflow's own login, and its permissions for each DAG."""

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import get_user, requires_access_dag
from airflow.models.dag import DagModel
from fastapi import Depends

LOGGED_IN = Depends(get_user)
"""Answers 401 to who is not logged in."""
MAY_SEE_RUNS = Depends(requires_access_dag("GET", DagAccessEntity.RUN))
"""Answers 403 to who may not see the runs of the DAG that the request names as ``dag_id``."""
MAY_SEE_DATA = Depends(requires_access_dag("GET", DagAccessEntity.TASK_LOGS))
"""Answers 403 to who may not see the logs of that DAG's tasks: errors and quarantine tell what was in the data."""


def may_see_data(user: BaseUser, dag_id: str) -> bool:
    """Tell whether :data:`MAY_SEE_DATA` lets a user through."""
    details = DagDetails(id=dag_id, team_name=DagModel.get_team_name(dag_id))
    return get_auth_manager().is_authorized_dag(
        method="GET", access_entity=DagAccessEntity.TASK_LOGS, details=details, user=user
    )


def visible_dags(user: BaseUser, dag_ids: set[str]) -> set[str]:
    """Return those of some DAGs whose runs a user may see."""
    manager = get_auth_manager()
    known = manager.get_authorized_dag_ids(user=user, method="GET") & dag_ids
    teams = DagModel.get_dag_id_to_team_name_mapping(list(known)) if known else {}
    return {
        dag_id
        for dag_id in known
        if manager.is_authorized_dag(
            method="GET",
            access_entity=DagAccessEntity.RUN,
            details=DagDetails(id=dag_id, team_name=teams.get(dag_id)),
            user=user,
        )
    }
