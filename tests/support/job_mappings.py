"""Right jobs of all kinds, as the mappings that job files hold."""

from hypothesis import strategies as st

from airflow_unifyweaver.job.aggregation import REDUCES

text = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
paths = text | st.lists(text, min_size=1, max_size=3)
references = st.sampled_from(["pkg.mod:function", "jobs/work.py:count"])
positive = st.integers(1, 10**12)
characters = st.characters(codec="utf-8", exclude_characters="\r\n;'")
booleans = st.booleans()
json_values = st.recursive(
    st.none() | booleans | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=5,
)


def options(**fields):
    return st.fixed_dictionaries({}, optional=fields)


texts = st.fixed_dictionaries(
    {"type": st.just("text"), "path": paths}, optional={"encoding": st.sampled_from(["utf-8", "latin-1", "UTF-16"])}
)
csvs = st.fixed_dictionaries(
    {"type": st.just("csv"), "path": paths},
    optional={
        "delimiter": characters.filter(lambda character: character not in "\"'"),
        "quotechar": st.sampled_from(["'", "", None]),
        "header": booleans | st.lists(text, min_size=1, unique=True),
    },
)
https = st.builds(
    lambda place, options: {"type": "http", **place, **options},
    st.sampled_from(
        [
            {"urls": "urls.txt", "encoding": "latin-1"},
            {"urls": ["https://a.example/1", "http://b.example:8080/é?x=1"], "parallel_requests": 3},
            {"url": "https://a.example/{{page}}", "paginated": True, "pages": 7, "first_page": 0},
            {"url": "https://a.example/?o={{offset}}", "paginated": True, "page_size": 10, "parallel_pages": 2},
            {"url": "https://a.example/?c={{cursor}}", "paginated": True, "next_page": "/next", "records": ""},
            {"url": "https://a.example/{{ ds }}", "paginated": True, "next_page": "link", "records": "/a/0"},
        ]
    ),
    options(
        rate_limit=st.floats(0.1, 1000),
        request_timeout=st.floats(0.1, 1000),
        request_attempts=positive,
        max_response_bytes=positive,
        headers_from_env=st.just({"Authorization": "API_TOKEN"}),
    ),
)
names = (
    st.sampled_from(
        ["count", "line", "null", "true", "of_lists", "+", "-", "'", "a b", "[]", "{}", "Name", "m:p", "a/b"]
    )
    | text
)
programs = {"file": text}
limits = {"stack_limit": positive}


def predicates(*arities):
    return st.builds("{}/{}".format, names.filter(lambda name: "\n" not in name), st.sampled_from(arities))


prologs = st.fixed_dictionaries(
    programs | {"predicate": predicates(0, 1, 2, 10, 999)},
    optional=limits
    | {
        "mode": st.sampled_from(["row", "rel", None]),
        "source": predicates(1, 3) | st.none(),
        "columns": st.lists(text, min_size=1, max_size=3),
        "result": st.lists(positive, min_size=1, max_size=3),
        "time_limit": st.floats(0.1, 1000) | positive,
    },
)
reducers = st.fixed_dictionaries(
    programs | {"predicate": predicates(3)},
    optional=limits | {"merges": st.sampled_from(["values", "pairs", "batches"])},
)
handlers = st.fixed_dictionaries(programs | {"predicate": predicates(1)}, optional=limits)


def in_prolog(values):
    return values.map(lambda value: {"prolog": value})


jobs = st.fixed_dictionaries(
    {
        "name": st.from_regex(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,9}", fullmatch=True),
        "source": texts | csvs | https,
        "work": st.fixed_dictionaries({"python": references})
        | in_prolog(prologs)
        | st.fixed_dictionaries(
            {"command": st.just("wc -l")}, optional={"ok_exit_codes": st.lists(st.integers(0, 255), min_size=1)}
        ),
    },
    optional={
        "batch": options(batch_size=positive) | options(batch_bytes=positive),
        "parallel": options(
            backend=st.sampled_from(["auto", "sequential", "bash_fork", "gnu_parallel"]),
            workers=positive | st.just("auto"),
            preserve_order=booleans,
            map_tasks=st.integers(1, 1024) | st.just("auto"),
            strict=booleans,
            prices=st.sampled_from(
                [{"currency": "EUR", "worker_hour": 0.5}, {"currency": "$", "worker_hour": {"dask": 1}, "start": 0.1}]
            ),
            gnu_parallel=options(options=st.just(["--nice", "10"])),
            dask=options(scheduler=st.just("distributed"), address=text) | options(scheduler=st.just("threads")),
            spark=options(
                master=st.sampled_from(["local[2]", "yarn", "spark://one:7077,two:7077"]),
                num_executors=positive,
                packages=st.lists(text),
            ),
            hadoop_streaming=options(hadoop_opts=st.just(["-D", "a=b"])),
        ),
        "retry": options(
            max_attempts=positive,
            backoff=st.sampled_from(["linear", "constant"]),
            delay=st.floats(0, 9),
            timeout=positive,
        ),
        "failure": options(budget=st.integers(0) | st.sampled_from(["0%", "2%", "12.5%", "100%"])),
        "aggregation": st.sampled_from(["concat", "set_union"])
        | options(reduce=st.sampled_from(REDUCES) | references | in_prolog(reducers), by_key=booleans),
        "output": st.fixed_dictionaries({"path": text.map(lambda name: f"out/{name}.csv")})
        | st.fixed_dictionaries({"path": text, "format": st.sampled_from(["csv", "jsonl"])}),
        "on_event": st.dictionaries(
            st.sampled_from(["batch_ready", "backend_degraded"]), st.lists(references | in_prolog(handlers), max_size=2)
        ),
        "dag": st.dictionaries(text, json_values, max_size=3),
    },
)
