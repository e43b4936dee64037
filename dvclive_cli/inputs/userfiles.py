"""Files that users hand us: settings (`dvclive.toml`, pyproject's `[tool.dvclive]`) and parameter files.

Read-only. The parsers are imported where they are needed: the supervisor looks for settings before it starts
the child, and mostly there are none.
"""

from __future__ import annotations

import os
import sys

from ..errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def read_settings(start: str) -> tuple[dict[str, Any], str]:
    """The nearest settings from `start` upwards, to the top of the Git repository, and their file's path.

    `dvclive.toml` wins over a `pyproject.toml` with a `[tool.dvclive]` table in the same folder.

    Raises:
        UsageError: the file is not TOML (says where).
    """
    folder = os.path.abspath(start)
    while True:
        for name in ("dvclive.toml", "pyproject.toml"):
            path = os.path.join(folder, name)
            table = _settings_in(path, whole=name == "dvclive.toml")
            if table is not None:
                return table, path
        parent = os.path.dirname(folder)
        if parent == folder or os.path.exists(os.path.join(folder, ".git")):
            return {}, ""
        folder = parent


def _settings_in(path: str, *, whole: bool) -> dict[str, Any] | None:
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return None
    if not whole and b"dvclive" not in data:  # most projects: spares the parser's import
        return None
    values = _parse_toml(data, path)
    if whole:
        return values
    tool = values.get("tool")
    table = tool.get("dvclive") if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else None


def _parse_toml(data: bytes, path: str) -> dict[str, Any]:
    from importlib import import_module

    parser: Any = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        values: dict[str, Any] = parser.loads(
            data.decode("utf-8-sig")
        )  # editors on Windows put a mark in front
        return values
    except ValueError as error:
        raise UsageError("toml-bad", f"{path}: {error}", "Mend the file; nothing was started.") from None


def read_params_file(path: str) -> object:
    """The content of a YAML, JSON or TOML file of parameters, as plain values.

    Raises:
        UsageError: the file cannot be read or does not parse (says where).
    """
    return parse(_read_plain(path), os.path.splitext(path)[1], path, "params-file-bad")


def parse(data: bytes, suffix: str, source: str, slug: str = "file-bad") -> object:
    """What the text of a file says, as plain values: TOML for .toml, JSON for .json, else YAML.

    Raises:
        UsageError `slug`: it does not parse (says where in `source`).
    """
    if suffix == ".toml":
        return _parse_toml(data, source)
    try:
        return _parse_json(data) if suffix == ".json" else _parse_yaml(data)
    except RecursionError:
        reason, where = "nested too deeply", ""
    except ValueError as error:  # UnicodeDecodeError, and the parsers' own
        reason, where = str(error), ""
        if len(error.args) == 3 and isinstance(error.args[1], int):
            reason, where = str(error.args[0]), f":{error.args[1]}:{error.args[2]}"
    raise UsageError(slug, f"{source}{where}: {reason}", "Mend the file; nothing was started.")


def _read_plain(path: str) -> bytes:
    """The content of a plain file: it is read before the program starts and again when it is recorded."""
    import stat

    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return file.read()
            reason = "not a plain file"
    except OSError as error:
        reason = os.strerror(error.errno or 0)
    raise UsageError("params-file-bad", f"--params-file {path}: {reason}", "Check the path.")


def _parse_json(data: bytes) -> object:
    """JSON's own parser: YAML's refuses tabs. Errors as `ValueError(reason, line, column)`."""
    import json

    try:
        return json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise ValueError(error.msg, error.lineno, error.colno) from None


def _parse_yaml(data: bytes) -> object:
    """YAML 1.2, as DVC reads it. Errors as `ValueError(reason, line, column)`."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=True).load(data.decode())
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = str(getattr(error, "problem", None) or error).partition("\n")[0]
        raise ValueError(*((problem, mark.line + 1, mark.column + 1) if mark else (problem,))) from None
