"""What every part of a job has in common: strict about its fields, frozen, and wrong only in words."""

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, ValidationError, model_serializer

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.messages import explain

ALL_DEFAULTS: Any = {}
"""Default of a field that holds a part. It becomes the part during validation, so that importing builds none."""


class Part(BaseModel):
    """A part of a job.

    :raises JobError: when a field is unknown, missing or wrong; one line a problem.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, defer_build=True)

    if not TYPE_CHECKING:  # a type checker keeps the signature that pydantic gives each model

        def __init__(self, **fields: Any) -> None:
            try:
                super().__init__(**fields)
            except ValidationError as error:
                raise JobError(explain(error, type(self))) from None

        # Tells pydantic not to call this __init__ for parts inside parts: their problems are gathered with the rest.
        __init__.__pydantic_base_init__ = True

    @model_serializer(mode="wrap")
    def _without_empty_fields(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out fields that say nothing; unlike ``exclude_none``, this keeps a None inside a user's own mapping."""
        return {name: value for name, value in handler(self).items() if value not in (None, {}, [])}


def given(part: Part, names: tuple[str, ...]) -> list[str]:
    """Return which of the named optional fields have a value."""
    return [name for name in names if getattr(part, name) is not None]


def require_one(part: Part, *names: str) -> None:
    """Check that exactly one of the named optional fields has a value.

    :raises ValueError: when none or several have; pydantic reports it at the part.
    """
    found = given(part, names)
    if len(found) != 1:
        raise ValueError(f"give exactly one of {', '.join(names)}; got {' and '.join(found) or 'none'}")
