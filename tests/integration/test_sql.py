"""The sql source over a real PostgreSQL, which others write to all the time."""

import gc
import json
import logging
import random
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from multiprocessing import get_context
from textwrap import dedent

import psycopg
import pytest

from airflow_unifyweaver import BatchJob, run_job, runner
from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.sources import sql_plan
from airflow_unifyweaver.sources.registry import plan_source, reader_for
from airflow_unifyweaver.sources.sql_reader import read_in_parallel

PASSWORD = "very:s3cr@t"
ACCOUNTS = 1_000_000
TOTAL = 100 * ACCOUNTS
WORK = """
    from pyarrow import compute

    def sums(batch):
        rows = batch.arrow()
        yield "accounts", rows.num_rows
        yield "total", compute.sum(rows["balance"]).as_py()
        torn = compute.not_equal(rows["seal"], compute.subtract(rows["id"], compute.multiply(rows["balance"], 7)))
        yield "torn", compute.sum(torn).as_py()
        ids = rows["id"].combine_chunks()
        yield "out of order", compute.sum(compute.less_equal(ids[1:], ids[:-1])).as_py()
"""


@pytest.fixture
def execute(postgresql):
    """Runs a statement, and returns its rows."""
    with psycopg.connect(postgresql, autocommit=True) as connection:

        def run(statement):
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else None

        yield run


@pytest.fixture
def make_job(postgresql, tmp_path):
    def make(query, batch=None, work="cat", aggregation="concat", parallel=None, **source):
        if not {"url", "url_from_env", "conn_id"} & set(source):
            source["url"] = postgresql
        fields = {
            "name": "rows",
            "source": {"type": "sql", "query": query, **source},
            "batch": batch or {"batch_size": 100},
            "work": {"python": work} if ":" in work else {"command": work},
            "aggregation": aggregation,
            "parallel": parallel or {"backend": "sequential"},
        }
        return BatchJob.from_dict(fields, base_dir=tmp_path)

    return make


@pytest.fixture
def read(make_job, tmp_path):
    """The records of a query."""

    def read_rows(query, workers=1, **source):
        spool = tmp_path / f"spool-{workers}"
        plan = plan_source(make_job(query, **source), workers, spool)
        recipes = list(plan.recipes)
        reader = reader_for(plan.manifest, spool)
        return [row for recipe in recipes for row in reader.read(recipe)]

    return read_rows


@contextmanager
def transfers(url, writers):
    """Move money between accounts all the time, close some and open others; their number and the total stay."""
    is_over = threading.Event()
    done = []

    def write(number):
        generator = random.Random(number)
        with psycopg.connect(url, autocommit=True) as connection:
            while not is_over.is_set():
                connection.execute(move(generator))
                done.append(number)

    threads = [threading.Thread(target=write, args=[number]) for number in range(writers)]
    for thread in threads:
        thread.start()
    try:
        yield done
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def move(generator):
    """One transaction: an account is closed, another is opened with its balance, and one unit goes to a third."""
    old, new, third = (generator.randrange(2 * ACCOUNTS) * 5 for _ in range(3))
    return f"""
        WITH closed AS (
            DELETE FROM accounts WHERE id = {old} AND {new} <> {third} AND {old} <> {third} AND EXISTS
            (SELECT FROM accounts WHERE id = {third}) AND NOT EXISTS (SELECT FROM accounts WHERE id = {new})
            RETURNING balance
        ), paid AS (
            UPDATE accounts SET balance = accounts.balance + 1, seal = accounts.seal - 7
            FROM closed WHERE accounts.id = {third} RETURNING 1
        )
        INSERT INTO accounts SELECT {new}, balance - paid, {new} - (balance - paid) * 7
        FROM closed, (SELECT count(*) AS paid FROM paid) p ON CONFLICT DO NOTHING
    """


