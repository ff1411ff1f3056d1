import pytest

from airflow_unifyweaver.sources.pointed_value import value_at

DOCUMENT = {"foo": ["bar", "baz"], "": 0, "a/b": 1, "m~n": 8, " ": 7, "0": {"01": 2}, "~1": 3}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", DOCUMENT),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/m~0n", 8),
        ("/ ", 7),
        ("/0/01", 2),
        ("/~01", 3),
    ],
)
def test_the_examples_of_the_rfc(pointer, value):
    assert value_at(DOCUMENT, pointer) == value


@pytest.mark.parametrize(
    "pointer", ["/bar", "/foo/2", "/foo/-", "/foo/00", "/foo/-1", "/foo/x", "/foo/0/0", "/a/b", "/foo/²"]
)
def test_nothing_is_there(pointer):
    with pytest.raises(LookupError):
        value_at(DOCUMENT, pointer)
