"""YAML, as far as a job needs it: plain values only, no key twice, and errors that say where."""

from typing import Any

import yaml

from airflow_unifyweaver.exceptions import JobError


class _DistinctKeys(yaml.constructor.SafeConstructor):
    """Refuses a key that is given twice, where YAML's own rule of the last one winning hides a mistake."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            name = (key.tag, key.value) if isinstance(key, yaml.ScalarNode) else id(key)
            if name in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} is given twice", key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


class _Loader(_DistinctKeys, yaml.SafeLoader):
    """Written in Python: says best what is wrong."""


# Written in C where PyYAML has it: a job takes 0.5 ms and not 3, which adds up over a folder at every DAG parse.
# A text nested some 30,000 deep overflows its stack and kills the process, so it is given only texts that cannot be.
_FAST_UP_TO = 8_000
_FastLoader: Any = type("_FastLoader", (_DistinctKeys, getattr(yaml, "CSafeLoader", yaml.SafeLoader)), {})


def parse_yaml(text: str) -> Any:
    """Return the one value that a YAML text holds, None for an empty text.

    :raises JobError: when the text is not YAML; the message gives line and column.
    """
    try:
        # Both loaders are safe ones by inheritance.
        return yaml.load(text, _FastLoader if len(text) <= _FAST_UP_TO else _Loader)  # noqa: S506
    except (yaml.YAMLError, ValueError):
        return _parse_slowly(text)


def _parse_slowly(text: str) -> Any:
    try:
        return yaml.load(text, _Loader)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        raise JobError(_explain(error, text)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise JobError(f"not valid YAML at line {line}: the character {error.character:#x} is not allowed") from None
    except ValueError as error:  # a date such as 2024-13-01
        raise JobError(f"not valid YAML: {error}") from None


def _explain(error: yaml.MarkedYAMLError, text: str) -> str:
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return f"not valid YAML: {error.problem}"
    return f"not valid YAML at line {mark.line + 1}, column {mark.column + 1}: {error.problem}{_hint(error, text)}"


def _hint(error: yaml.MarkedYAMLError, text: str) -> str:
    mark = error.context_mark or error.problem_mark
    start = text[mark.index :] if mark else ""
    if start.startswith(("*", "&", "@", "%", "`", "{{")):
        return "; put quotes around a value that starts with *, &, @, %, ` or {{"
    return ""
