"""Answers of a web server."""

import shutil

from conformance.case import ADDRESS, WORK, cases

PAGES = [f"{ADDRESS}/pages/{number}" for number in range(40)]
ITEMS = f"{ADDRESS}/items?count=95&size=10"
PAGINATED = {"type": "http", "paginated": True, "records": "/data/items"}
BY_OFFSET = {"url": ITEMS + "&by=offset&offset={{offset}}", "page_size": 10, "parallel_pages": 3}
BY_PAGE = {"url": ITEMS + "&by=page&page={{page}}", "pages": 10, "parallel_pages": 2}
SOURCES = {
    "list of URLs": {"type": "http", "urls": PAGES},
    "several at a time": {"type": "http", "urls": PAGES, "parallel_requests": 3},
    "records of URLs": {
        "type": "http",
        "urls": [f"{ITEMS}&by=page&page={number}" for number in range(1, 10)],
        "records": "/data/items",
    },
    "number of pages": PAGINATED | BY_PAGE,
    "pages up to the end": PAGINATED | BY_OFFSET,
    "cursors": PAGINATED | {"url": ITEMS + "&by=cursor&cursor={{cursor}}", "next_page": "/next"},
    "links": PAGINATED | {"url": ITEMS + "&by=link", "next_page": "link"},
}
RECORDS = {"list of URLs": 40, "several at a time": 40, "records of URLs": 90}
WORKS = {"python": {"python": "work:rows"}, "command": {"command": "sed s/a/A/"}}
JOBS = {
    f"{name}, {kind}": (source, {"batch_size": 4}, work, "concat")
    for name, source in SOURCES.items()
    for kind, work in WORKS.items()
}


def inputs(folder, _):
    shutil.copy(WORK, folder)


def check_of(job):
    name, _, kind = job.rpartition(", ")
    expected = RECORDS.get(name, 95)

    def check(outcome, _):
        if kind == "command" or expected == 40:
            return len(outcome.lines) == expected
        return outcome.values == [{"id": number} for number in range(expected)]

    return check


CASES = cases(JOBS, inputs, {job: check_of(job) for job in JOBS}, service="web_server")