def test_a_million_rows_are_one_snapshot_while_others_write(execute, make_job, postgresql, tmp_path, monkeypatch):
    execute("CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint, seal bigint)")
    rows = f"SELECT id, 100, id - 700 FROM (SELECT g * 10::bigint AS id FROM generate_series(1, {ACCOUNTS}) g) ids"
    execute(f"INSERT INTO accounts {rows}")
    (tmp_path / "work.py").write_text(dedent(WORK))
    job = make_job(
        "SELECT * FROM accounts",
        key="id",
        batch={"batch_size": 10_000},
        work="work.py:sums",
        aggregation={"reduce": "sum", "by_key": True},
        parallel={"backend": "bash_fork", "workers": 8, "map_tasks": 8},
    )
    run = RunDirectory(tmp_path / "run")
    readers = []
    monkeypatch.setattr(sql_plan, "read_in_parallel", lambda tasks: readers.extend(tasks) or read_in_parallel(tasks))
    with transfers(postgresql, writers=2) as done, ProcessPoolExecutor(8, get_context("spawn")) as pool:
        plan = runner.plan_run(job, run)
        moved = len(done)
        list(pool.map(runner.work_on_task, [job] * 8, [run] * 8, plan.tasks))
    result = runner.publish_run(job, run)
    assert len(readers) == 8
    assert moved > 100
    assert (len(plan.shards), plan.batches) == (8, ACCOUNTS // 10_000)
    sums = dict(map(json.loads, result.file.read_text().splitlines()))
    assert sums == {"accounts": ACCOUNTS, "total": TOTAL, "torn": 0, "out of order": 0}
    ((changed,),) = execute("SELECT count(*) FROM accounts WHERE balance <> 100 OR id % 10 <> 0")
    assert changed > 0


KEYS = {
    "integers with gaps": ("id", "id"),
    "skewed integers": ("skewed, id", "skewed, id"),
    "text": ("name", "name"),
    "text and integer": ("city, id", "city, id"),
    "a list": (["city", "Odd name"], 'city, "Odd name"'),
    "moments": ("at", "at"),
    "decimals": ("amount", "amount"),
    "uuids": ("uid", "uid"),
    "an enumeration and an integer": ("mood, id", "mood, id"),
    "bytes": ("hash", "hash"),
    "mostly one value": ("single, id", "single, id"),
}


@pytest.fixture
def things(execute):
    execute("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')")
    execute("""
        CREATE TABLE things AS SELECT
            (g * g * 7 - 1000)::bigint AS id,
            (1.2 ^ (g / 10))::int AS skewed,
            CASE g % 4 WHEN 0 THEN 'ä' WHEN 1 THEN 'Z' WHEN 2 THEN '''' ELSE 'z ' END || g AS name,
            CASE g % 3 WHEN 0 THEN 'Graz' WHEN 1 THEN 'São Paulo' ELSE '' END AS city,
            -g AS "Odd name",
            '2026-10-25 00:00+00'::timestamptz + g * interval '7 minutes' AS at,
            (g / 7.0)::numeric(20, 10) AS amount,
            md5(g::text)::uuid AS uid,
            ('{sad,ok,happy}'::mood[])[1 + g % 3] AS mood,
            decode(md5(g::text), 'hex') AS hash,
            (g / 990) AS single
        FROM generate_series(1, 1000) g ORDER BY random()
    """)
    execute("SET TIME ZONE 'Asia/Kolkata'")


@pytest.mark.parametrize("name", KEYS)
def test_any_key_gives_the_same_rows_in_its_order_to_any_number_of_readers(name, execute, read, things, monkeypatch):
    key, order = KEYS[name]
    alone = read("SELECT * FROM things", key=key)
    assert [row["id"] for row in alone] == [number for (number,) in execute(f"SELECT id FROM things ORDER BY {order}")]
    monkeypatch.setattr(sql_plan, "READER_ROWS", 1)
    seen = []
    monkeypatch.setattr(sql_plan, "read_in_parallel", lambda tasks: seen.append(tasks) or _read_in_parallel(tasks))
    assert read("SELECT * FROM things", workers=3, key=key) == alone
    assert len(seen[0]) == 3


_read_in_parallel = sql_plan.read_in_parallel


def test_readers_get_equal_shares_of_skewed_keys(things, read, monkeypatch):
    monkeypatch.setattr(sql_plan, "READER_ROWS", 1)
    shares = []
    join = sql_plan._join

    def look(parts, file):
        shares.extend(len(part.read_bytes().splitlines()) for part in parts)
        join(parts, file)

    monkeypatch.setattr(sql_plan, "_join", look)
    read("SELECT * FROM things", workers=4, key="single, id")
    assert shares == [250, 250, 250, 250]


def test_one_value_of_the_key_in_most_rows_makes_fewer_ranges(things, read, monkeypatch):
    monkeypatch.setattr(sql_plan, "READER_ROWS", 1)
    rows = read("SELECT id, single FROM things", workers=8, key="single")
    assert len(rows) == len({row["id"] for row in rows}) == 1000


VALUES = {
    "true": True,
    "NULL::int": None,
    "9223372036854775807": 9223372036854775807,
    "12345678901234567890.10::numeric": "12345678901234567890.10",
    "'NaN'::numeric": "NaN",
    "0.1::float8": 0.1,
    "0.1::float4": 0.1,
    "'Infinity'::float8": float("inf"),
    "'é\n\u2028'::text": "é\n\u2028",
    "'ab'::char(4)": "ab  ",
    "'2026-11-25'::date": "2026-11-25",
    "'2026-11-25 09:30:00.000001'::timestamp": "2026-11-25T09:30:00.000001",
    "'2026-11-25 09:30+02'::timestamptz": "2026-11-25T07:30:00+00:00",
    "'09:30'::time": "09:30:00",
    "'1 day 2 seconds'::interval": 86402.0,
    "'00000000-0000-0000-0000-000000000001'::uuid": "00000000-0000-0000-0000-000000000001",
    "'\\xff00'::bytea": "/wA=",
    "ARRAY[[1, NULL], [3, 4]]": [[1, None], [3, 4]],
    "ARRAY['a', NULL]": ["a", None],
    "ARRAY[1.50]": ["1.50"],
    '\'{"a": [1, null], "b": "x"}\'::jsonb': {"a": [1, None], "b": "x"},
    "'null'::json": None,
    "'10.0.0.0/8'::inet": "10.0.0.0/8",
    "B'101'": "101",
}


def test_values_are_what_json_holds_without_loss(execute, read, postgresql):
    execute(f"ALTER DATABASE {postgresql.rpartition('/')[2]} SET TIME ZONE 'Asia/Kolkata'")
    execute(f"ALTER DATABASE {postgresql.rpartition('/')[2]} SET intervalstyle = 'iso_8601'")
    columns = ", ".join(f"{value} AS c{number}" for number, value in enumerate(VALUES))
    (row,) = read(f"SELECT {columns}")
    assert dict(zip(VALUES, row.values(), strict=True)) == VALUES
    assert "9223372036854775807" in json.dumps(row)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT * FROM nowhere", 'source.query: relation "nowhere" does not exist; check the query'),
        ("SELECT colour FROM things", 'source.query: column "colour" does not exist; check'),
        ("SELECT 1 AS a, 2 AS a", "source.query: gives the column a more than once"),
        ("SELECT FROM things", "source.query: gives rows without columns; name at least one"),
        ("SELECT 1/(id - id) FROM things", "source.query: division by zero"),
        ("SELECT 'infinity'::timestamptz", "source.query: timestamp too large (after year 10K): 'infinity'; check"),
        (
            "SELECT int4range(1, 2) AS during",
            "the column 'during' has values of type Range, which have no form in JSON",
        ),
        ("DELETE FROM things", 'source.query: syntax error at or near "DELETE"'),
        ("SELECT 1; DELETE FROM things", "source.query: cannot insert multiple commands into a prepared statement"),
        (
            "WITH d AS (DELETE FROM things RETURNING id) SELECT * FROM d",
            "source.query: DECLARE CURSOR must not contain",
        ),
        ("SELECT clear()", "source.query: cannot execute DELETE in a read-only transaction"),
        ("SELECT nextval('numbers')", "source.query: cannot execute nextval() in a read-only transaction"),
    ],
)
@pytest.mark.parametrize("key", [None, "id"])
def test_a_wrong_query_is_refused_in_the_databases_words_and_changes_nothing(
    execute, things, read, query, key, message
):
    execute("CREATE SEQUENCE numbers")
    execute("CREATE FUNCTION clear() RETURNS int LANGUAGE sql AS 'DELETE FROM things; SELECT 1'")
    if key and "AS a" not in query and "FROM" not in query:
        query += " AS id" if "AS during" not in query else ", 1 AS id"
    with pytest.raises(SourceError) as caught:
        read(query, workers=2, **({"key": key} if key else {}))
    known = (message, "source.key: the query gives no column 'id'", "source.query: gives rows without columns")
    assert str(caught.value).startswith(known if key else message)
    assert "\n" not in str(caught.value)
    assert execute("SELECT count(*) FROM things") == [(1000,)]
    assert execute("SELECT is_called FROM numbers") == [(False,)]


