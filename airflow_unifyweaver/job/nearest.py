"""The right name nearest to a wrong one."""

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like this one, or None when none is like it."""
    import difflib  # only who made a mistake waits for it

    by_lower_case = {candidate.lower(): candidate for candidate in known}
    matches = difflib.get_close_matches(name.lower(), by_lower_case, n=1)
    return by_lower_case[matches[0]] if matches else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of a message about a wrong name: the nearest known one, else all of them."""
    names = list(known)
    match = nearest(name, names)
    return f"; did you mean {match}?" if match else f"; known are {', '.join(names)}"
