"""Who may see what of the dashboard, in a real API server with users that have different permissions."""

import pytest
from dashboard_clients import ASSETS, OF_A_DAG, OF_DATA, OUTSIDE, PAGES, RUN, clients, loaded, raw_status
from selective_auth import HIDDEN, WITHOUT_LOGS


@pytest.fixture(scope="module")
def client(selective):
    """Makes clients: takes the name of a user, or None for somebody who is not logged in."""
    with clients(selective) as client_of:
        yield client_of


def test_every_route_is_in_these_lists():
    from airflow_unifyweaver.plugins.dashboard.app import app

    known = {
        address.partition("?")[0].format(dag="{dag_id}").removeprefix("/unifyweaver") for address in PAGES + OF_A_DAG
    }
    known = {address.replace("by_hand/{dag_id}", "{run_id}/{job}").replace("by_hand", "{run_id}") for address in known}
    assert {route.path for route in app.routes} == known | {"/assets/{name}"}


@pytest.mark.parametrize("address", [*PAGES, *ASSETS, *OF_A_DAG])
def test_nobody_sees_anything_without_a_login(client, address):
    assert client(None).get(address.format(dag="weather")).status_code == 401


@pytest.mark.parametrize("address", OF_A_DAG)
def test_a_dag_is_shown_to_those_who_may_see_it_only(client, address):
    hidden = HIDDEN["viewer"]
    assert client("admin").get(address.format(dag=hidden)).status_code == 200
    assert client("viewer").get(address.format(dag=hidden)).status_code == 403
    assert client("viewer").get(address.format(dag="weather")).status_code == 200


@pytest.mark.parametrize("address", OF_A_DAG)
def test_what_was_in_the_data_is_shown_to_those_who_may_read_the_logs_of_tasks(client, address):
    status = 403 if address in OF_DATA else 200
    assert client(WITHOUT_LOGS).get(address.format(dag="weather")).status_code == status


def test_the_figures_of_a_run_tell_nothing_of_its_data(client):
    run = RUN.format(dag="weather")
    assert "exited with code" in client("viewer").get(f"{run}/failures").text
    answers = {user: client(user).get(run) for user in ("viewer", WITHOUT_LOGS)}
    assert not any("exited with" in answer.text or "station" in answer.text for answer in answers.values())
    assert {user: answer.json()["may_see_data"] for user, answer in answers.items()} == {
        "viewer": True,
        WITHOUT_LOGS: False,
    }


def test_the_list_of_runs_has_no_dag_that_the_user_may_not_see(client):
    shown = {
        user: {
            run["dag_id"] for run in loaded(lambda user=user: client(user).get("/unifyweaver/api/runs")).json()["runs"]
        }
        for user in ("admin", "viewer")
    }
    assert shown == {"admin": {"weather", "secret"}, "viewer": {"weather"}}


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("place", ["{name}/by_hand/weather", "weather/{name}/weather", "weather/by_hand/{name}"])
@pytest.mark.parametrize("rest", ["", "/quarantine"])
def test_no_name_leads_out_of_the_storage(client, name, place, rest):
    assert raw_status(client("admin"), f"/unifyweaver/api/runs/{place.format(name=name)}{rest}") == 404


@pytest.mark.parametrize(
    "name",
    ["../app.py", "..%2fapp.py", "%2e%2e%2fapp.py", "/etc/passwd", "%2fetc%2fpasswd", "uPlot.LICENSE", "nothing.js"],
)
def test_assets_are_known_by_their_names_alone(client, name):
    assert raw_status(client("admin"), f"/unifyweaver/assets/{name}") == 404


def test_a_link_in_the_storage_leads_nowhere(client, finished, tmp_path):
    folder = finished["weather"]
    outside = tmp_path / "elsewhere"
    (outside / "plan").mkdir(parents=True)
    (outside / "plan" / "plan.json").write_bytes((folder / "weather" / "plan" / "plan.json").read_bytes())
    (folder / "linked").symlink_to(outside)
    try:
        assert client("admin").get("/unifyweaver/api/runs/weather/by_hand/linked").status_code == 404
        assert client("admin").get("/unifyweaver/api/runs/weather/by_hand").json() == {"jobs": ["weather"]}
    finally:
        (folder / "linked").unlink()


def test_browsers_are_told_to_load_nothing_from_elsewhere_and_to_ask_again(client):
    page = client("admin").get("/unifyweaver/")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    script = client("admin").get("/unifyweaver/assets/run.js")
    assert script.headers["Cache-Control"] == "private, no-cache"
    again = client("admin").get("/unifyweaver/assets/run.js", headers={"If-None-Match": script.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_quarantine_is_all_that_was_set_aside(client, finished):
    answer = client("viewer").get(RUN.format(dag="weather") + "/quarantine")
    files = sorted((finished["weather"] / "weather" / "shards").glob("*/quarantine.jsonl"))
    assert files
    assert answer.content == b"".join(file.read_bytes() for file in files)


def test_nonsense_is_refused(client):
    run = RUN.format(dag="weather")
    for query in ("?part=99", "?part=-1", "/batches?state=lost", "/grid?cells=x", "/failures?before=-1"):
        assert client("admin").get(run + query).status_code in (404, 422)
