"""What may be items."""

import pytest
from airflow.sdk.exceptions import AirflowFailException

from airflow_unifyweaver.operators.items import ItemsOperator


@pytest.mark.parametrize("items", ["/data/log.txt", b"bytes", {"a": 1}, 7, None])
def test_what_is_no_list_is_refused(items):
    with pytest.raises(AirflowFailException, match=r"^items: wanted a list, got .*; for a file, give @task"):
        ItemsOperator(task_id="items", items=items).execute({})
