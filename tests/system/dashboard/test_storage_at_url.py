"""Runs in a real S3 server, as a real API server shows them to users that have different permissions."""

import json

import pytest
from dashboard_clients import OF_A_DAG, OUTSIDE, PAGES, RUN, clients, loaded, raw_status
from selective_auth import HIDDEN


@pytest.fixture(scope="module")
def client(server_at_url):
    """Makes clients: takes the name of a user, or None for somebody who is not logged in."""
    with clients(server_at_url) as client_of:
        yield client_of


@pytest.mark.parametrize("address", [*PAGES, *OF_A_DAG])
def test_nobody_sees_anything_without_a_login(client, address):
    assert client(None).get(address.format(dag="weather")).status_code == 401


@pytest.mark.parametrize("address", OF_A_DAG)
def test_a_dag_is_shown_to_those_who_may_see_it_only(client, address):
    hidden = HIDDEN["viewer"]
    assert loaded(lambda: client("admin").get(address.format(dag=hidden))).status_code == 200
    assert client("viewer").get(address.format(dag=hidden)).status_code == 403
    assert loaded(lambda: client("viewer").get(address.format(dag="weather"))).status_code == 200


def test_the_list_has_the_runs_of_dags_that_the_user_may_see(client):
    answers = {user: loaded(lambda user=user: client(user).get("/unifyweaver/api/runs")).json() for user in HIDDEN}
    assert [(run["dag_id"], run["state"], run["done"]) for run in answers["viewer"]["runs"]] == [
        ("weather", "published", 3)
    ]


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("place", ["{name}/by_hand/weather", "weather/{name}/weather", "weather/by_hand/{name}"])
@pytest.mark.parametrize("rest", ["", "/quarantine"])
def test_no_name_leads_out_of_the_storage(client, name, place, rest):
    address = f"/unifyweaver/api/runs/{place.format(name=name)}{rest}"
    assert loaded(lambda: raw_status(client("admin"), address)) == 404


def test_failures_and_quarantine_come_from_the_url(client):
    run = RUN.format(dag="weather")
    summary = loaded(lambda: client("viewer").get(run)).json()
    assert (summary["state"], summary["counts"]["complete"], summary["counts"]["failed"]) == ("published", 3, 1)
    (failure,) = client("viewer").get(f"{run}/failures").json()["failures"]
    assert failure["stderr"] == "no sevens"
    answer = client("viewer").get(f"{run}/quarantine")
    (entry,) = map(json.loads, answer.text.splitlines())
    assert "no sevens" in entry["error"]
    assert summary["quarantine"]["bytes"] == len(answer.content)
