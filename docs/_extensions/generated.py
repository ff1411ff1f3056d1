"""Directives that write reference pages from the code, so that they cannot fall behind it.

``.. job-fields::`` a table for each model in the job's JSON Schema;
``.. cli-help:: [COMMAND]`` what ``unifyweaver COMMAND --help`` prints;
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
        lines = [line for title, model in models.items() for line in _model_lines(title, model)]
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


def _model_lines(title: str, model: dict[str, Any]) -> Iterator[str]:
    yield from ("", f".. _job-{title.lower()}:", "", title, "-" * len(title), "", model.get("description", ""), "")
    if "enum" in model:
        yield from (", ".join(f"``{value}``" for value in model["enum"]), "")
    if properties := model.get("properties"):
        yield from (".. list-table::", "   :header-rows: 1", "   :widths: 20 25 15 40", "")
        yield from _row(("Field", "Type", "Default", "Meaning"))
        required = model.get("required", [])
        for name, field in properties.items():
            default = "required" if name in required else _literal(field.get("default"))
            yield from _row((f"``{name}``", _type(field), default, _escaped(field.get("description", ""))))
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
    return "" if value is None or value == {} else f"``{value}``"


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
    app.add_directive("public-api", PublicApi)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
