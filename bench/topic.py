"""A topic: the cases of one page."""

from __future__ import annotations

from dataclasses import dataclass

from bench.case import Case


@dataclass(frozen=True)
class Topic:
    """Cases that belong together.

    :param name: what it is called on the command line, and its page's file.
    :param title: of the page.
    :param about: what is common to the cases.
    :param cases: in the order of the page.
    """

    name: str
    title: str
    about: str
    cases: tuple[Case, ...]
