"""The adapters that come along, one file a language: `dvclive adapter LANG` hands them out.

Decides how a language is called and where its file lies; knows nothing of what the files do.
"""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

from ..errors import DvcliveError, UsageError
from ..saying import answered


class Adapter(NamedTuple):
    """`file`: what the program includes. `use`: a first line. `aliases`: what else the language is called."""

    file: str
    use: str
    aliases: tuple[str, ...] = ()


ADAPTERS = {
    "bash": Adapter("dvclive.sh", "source dvclive.sh; dvclive_log_metric loss 0.5", ("sh", "shell")),
    "c": Adapter("dvclive.h", 'dvclive_log_metric("loss", 0.5);', ("h", "c99")),
    "cpp": Adapter("dvclive.hpp", 'dvclive::log_metric("loss", 0.5);', ("c++", "cxx", "hpp")),
    "go": Adapter("dvclive.go", 'dvclive.LogMetric("loss", 0.5)', ("golang",)),
    "java": Adapter("Dvclive.java", 'Dvclive.logMetric("loss", 0.5);', ("jvm",)),
    "julia": Adapter("Dvclive.jl", 'include("Dvclive.jl"); Dvclive.log_metric("loss", 0.5)', ("jl",)),
    "node": Adapter(
        "dvclive.js",
        'require("./dvclive.js").logMetric("loss", 0.5);',
        ("js", "javascript", "nodejs", "typescript", "ts"),
    ),
    "octave": Adapter("dvclive.m", "dvclive.log_metric('loss', 0.5)", ("matlab", "m")),
    "perl": Adapter("Dvclive.pm", "use Dvclive; log_metric(loss => 0.5);", ("pl", "pm")),
    "r": Adapter("dvclive.R", 'source("dvclive.R"); dvclive$log_metric("loss", 0.5)', ("rscript",)),
    "rust": Adapter("dvclive.rs", 'mod dvclive; dvclive::log_metric("loss", 0.5);', ("rs",)),
}

_NAMES = {alias: name for name, adapter in ADAPTERS.items() for alias in (name, *adapter.aliases)}
_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# A wheel has the files below this package (pyproject.toml, force-include); a checkout has them beside it.
_FOLDERS = (os.path.join(_HERE, "adapters"), os.path.join(os.path.dirname(_HERE), "adapters"))


def text_of(language: str) -> str:
    """The file of a language.

    Raises:
        UsageError: there is no adapter for it.
        DvcliveError: the file did not come with this installation.
    """
    name = _NAMES.get(language.lower())
    if name is None:
        raise UsageError(
            "adapter-unknown", f"there is no adapter for {language!r}", _instead(language.lower())
        )
    for folder in _FOLDERS:
        try:
            with open(os.path.join(folder, name, ADAPTERS[name].file), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            continue
    raise DvcliveError(
        "adapter-missing",
        f"{ADAPTERS[name].file} did not come with this installation, in {_FOLDERS[0]}",
        "Install dvclive again.",
    )


def _instead(language: str) -> str:
    if language in ("python", "py", "python3"):
        return "Python needs none: `pip install dvclive`, then `from dvclive import Live`."
    import difflib

    near = difflib.get_close_matches(language, _NAMES, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    return f"{hint}`dvclive adapter` lists all; any language can print the lines of `dvclive help-protocol`."


def table() -> str:
    """What there is, for a person."""
    rows = [("language", "file", "in a program")]
    rows += [(name, adapter.file, adapter.use) for name, adapter in ADAPTERS.items()]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{name:{widths[0]}}  {file:{widths[1]}}  {use}" for name, file, use in rows]
    first = ADAPTERS["c"].file
    return "\n".join(
        [*lines, "", f"`dvclive adapter c > {first}` writes one; its first lines say how it is used.\n"]
    )


def main(language: str | None) -> int:
    """`dvclive adapter` from its word to its exit status."""

    def body() -> None:
        sys.stdout.write(table() if language is None else text_of(language))

    return answered(body)
