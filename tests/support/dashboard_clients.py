"""Addresses of the dashboard, and clients that ask for them."""

import time
from contextlib import ExitStack, contextmanager
from functools import cache
from http.client import HTTPConnection

import httpx

RUN = "/unifyweaver/api/runs/{dag}/by_hand/{dag}"
PAGES = ["/unifyweaver/", "/unifyweaver/api/runs"]
ASSETS = [f"/unifyweaver/assets/{name}" for name in ("run.js", "style.css", "uPlot.min.js", "icon.svg")]
OF_DATA = [RUN + rest for rest in ("/batches", "/failures", "/quarantine")]
"""Of what was in the data, which is in the logs of tasks, too."""
OF_A_DAG = [
    "/unifyweaver/run?dag_id={dag}&run_id=by_hand",
    "/unifyweaver/api/runs/{dag}/by_hand",
    RUN,
    RUN + "/grid?cells=10",
    *OF_DATA,
]
OUTSIDE = [
    "..",
    "../..",
    "%2e%2e",
    "..%2f..%2fetc",
    "%2Fetc",
    "/etc",
    "%252e%252e",
    ".",
    "%00",
    "..%5c..",
    "~",
    "a%2f..%2fweather",
]
"""What no name in an address may lead to."""
LOADING = 202
PATIENCE = 60


@contextmanager
def clients(server):
    """Yield what makes clients of a server: it takes the name of a user, or None for somebody who is not logged in."""
    with ExitStack() as stack:

        @cache
        def client_of(user):
            made = stack.enter_context(httpx.Client(base_url=server, timeout=60))
            if user:
                login = {"username": user, "password": user}
                made.headers["Authorization"] = f"Bearer {made.post('/auth/token', json=login).json()['access_token']}"
            return made

        yield client_of


def loaded(ask):
    """Ask again until the answer is no longer that something is loading; return the status, or the response."""
    deadline = time.monotonic() + PATIENCE
    while getattr(answer := ask(), "status_code", answer) == LOADING:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return answer


def raw_status(client, target):
    """Ask for an address as it is written: clients resolve the dots in it."""
    connection = HTTPConnection(client.base_url.host, client.base_url.port, timeout=60)
    try:
        connection.request("GET", target, headers={"Authorization": client.headers["Authorization"]})
        return connection.getresponse().status
    finally:
        connection.close()
