"""What runs on each batch."""

from typing import Annotated, Self

from pydantic import Field, Strict, model_validator

from airflow_unifyweaver.job.part import Part, require_one
from airflow_unifyweaver.job.prolog_work import PrologWork
from airflow_unifyweaver.job.reference import FunctionReference
from airflow_unifyweaver.job.values import IN_ORDER, wanted

_ExitCode = Annotated[int, Strict(), Field(ge=0, le=255), wanted("an exit code, a whole number from 0 to 255")]
_ExitCodes = Annotated[
    tuple[_ExitCode, ...], IN_ORDER, Field(min_length=1), wanted("a list of exit codes, whole numbers from 0 to 255")
]


class Work(Part):
    """What runs on each batch: exactly one of a Python function, a bash command, a Prolog predicate."""

    python: FunctionReference | None = Field(
        default=None, description='Function of one batch: "pkg.mod:function" or "file.py:function".'
    )
    command: Annotated[str, Strict(), Field(pattern=r"\S"), wanted("a bash command")] | None = Field(
        default=None,
        description="Bash command; it gets the records as lines on its standard input, and prints results as lines.",
    )
    prolog: PrologWork | None = Field(default=None, description="Prolog predicate.")
    ok_exit_codes: _ExitCodes = Field(default=(0,), description="Exit codes of the command that count as success.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        require_one(self, "python", "command", "prolog")
        if self.command is None and self.ok_exit_codes != (0,):
            raise ValueError("ok_exit_codes goes with command only")
        return self
