"""A reference to a user's function, resolved where it is called and picklable everywhere."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import pickle
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from airflow_unifyweaver.exceptions import JobError


@dataclass(frozen=True)
class FunctionReference:
    """A function by name.

    :param reference: ``pkg.mod:function`` or ``file.py:function``.
    :param folder: the job's folder. A module there is taken before one of the same name on the Python path, and is
        loaded under a name of its own, so that two jobs may each have their ``work.py`` in one process.
    """

    reference: str
    folder: str

    def __call__(self, *arguments: Any) -> Any:
        """Call the function."""
        return self.resolve()(*arguments)

    def resolve(self) -> Callable[..., Any]:
        """Import and return the function.

        :raises JobError: when there is no such module or function; the message names the nearest one.
        """
        key = (self.folder, self.reference)
        if key not in _resolved:
            _resolved[key] = self._find()
        return _resolved[key]

    def give(self, function: Callable[..., Any]) -> None:
        """Make this a reference to a function that need not be importable, in this process and where it is pickled to.

        :param function: the function; what it uses of its own module goes with it.
        """
        _resolved[self.folder, self.reference] = function
        _given[self.folder, self.reference] = _pickled(function)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle a given function with the reference."""
        content = _given.get((self.folder, self.reference))
        if content is None:
            return FunctionReference, (self.reference, self.folder)
        return _received, (self.reference, self.folder, content)

    def fingerprint(self) -> str:
        """Return a digest of the reference and of the file that the function stands in."""
        try:
            source = inspect.getsourcefile(inspect.unwrap(self.resolve()))
        except TypeError:  # a builtin or a class of the standard library has no file
            source = None
        content = Path(source).read_bytes() if source else b""
        return hashlib.sha256(self.reference.encode() + b"\0" + content).hexdigest()

    def _find(self) -> Callable[..., Any]:
        module_name, _, function_name = self.reference.rpartition(":")
        found: Any = self._module(module_name)
        for part in function_name.split("."):
            if not hasattr(found, part):
                raise JobError(f"{self.reference}: {module_name} has no {part!r}{_nearest(part, found)}")
            found = getattr(found, part)
        if not callable(found):
            raise JobError(f"{self.reference}: this is a {type(found).__name__}, not a function")
        return found  # type: ignore[no-any-return]

    def _module(self, name: str) -> ModuleType:
        if self.folder not in sys.path:
            sys.path.append(self.folder)
        path = Path(self.folder, name if name.endswith(".py") else name + ".py")
        if name.endswith(".py") and not path.is_file():
            raise JobError(f"{self.reference}: there is no file {path}")
        try:
            return _load_file(path) if path.is_file() else importlib.import_module(name)
        except ModuleNotFoundError as error:
            raise JobError(
                f"{self.reference}: no module {error.name!r}, neither on the Python path nor beside the job in "
                f"{self.folder}"
            ) from error
        except Exception as error:
            raise JobError(f"{self.reference}: importing it raised {type(error).__name__}: {error}") from error


_resolved: dict[tuple[str, str], Callable[..., Any]] = {}
_given: dict[tuple[str, str], bytes] = {}


def _pickled(function: Callable[..., Any]) -> bytes:
    """Pickle a function by value, with what it uses of its module: Airflow imports DAG files under names of its own."""
    import cloudpickle

    module = sys.modules[inspect.unwrap(function).__module__]
    cloudpickle.register_pickle_by_value(module)
    try:
        return cloudpickle.dumps(function)  # type: ignore[no-any-return]
    finally:
        cloudpickle.unregister_pickle_by_value(module)


def _received(reference: str, folder: str, content: bytes) -> FunctionReference:
    _resolved[folder, reference] = pickle.loads(content)  # noqa: S301 - the run's own
    _given[folder, reference] = content
    return FunctionReference(reference, folder)


def _load_file(path: Path) -> ModuleType:
    digest = hashlib.sha256(str(path).encode()).hexdigest()[:12]
    name = f"unifyweaver_{path.stem}_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise JobError(f"{path}: this is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _nearest(name: str, holder: object) -> str:
    import difflib

    matches = difflib.get_close_matches(name, dir(holder), n=1)
    return f"; did you mean {matches[0]!r}?" if matches else ""
