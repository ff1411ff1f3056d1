"""Prolog in a job: a predicate that runs on batches, one that merges their results, one that hears of events."""

from typing import Annotated, Literal

from pydantic import Field, Strict

from airflow_unifyweaver.job.part import Part
from airflow_unifyweaver.job.values import IN_ORDER, PathText, PositiveCount, Seconds, Text, wanted

_INDICATOR_WANTED = wanted("a predicate as name/arity, such as count_errors/1")
Indicator = Annotated[str, Strict(), Field(pattern=r"^[^\n]+/(0|[1-9][0-9]{0,2})$"), _INDICATOR_WANTED]
_Ternary = Annotated[
    str, Strict(), Field(pattern=r"^[^\n]+/3$"), wanted("a predicate of two results and what they make, as name/3")
]
_Unary = Annotated[str, Strict(), Field(pattern=r"^[^\n]+/1$"), wanted("a predicate of one event, as name/1")]
_Arguments = Annotated[
    tuple[Annotated[PositiveCount, wanted("the number of an argument, the first being 1")], ...],
    IN_ORDER,
    Field(min_length=1),
    wanted("a list of argument numbers, the first being 1"),
]
_Columns = Annotated[
    tuple[Annotated[Text, wanted("a column's name")], ...],
    IN_ORDER,
    Field(min_length=1),
    wanted("a list of column names"),
]
_STACK_LIMIT = 1_000_000_000


class PrologProgram(Part):
    """A Prolog program, which SWI-Prolog runs."""

    file: PathText = Field(description="File of the program; what it loads from its own folder belongs to it.")
    stack_limit: PositiveCount = Field(
        default=_STACK_LIMIT, description="Most bytes that its stacks may take; more is an error of the batch."
    )


class PrologWork(PrologProgram):
    """A predicate that runs on each batch."""

    predicate: Indicator = Field(
        description="The predicate as name/arity. Every solution is a result; of arity 0, every line it prints."
    )
    mode: Literal["row", "rel"] | None = Field(
        default=None,
        description="row: call it for each record, which its first arguments are; rel: make the records facts of "
        "source, and call it once a batch. By default rel if it makes use of source, else row.",
    )
    source: Indicator | None = Field(
        default=None,
        description="The predicate whose facts the records are in mode rel; by default the one that the program "
        "declares by dynamic_source or source.",
    )
    columns: _Columns | None = Field(
        default=None,
        description="Columns of a record that become arguments, in this order; by default all, and of a json source "
        "the whole record as one argument.",
    )
    result: _Arguments | None = Field(
        default=None,
        description="Numbers of the arguments that make a result; by default all that the record does not give, or "
        "all where it gives them all. One argument is a value, several are a list.",
    )
    time_limit: Seconds | None = Field(
        default=None, description="Longest that one call may take, in seconds; more is an error of the batch."
    )


class ReducerPredicate(PrologProgram):
    """A predicate of two results and what they make."""

    predicate: _Ternary = Field(description="The predicate as name/3; it must be associative.")
    merges: Literal["values", "pairs", "batches"] = Field(
        default="values",
        description="What it is given. values: two results, or by key two values of a key; pairs: by key two results "
        "such as word(Key, Value), whole; batches: two lists of results.",
    )


class PrologReducer(Part):
    """A reducer in Prolog."""

    prolog: ReducerPredicate = Field(description="The predicate that merges results.")


class HandlerPredicate(PrologProgram):
    """A predicate that is called with events."""

    predicate: _Unary = Field(description="The predicate as name/1.")


class PrologHandler(Part):
    """An event handler in Prolog."""

    prolog: HandlerPredicate = Field(description="The predicate that is called with each event.")
