"""Directives that write reference pages from the code, so that they cannot fall behind it.

``.. job-fields::`` a table for each model in the job's JSON Schema;
``.. cli-help:: [COMMAND]`` what ``unifyweaver COMMAND --help`` prints;
``.. prolog-directives::`` the directives of jobs in Prolog, with their options;
``.. prolog-sources::`` what sources are called there;
``.. event-payloads::`` the types of events, with what their payloads hold;
``.. public-api::`` every name that ``import airflow_unifyweaver`` offers.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar
from unittest import mock

import pydantic
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PACKAGE = "airflow_unifyweaver"


class JobFields(SphinxDirective):
    """The fields of a job, model by model, with the job itself first."""

    def run(self) -> list[nodes.Node]:
        job = importlib.import_module(PACKAGE).BatchJob
        schema = job.model_json_schema()
        models = {schema["title"]: schema, **schema.get("$defs", {})}
        names = dict.fromkeys([schema["title"], *_mentioned(schema, models)])
        lines = [line for name in names for line in _model_lines(name, models[name])]
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


class CliHelp(SphinxDirective):
    """The help text of the command line or of one of its commands, as printed."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        argv = ["unifyweaver", *self.arguments, "--help"]
        main = importlib.import_module(f"{PACKAGE}.cli").main
        printed = io.StringIO()
        with (
            mock.patch.object(sys, "argv", argv),
            mock.patch.dict(os.environ, COLUMNS="100", NO_COLOR="1"),
            contextlib.redirect_stdout(printed),
            contextlib.suppress(SystemExit),
        ):
            main()
        return [nodes.literal_block(text=printed.getvalue(), language="text")]


class PrologDirectives(SphinxDirective):
    """What each directive of a job in Prolog is for, and its options."""

    def run(self) -> list[nodes.Node]:
        table = importlib.import_module(f"{PACKAGE}.job.prolog.table")
        lines: list[str] = []
        for name, directive in table.DIRECTIVES.items():
            lines += ["", f"``{directive.form}``", f"   {_escaped(directive.meaning)}", ""]
            options = [f"``{option}``" for option in table.options_of(name)]
            if options:
                lines += [f"   Options: {', '.join(options)}.", ""]
        return self.parse_text_to_nodes("\n".join(lines))


class PrologSources(SphinxDirective):
    """What a place is in each type of source, and which of its fields have other names."""

    def run(self) -> list[nodes.Node]:
        table = importlib.import_module(f"{PACKAGE}.job.prolog.table")
        lines = [".. list-table::", "   :header-rows: 1", ""]
        lines += _row(("Type", "Place", "UnifyWeaver's names"))
        for kind, field in table.SOURCE_TYPES.items():
            names = [f"``{name}`` is ``{meant}``" for name, meant in table.ALIASES.get(kind, {}).items()]
            lines += _row((f"``{kind}``", f"``{field}``", ", ".join(names)))
        return self.parse_text_to_nodes("\n".join(lines))


class EventPayloads(SphinxDirective):
    """What each type of event says, and the fields of its payload."""

    def run(self) -> list[nodes.Node]:
        payloads = importlib.import_module(f"{PACKAGE}.events.payloads").PAYLOADS
        lines: list[str] = []
        for event_type, payload in payloads.items():
            schema = pydantic.TypeAdapter(payload).json_schema()
            lines += ["", f"``{event_type}``", f"   {_escaped(schema['description'])}", ""]
            lines += [f"   {line}" if line else "" for line in _payload_lines(schema)]
        return self.parse_text_to_nodes("\n".join(lines))


class PublicApi(SphinxDirective):
    """Each public name of the package, documented by its docstring."""

    _kinds: ClassVar[dict[bool, str]] = {True: "autoclass", False: "autofunction"}

    def run(self) -> list[nodes.Node]:
        package = importlib.import_module(PACKAGE)
        lines: list[str] = []
        for name in package.__all__:
            kind = self._kinds[isinstance(getattr(package, name), type)]
            lines += [f".. {kind}:: {PACKAGE}.{name}", ""]
        return self.parse_text_to_nodes("\n".join(lines))


