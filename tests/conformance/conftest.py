"""Runs of the conformance jobs, for all tests."""

from collections import defaultdict

import pytest
from conformance.runs import Runs


@pytest.fixture(scope="session")
def runs(request, tmp_path_factory):
    """Runs each case at each place once."""
    wanted = defaultdict(list)
    for item in request.session.items:
        if "runs" in getattr(item, "fixturenames", ()):
            wanted[item.callspec.params["place"]].append(item.callspec.params["name"])
    return Runs(tmp_path_factory.mktemp("conformance"), wanted, request.getfixturevalue)
