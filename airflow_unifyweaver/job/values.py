"""The kinds of value that fields share; each says in words what it wants, for whoever wrote something else."""

import os
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, Strict, ValidationError, ValidatorFunctionWrapHandler
from pydantic_core import InitErrorDetails, PydanticCustomError, core_schema


class wanted:  # noqa: N801 - in annotations it reads as a word
    """Reports any value that does not fit as one problem: what the field wants, whichever way the value fails.

    Of a list whose items say themselves what they want, the first that does not fit is the problem.

    It stands for a ``WrapValidator``, of which there is one in most fields, and whose signature pydantic looks into.

    :param description: what would fit, such as ``"a whole number of at least 1"``.
    """

    def __init__(self, description: str) -> None:
        self._description = description

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._check, handler(source))

    def _check(self, value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        try:
            return handler(value)
        except ValidationError as error:
            item = _wrong_item(value, error)
            if item is not None:
                raise ValidationError.from_exception_data("", [item]) from None
            raise PydanticCustomError("wanted", "{wanted}", {"wanted": self._description}) from None


def _wrong_item(value: Any, error: ValidationError) -> InitErrorDetails | None:
    if not isinstance(value, list | tuple):
        return None
    for problem in error.errors(include_url=False):
        index = problem["loc"][-1] if problem["loc"] else None  # before it, the kinds that the value might have been
        if problem["type"] == "wanted" and isinstance(index, int):
            return {
                "type": PydanticCustomError("wanted", "{wanted}", problem["ctx"]),
                "loc": (index,),
                "input": problem["input"],
            }
    return None


def _path_text(value: Any) -> Any:
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def _refuse_set(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        raise ValueError("wanted a list, got a set, which has no order")  # noqa: TRY004 - what pydantic gathers
    return value


IN_ORDER = BeforeValidator(_refuse_set)
"""For lists: pydantic would take a set for one, in whatever order it comes."""

Text = Annotated[str, Strict(), Field(min_length=1), wanted("text that is not empty")]
PathText = Annotated[str, Strict(), Field(min_length=1), BeforeValidator(_path_text), wanted("a path")]
Paths = Annotated[
    PathText | Annotated[tuple[PathText, ...], IN_ORDER, Field(min_length=1)], wanted("a path or a list of paths")
]
VariableName = Annotated[str, Strict(), Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$"), wanted("the name of a variable")]
TextList = Annotated[tuple[Text, ...], IN_ORDER, wanted("a list of texts")]
_POINTER_WANTED = wanted("a JSON pointer such as /data/items, in whose names ~1 means / and ~0 means ~")
Pointer = Annotated[str, Strict(), Field(pattern=r"^(/([^~/]|~[01])*)*$"), _POINTER_WANTED]
Flag = Annotated[bool, Strict(), wanted("true or false")]
Count = Annotated[int, Strict(), Field(ge=0), wanted("a whole number of at least 0")]
PositiveCount = Annotated[int, Strict(), Field(ge=1), wanted("a whole number of at least 1")]
Delay = Annotated[float, Strict(), Field(ge=0, allow_inf_nan=False), wanted("a number of seconds, 0 or more")]
Seconds = Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False), wanted("a number of seconds above 0")]

_Name = Annotated[str, Strict(), Field(pattern=r"^[A-Za-z0-9_-]+$"), wanted("a name of letters, digits, '_' and '-'")]
HeadersFromEnv = dict[_Name, _Name]
HEADERS_FROM_ENV: Any = Field(
    default={}, description="Headers, each with the environment variable that holds its value."
)
"""The field by which secrets come into requests: its names are in the job, its values are not."""
