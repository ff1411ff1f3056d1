"""What happens when a batch fails: how often it is tried, and how many may fail for good."""

import re
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict

from airflow_unifyweaver.job.part import Part
from airflow_unifyweaver.job.values import Count, Delay, PositiveCount, wanted


def _check_percentage(budget: int | str) -> int | str:
    if isinstance(budget, str) and not (re.fullmatch(r"\d+(\.\d+)?%", budget, re.ASCII) and _fraction(budget) <= 1):
        raise ValueError("no percentage from 0% to 100%")
    return budget


def _fraction(percentage: str) -> Fraction:
    return Fraction(percentage.removesuffix("%")) / 100


Budget = Annotated[
    Count | Annotated[str, Strict(), AfterValidator(_check_percentage)],
    wanted('a whole number of at least 0, or a percentage from "0%" to "100%"'),
]


def _check_multiple(timeout: str) -> str:
    if not (re.fullmatch(r"\d+(\.\d+)?x", timeout, re.ASCII) and float(timeout.removesuffix("x")) > 1):
        raise ValueError("no multiple")
    return timeout


Timeout = Annotated[
    Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False)]
    | Annotated[str, Strict(), AfterValidator(_check_multiple)],
    wanted('a number of seconds above 0, or a multiple of the median above 1 such as "20x"'),
]


class Retry(Part):
    """How often a batch is tried, and the waits in between."""

    max_attempts: PositiveCount = Field(default=3, description="How often a batch is tried before it fails for good.")
    backoff: Literal["exponential", "linear", "constant"] = Field(
        default="exponential", description="How the wait grows from one attempt to the next."
    )
    delay: Delay = Field(default=1.0, description="Wait before the second attempt, in seconds.")
    timeout: Timeout | None = Field(
        default=None,
        description="Longest time that one attempt may take: seconds, or a multiple of the median of the attempts "
        'before it, such as "20x".',
    )

    @property
    def timeout_seconds(self) -> float | None:
        """The timeout, when it is one in seconds."""
        return None if isinstance(self.timeout, str) else self.timeout

    @property
    def timeout_factor(self) -> float | None:
        """How many times the median an attempt may take, when the timeout is such a multiple."""
        return float(self.timeout.removesuffix("x")) if isinstance(self.timeout, str) else None


class Failure(Part):
    """How many batches may fail for good, and what is kept of them."""

    budget: Budget | None = Field(
        default=None,
        description='How many batches may fail, in whole or in some records: a count, or a share such as "2%". '
        "If it is not given, none may without a quarantine, and any number with one. With batch.adaptive, whose "
        "number of batches is not known beforehand, a share is one of the source.",
    )
    quarantine: Literal["none", "batch", "record"] = Field(
        default="none", description="What is set aside to look at later: nothing, failed batches, or failed records."
    )

    @property
    def is_share(self) -> bool:
        """Whether the budget is a share, and not a count."""
        return isinstance(self.budget, str)

    def allowed_failures(self, batches: int) -> int:
        """Return how many of so many batches may fail, a share being rounded down."""
        if self.budget is None:
            return 0 if self.quarantine == "none" else batches
        return int(_fraction(self.budget) * batches) if isinstance(self.budget, str) else self.budget
