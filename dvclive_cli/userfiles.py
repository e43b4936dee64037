"""Files that users hand us: settings (`dvclive.toml`, pyproject's `[tool.dvclive]`) and parameter files.

Read-only. The parsers are imported where they are needed: the supervisor looks for settings before it starts the
child, and mostly there are none.
"""

from __future__ import annotations

import os

from .errors import UsageError

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
    table = values.get("tool", {}).get("dvclive")
    return table if isinstance(table, dict) else None


def _parse_toml(data: bytes, path: str) -> dict[str, Any]:
    try:
        import tomllib
    except ImportError:  # Python 3.10
        import tomli as tomllib
    try:
        return tomllib.loads(data.decode())
    except ValueError as error:
        raise UsageError("toml-bad", f"{path}: {error}", "Mend the file; nothing was started.") from None


def read_params_file(path: str) -> object:
    """The content of a YAML, JSON or TOML file of parameters, as plain values.

    Raises:
        UsageError: the file cannot be read or does not parse (says where).
    """
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise UsageError("params-file-bad", f"--params-file {path}: {reason}", "Check the path.") from None
    if path.endswith(".toml"):
        return _parse_toml(data, path)
    from ruamel.yaml import YAML, YAMLError

    yaml = YAML(typ="safe", pure=True)
    try:
        return yaml.load(data.decode())  # JSON is YAML
    except (YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise UsageError(
            "params-file-bad", f"{path}{where}: {problem}", "Mend the file; nothing was started."
        ) from None
