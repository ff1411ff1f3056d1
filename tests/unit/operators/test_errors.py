import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from airflow_unifyweaver import exceptions
from airflow_unifyweaver.operators.errors import airflow_errors


@pytest.mark.parametrize("error", ["JobError", "NestedParallelismError", "RunChangedError"])
def test_what_a_retry_cannot_mend_is_not_retried(error):
    with pytest.raises(AirflowFailException, match="reason"), airflow_errors():
        raise getattr(exceptions, error)("reason")


@pytest.mark.parametrize("error", ["SourceError", "WorkError", "BackendError", "RunError", "JobFailedError"])
def test_anything_else_may_be_retried(error):
    with pytest.raises(AirflowException, match=r"^reason$") as raised, airflow_errors():
        raise getattr(exceptions, error)("reason")
    assert not isinstance(raised.value, AirflowFailException)


def test_a_mistake_of_ours_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError), airflow_errors():
        1 / 0  # noqa: B018