def test_rows_without_a_key_are_refused(execute, things, read):
    execute("UPDATE things SET city = NULL WHERE id = -993")
    for workers in (1, 2):
        with pytest.raises(SourceError, match=r"source\.key: city or id is NULL in some rows"):
            read("SELECT * FROM things", workers=workers, key="city, id")


def test_a_query_that_is_not_the_same_each_time_is_not_read_by_ranges(things, read, monkeypatch):
    monkeypatch.setattr(sql_plan, "READER_ROWS", 1)
    with pytest.raises(SourceError, match=r"when it is read by ranges of source\.key, so it is not the same each time"):
        # Fewer rows when they are counted than when they are read; those of a random query are as many by chance.
        read("SELECT * FROM things WHERE id > 0 OR current_query() NOT LIKE '%count(%'", workers=2, key="id")


def test_an_error_of_one_reader_is_the_error(things, read, monkeypatch):
    monkeypatch.setattr(sql_plan, "READER_ROWS", 1)
    query = "SELECT id, CASE WHEN id = 6999000 THEN 'infinity'::date END AS day FROM things"
    with pytest.raises(SourceError, match=r"source\.query: date too large \(after year 10K\)"):
        read(query, workers=4, key="id")


@pytest.mark.filterwarnings("ignore:<psycopg.ServerCursor:ResourceWarning")  # SQLAlchemy drops it with the connection
def test_a_lost_connection_is_said(execute, things, read):
    others = "FROM pg_stat_activity WHERE query LIKE 'FETCH%' AND datname = current_database()"
    is_over = threading.Event()

    def end():
        while not is_over.wait(0.1) and not execute(f"SELECT pg_terminate_backend(pid) {others}"):
            pass

    thread = threading.Thread(target=end)
    thread.start()
    try:
        with pytest.raises(SourceError, match=r"^source\.url: .*; the connection was lost; try again$"):
            read("SELECT id, pg_sleep(0.1)::text AS slept FROM things")
    finally:
        is_over.set()
        thread.join()
        gc.collect()


