"""What the runs of the suite do when something is wrong with what is around them."""

import pytest
from conformance.case import Case
from conformance.runs import Runs


def test_each_case_is_told_what_is_wrong_with_its_service(tmp_path):
    def inputs(folder, address):
        raise ConnectionError("the broker has gone")

    runs = Runs(tmp_path, {}, lambda _: "nowhere:1")
    for name in ("one", "another"):
        with pytest.raises(ConnectionError, match="the broker has gone"):
            runs.inputs(Case({"name": name}, inputs, service="broker"))
    assert runs.inputs(Case({}, lambda folder, address: None, service="broker")) == (tmp_path / "inputs 1", "nowhere:1")
