"""Answers of a web server, on every backend."""

import json

import pytest

ITEMS = "/items?count=95&size=10"
PAGES = {"paginated": True, "records": "/data/items"}
SOURCES = {
    "a list of URLs": {"urls": [f"/pages/{number}" for number in range(40)]},
    "several at a time": {"urls": [f"/pages/{number}" for number in range(40)], "parallel_requests": 3},
    "records of URLs": {
        "urls": [f"{ITEMS}&by=page&page={number}" for number in range(1, 10)],
        "records": "/data/items",
    },
    "a number of pages": PAGES | {"url": ITEMS + "&by=page&page={{page}}", "pages": 10, "parallel_pages": 2},
    "pages up to the end": PAGES
    | {"url": ITEMS + "&by=offset&offset={{offset}}", "page_size": 10, "parallel_pages": 3},
    "cursors": PAGES | {"url": ITEMS + "&by=cursor&cursor={{cursor}}", "next_page": "/next"},
    "links": PAGES | {"url": ITEMS + "&by=link", "next_page": "link"},
}
WORK = {"python": {"python": "work:rows"}, "command": {"command": "sed s/a/A/"}}


def at(server, source):
    """Return a source with the address of the server in its URLs."""
    if "url" in source:
        return {"type": "http"} | source | {"url": server + source["url"]}
    return {"type": "http"} | source | {"urls": [server + url for url in source["urls"]]}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "work.py").write_text("def rows(batch):\n    return list(batch)\n")
    return tmp_path


@pytest.mark.parametrize("work", WORK)
@pytest.mark.parametrize("name", SOURCES)
def test_all_backends_agree(name, work, web_server, folder, conformance):
    fields = {"source": at(web_server, SOURCES[name]), "batch": {"batch_size": 4}, "work": WORK[work]}
    result = conformance.agreed(fields, folder).splitlines()
    expected = {"a list of URLs": 40, "several at a time": 40, "records of URLs": 90}.get(name, 95)
    assert len(result) == expected
    if work == "python" and expected != 40:
        assert [json.loads(line) for line in result] == [{"id": number} for number in range(expected)]