def test_a_server_that_is_not_there_is_said(read):
    with pytest.raises(SourceError, match=r"^source\.url: connection failed: .*refused.*; check the address") as caught:
        read("SELECT 1", url="postgresql://nobody@127.0.0.1:1/db")
    assert "\n" not in str(caught.value)


@pytest.fixture
def guarded(execute, things, postgresql, monkeypatch):
    """A role whose password is asked for."""
    execute("DROP ROLE IF EXISTS guarded")
    execute(f"CREATE ROLE guarded LOGIN PASSWORD '{PASSWORD}'")
    execute("GRANT SELECT ON things TO guarded")
    yield lambda password: monkeypatch.setenv(
        "SHOP", postgresql.replace("postgres@", f"guarded:{password.replace('@', '%40').replace(':', '%3A')}@")
    )
    execute("DROP OWNED BY guarded")
    execute("DROP ROLE guarded")


def test_a_password_gets_to_the_database_and_nowhere_else(guarded, make_job, tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(sql_plan, "READER_ROWS", 1)
    guarded(PASSWORD)
    job = make_job("SELECT * FROM things", key="id", url_from_env="SHOP", parallel={"workers": 2})
    assert run_job(job, tmp_path / "run").batches == 10
    written = [file.read_bytes() for file in (tmp_path / "run").rglob("*") if file.is_file()]
    assert written
    for secret in ("s3cr", PASSWORD):
        assert not [data for data in written if secret.encode() in data]
        assert secret not in caplog.text


def test_a_wrong_password_is_not_shown(guarded, make_job, tmp_path):
    guarded("wr:ng@s3cret")
    with pytest.raises(SourceError) as caught:
        run_job(make_job("SELECT 1", url_from_env="SHOP"), tmp_path / "run")
    assert "password authentication failed for user" in str(caught.value)
    assert str(caught.value).startswith("source.url_from_env SHOP: ")
    assert "s3cret" not in str(caught.value)


def test_a_run_keeps_its_snapshot(execute, things, make_job, tmp_path):
    job = make_job("SELECT id FROM things", key="id")
    run = RunDirectory(tmp_path / "run")
    runner.plan_run(job, run, map_tasks=1)
    execute("DROP TABLE things")
    result = runner.resume(run.path)
    assert len(result.file.read_text().splitlines()) == 1000
    assert Plan.require(run).size == (run.spool / "records" / "rows.ndjson").stat().st_size


def test_memory_does_not_grow_with_the_rows(make_job, tmp_path, postgresql):
    query = "SELECT g AS id, repeat('x', 100000) AS wide FROM generate_series(1, 3000) g"
    code = f"""
        import re
        from pathlib import Path
        from airflow_unifyweaver.job.model import BatchJob
        from airflow_unifyweaver.sources.registry import plan_source
        source = {{"type": "sql", "url": {postgresql!r}, "query": {query!r}}}
        job = BatchJob.from_dict({{"name": "x", "source": source, "work": {{"command": "cat"}}}})
        plan = plan_source(job, 1, Path({str(tmp_path / "spool")!r}))
        next(plan.recipes)
        # What getrusage tells begins with the peak of the process that this one was forked from.
        peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
        print(plan.size, int(peak[1]) * 1024)
    """
    done = subprocess.run([sys.executable, "-c", dedent(code)], check=True, capture_output=True, text=True)
    size, memory = map(int, done.stdout.split())
    assert size > 300_000_000
    assert memory < 150_000_000


def test_moments_are_in_utc(read):
    (row,) = read("SELECT now() AS now")
    assert datetime.fromisoformat(row["now"]).utcoffset().total_seconds() == 0
