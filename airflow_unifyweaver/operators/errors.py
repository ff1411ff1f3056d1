"""Errors in Airflow's terms: which of them a retry can mend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow.sdk.exceptions import AirflowException, AirflowFailException

from airflow_unifyweaver.exceptions import JobError, NestedParallelismError, RunChangedError, UnifyWeaverError


@contextmanager
def airflow_errors() -> Iterator[None]:
    """Raise this package's errors as Airflow's, with their one message alone.

    :raises AirflowFailException: when the same would happen again: the job is wrong, or no longer the planned one.
    :raises AirflowException: when a retry may help; it resumes, and does again only what is not committed.
    """
    try:
        yield
    except RunChangedError as error:
        raise AirflowFailException(f"{error}: clear the task that splits, and those after it") from None
    except (JobError, NestedParallelismError) as error:
        raise AirflowFailException(str(error)) from None
    except UnifyWeaverError as error:
        raise AirflowException(str(error)) from None
