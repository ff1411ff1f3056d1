"""Whatever the number of items, of pages and of requests at a time: all batches together are all items, in order."""

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_unifyweaver.job.batch import Batch
from airflow_unifyweaver.job.http_source import HttpSource
from airflow_unifyweaver.sources.registry import plan_source, reader_for


def source(server, by, count, size, together, known):
    """Return the source for items, as one of the kinds of pages."""
    url = f"{server}/items?count={count}&size={size}&by={by}"
    fields = {"records": "/data/items", "paginated": True}
    if by in ("page", "offset"):
        fields |= {"parallel_pages": together, "pages": max(1, -(-count // size)) if known else None}
    if by == "page":
        return HttpSource(url=url + "&page={{page}}", **fields)
    if by == "offset":
        return HttpSource(url=url + "&offset={{offset}}", page_size=size, **fields)
    if by == "cursor":
        return HttpSource(url=url + "&cursor={{cursor}}", next_page="/next", **fields)
    return HttpSource(url=url, next_page="link" if by == "link" else "/next", **fields)


@pytest.fixture(scope="module")
def spool(tmp_path_factory):
    return tmp_path_factory.mktemp("pages") / "spool"


@settings(derandomize=True, deadline=None, max_examples=200, database=None)
@given(
    by=st.sampled_from(["page", "offset", "cursor", "next", "link"]),
    count=st.integers(0, 40),
    size=st.integers(1, 12),
    together=st.integers(1, 5),
    known=st.booleans(),
    batch_size=st.none() | st.integers(1, 9),
)
def test_batches_of_pages_are_all_items(web_server, spool, by, count, size, together, known, batch_size):
    job = SimpleNamespace(batch=Batch(batch_size=batch_size), resolve=str)
    job.source = source(web_server, by, count, size, together, known)

    plan = plan_source(job, 2, spool)
    recipes = list(plan.recipes)
    reader = reader_for(plan.manifest, spool)
    batches = [reader.read(recipe) for recipe in recipes]

    assert sum((list(batch) for batch in batches), []) == [{"id": number} for number in range(count)]
    assert [batch.is_empty() for batch in batches] == [not list(batch) for batch in batches]
    assert b"".join(batch.bytes() for batch in batches) == b"".join(b'{"id":%d}\n' % number for number in range(count))
    for batch in batches:
        assert sum((list(batch.pick([record])) for record in batch.records()), []) == list(batch)
    if batch_size and job.source.pages is None:
        assert all(len(list(batch)) == batch_size for batch in batches[:-1])