def _payload_lines(schema: dict[str, Any]) -> Iterator[str]:
    if not schema["properties"]:
        yield from ("The payload is empty.", "")
        return
    yield from (".. list-table::", "   :header-rows: 1", "   :widths: 25 15 60", "")
    yield from _row(("Payload", "Type", "Meaning"))
    for name, field in schema["properties"].items():
        optional = "" if name in schema.get("required", []) else ", optional"
        yield from _row((f"``{name}``", _type(field) + optional, _escaped(field["description"])))
    yield ""


def _mentioned(model: dict[str, Any], models: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Name the models that a model refers to, in the order of its fields, each followed by those that it refers to."""
    fields = [{**field, "discriminator": None} for field in model.get("properties", {}).values()]
    for name in re.findall(r"#/\$defs/(\w+)", repr(fields)):
        yield name
        yield from _mentioned(models[name], models)


def _model_lines(title: str, model: dict[str, Any]) -> Iterator[str]:
    description = model.get("description", "").partition("\n\n:")[0]
    yield from ("", f".. _job-{title.lower()}:", "", title, "-" * len(title), "", description, "")
    if "enum" in model:
        yield from (", ".join(f"``{value}``" for value in model["enum"]), "")
    if properties := model.get("properties"):
        yield from (".. list-table::", "   :header-rows: 1", "   :widths: 20 25 15 40", "")
        yield from _row(("Field", "Type", "Default", "Meaning"))
        required = model.get("required", [])
        for name, field in properties.items():
            default = "required" if name in required else _literal(field.get("default"))
            meaning = _escaped(field.get("description", ""))
            yield from _row((f"``{name}``", _type(field), default, meaning))
        yield ""


def _escaped(text: str) -> str:
    """Make plain text safe to stand in reST, unless it has marked up literals itself."""
    return text if "``" in text else re.sub(r"([*|`]|_(?=\W|$))", r"\\\1", text)


def _row(cells: tuple[str, ...]) -> Iterator[str]:
    for number, cell in enumerate(cells):
        lead = "   * -" if number == 0 else "     -"
        first, *rest = cell.splitlines() or [""]
        yield f"{lead} {first}"
        yield from (f"       {line}" for line in rest)


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return f"``{str(value).lower()}``"
    return "" if value is None or value in ({}, []) else f"``{value}``"


def _type(field: dict[str, Any]) -> str:
    """Name the type of a field: a link to its model, a list of what it may be, or a JSON type."""
    if "$ref" in field:
        return _model_link(field["$ref"])
    for key in ("anyOf", "oneOf", "allOf"):
        if key in field:
            return " or ".join(dict.fromkeys(_type(choice) for choice in field[key] if choice.get("type") != "null"))
    if "const" in field:
        return f"``{field['const']}``"
    if "enum" in field:
        return " or ".join(f"``{value}``" for value in field["enum"])
    return _json_type(field)


def _json_type(field: dict[str, Any]) -> str:
    name: str = field.get("type", "any value")
    if name == "array" and "items" in field:
        return f"list of {_type(field['items'])}"
    if name == "object" and isinstance(field.get("additionalProperties"), dict):
        return f"map to {_type(field['additionalProperties'])}"
    return {"array": "list", "object": "map", "boolean": "true or false"}.get(name, name)


def _model_link(reference: str) -> str:
    title = reference.rsplit("/", 1)[-1]
    return f":ref:`{title} <job-{title.lower()}>`"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives with Sphinx."""
    app.add_directive("job-fields", JobFields)
    app.add_directive("cli-help", CliHelp)
    app.add_directive("event-payloads", EventPayloads)
    app.add_directive("prolog-directives", PrologDirectives)
    app.add_directive("prolog-sources", PrologSources)
    app.add_directive("public-api", PublicApi)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
