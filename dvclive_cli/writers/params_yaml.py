"""params.yaml: the hyperparameters, block style, in the order they were logged."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from typing import Any

from dvclive_cli.errors import DvcliveError
from dvclive_cli.events import Json

WIDTH = 1 << 16  # long texts stay on one line


def render(params: Mapping[str, Json]) -> str:
    """The file's text."""
    yaml = _yaml()
    out = StringIO()
    yaml.dump(dict(params), out)
    return out.getvalue()


def check(name: str, value: Json) -> None:
    """Raise DvcliveError `param-type` for a value that YAML cannot say."""
    if isinstance(value, (str, int, float, type(None))):  # all that most runs have; no import for them
        return
    from ruamel.yaml.error import YAMLError

    try:
        render({name: value})
    except (YAMLError, TypeError, ValueError, RecursionError) as error:
        reason = str(error).split("\n", 1)[0][:200]
        raise DvcliveError(
            "param-type",
            f"Parameter {name!r} cannot be written to params.yaml: {reason}",
            "Log numbers, texts, booleans, lists and dicts of these.",
        ) from None


def parse(text: str) -> dict[str, Json]:
    """Back from the text. Raises ValueError."""
    from ruamel.yaml.error import YAMLError

    try:
        data = _yaml().load(text)
    except YAMLError as error:
        raise ValueError(str(error)) from None
    if not isinstance(data, (dict, type(None))):
        raise ValueError("params.yaml does not hold a mapping")
    return {str(key): value for key, value in (data or {}).items()}


def _yaml() -> Any:
    from ruamel.yaml import YAML  # 23 ms: only where there are params
    from ruamel.yaml.representer import SafeRepresenter

    class Representer(SafeRepresenter):
        """Quotes what is not printable: ruamel 0.18 writes a bare U+0085, and reads it back as a space."""

        def represent_str(self, data: Any) -> Any:
            style = None if data.isprintable() else '"'
            return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)

    Representer.add_representer(str, Representer.represent_str)
    yaml = YAML(typ="safe", pure=True)
    yaml.Representer = Representer
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment] # ruamel annotates None
    yaml.width = WIDTH
    return yaml
