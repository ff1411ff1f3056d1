"""The names of all fields of a job, and which part each belongs to: what messages about wrong names are made of."""

from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel

Location = tuple[int | str, ...]
Model = type[BaseModel]
_WORDS_OF_PYDANTIC = frozenset({"[key]", "[function]", "[kafka]", "[name]", "[prolog]", "[rabbitmq]", "[webhook]"})


def models_in(annotation: Any) -> list[Model]:
    """Return the models that a field's annotation is made of: none for a plain value, several for a union."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in models_in(argument)]


def kind(model: Model) -> str | None:
    """Return the one value of a model's ``type``, which tells the models of a union apart."""
    field = model.model_fields.get("type")
    return str(field.default) if field else None


def resolve(root: Model, location: Location) -> tuple[list[str], list[Model]]:
    """Follow pydantic's location of a problem into the models.

    :return: the path as a user writes it, without pydantic's own words for branches of unions, and the models that
        the place may hold.
    """
    path: list[str] = []
    models = [root]
    for step in location:
        branch = [model for model in models if len(models) > 1 and kind(model) == step]
        if branch:
            models = branch
        elif step not in _WORDS_OF_PYDANTIC:
            path.append(_shown(step))
            models = [found for model in models for found in _models_at(model, step)]
    return path, models


def _shown(step: int | str) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return step if step and step.isprintable() else repr(step)


def _models_at(model: Model, step: int | str) -> list[Model]:
    field = model.model_fields.get(str(step))
    return models_in(field.annotation) if field else [model]  # an item of a list or mapping that holds the model


@cache
def owners(root: Model) -> dict[str, list[str]]:
    """Return every field name of a job, each with the parts that have a field of that name, outermost first."""
    found: dict[str, list[str]] = {}
    for place, name in _fields(root, ""):
        places = found.setdefault(name, [])
        if place not in places:
            places.append(place)
    return found


def _fields(model: Model, place: str) -> Iterator[tuple[str, str]]:
    for name in model.model_fields:
        yield place, name
    for name, field in model.model_fields.items():
        for inner in models_in(field.annotation):
            yield from _fields(inner, f"{place}.{name}".lstrip("."))
