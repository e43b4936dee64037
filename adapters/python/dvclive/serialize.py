"""Reading and writing the run's YAML and JSON files, for programs that take these functions from here."""

from __future__ import annotations

import os

from .error import DvcLiveError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    StrPath = str | os.PathLike[str]


class YAMLError(DvcLiveError):
    """A YAML file cannot be read."""


class YAMLFileCorruptedError(YAMLError):
    """A YAML file does not parse. `path`: which."""

    def __init__(self, path: StrPath) -> None:
        self.path = path
        super().__init__(f"unable to read: '{path}', YAML file structure is corrupted")


def load_yaml(path: StrPath, typ: str = "safe") -> Any:
    """The content of a YAML file.

    Parameters:
        path: the file.
        typ: "safe" for plain values, "rt" to keep comments.

    Raises:
        YAMLFileCorruptedError: it does not parse.
        OSError: it cannot be read.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError as RuamelError

    with open(path, encoding="utf-8") as file:
        try:
            return YAML(typ=typ, pure=True).load(file)
        except RuamelError as error:
            raise YAMLFileCorruptedError(path) from error


def dump_yaml(content: Any, output_file: StrPath) -> None:
    """Write a YAML file in block style, in the order of `content`; its folder is made if need be."""
    from ruamel.yaml import YAML

    make_dir(output_file)
    yaml = YAML()
    yaml.default_flow_style = False
    with open(output_file, "w", encoding="utf-8") as file:
        yaml.dump(content, file)


def dump_json(content: Any, output_file: StrPath, indent: int = 4, **kwargs: Any) -> None:
    """Write a JSON file with a newline at its end; `kwargs` go to `json.dump`."""
    import json

    make_dir(output_file)
    text = json.dumps(content, indent=indent, **kwargs)
    with open(output_file, "w", encoding="utf-8") as file:
        file.write(f"{text}\n")


def load_json(path: StrPath) -> Any:
    """The content of a JSON file."""
    import json

    with open(path, encoding="utf-8") as file:
        return json.load(file)


def make_dir(output_file: StrPath) -> None:
    """Make the folder that a file is to lie in."""
    os.makedirs(os.path.dirname(os.path.abspath(output_file)), exist_ok=True)
