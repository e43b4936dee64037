"""Parameters and artifacts from the words of a command line: text in, events out.

`--lr 0.1`, `--lr=0.1`, `-b 32` and hydra's `lr=0.1` in the user's own command are what a person would otherwise
log by hand. Nothing here opens a file.
"""

from __future__ import annotations

import json
import re

from .errors import UsageError
from .events import Artifact, Json, Param
from .masks import is_secret, mask_text

_SCRIPT = re.compile(r".*\.(?:py|pyc|R|r|jl|js|mjs|ts|sh|rb|pl|lua|m|jar)$")
_PYTHON = re.compile(r"(?:.*/)?(?:python|pypy)[\d.]*$")
_SHELL = re.compile(r"(?:.*/)?(?:ba|da|k|z|fi|a)?sh$")
_LONG = re.compile(r"--([A-Za-z_][\w./-]*)(?:=(.*))?$", re.DOTALL)
_SHORT = re.compile(r"-([A-Za-z])$")
_SINGLE = re.compile(r"-([A-Za-z_][\w.-]+)(?:=(.*))?$", re.DOTALL)
_HYDRA = re.compile(r"\+{0,2}([A-Za-z_][\w./@-]*)=(.*)$", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$")
_WORDS: dict[str, Json] = {"true": True, "false": False, "null": None, "none": None}
# Programs whose own options stand before the program that is run: the parameters begin behind the script.
_LAUNCHERS = frozenset(
    "accelerate deepspeed env hyperfine ipython ionice java julia mpiexec mpirun nice node nohup npx perl pipenv poetry "
    "R Rscript ruby srun stdbuf taskset time timeout torchrun uv xvfb-run".split()
)


def value_of(text: str) -> Json:
    """A word as the value a person means: int, float, true/false, null, JSON list or object, else the text."""
    word = text.strip()
    if word.lower() in _WORDS:
        return _WORDS[word.lower()]
    if _NUMBER.match(word):
        plain = word.replace("_", "")
        return int(plain) if plain.lstrip("+-").isdigit() else float(plain)
    if word[:1] in "[{" and word:
        try:
            return json.loads(word)
        except ValueError:
            return text
    return text


def parse_param(text: str, source: str = "--param") -> Param:
    """`NAME=VALUE` as a parameter.

    Raises:
        UsageError: there is no `=`, or nothing before it.
    """
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise UsageError("param-bad", f"{source}: {text!r} is not NAME=VALUE", "Write e.g. -P lr=0.1")
    return _param(name.strip(), value_of(value))


def _param(name: str, value: Json) -> Param:
    if is_secret(name):
        return Param(name, "***")
    return Param(name, mask_text(value) if isinstance(value, str) else value)


def flatten_params(values: object, source: str) -> list[Param]:
    """The parameters of a parsed file: one for each key at the top.

    Raises:
        UsageError: the file does not hold a mapping.
    """
    if not isinstance(values, dict):
        raise UsageError(
            "params-file-bad", f"{source}: a mapping of names to values is needed", "Write lines like `lr: 0.1`."
        )
    return [_param(str(name), _masked(value)) for name, value in values.items()]


def _masked(value: Json) -> Json:
    """Nested values with the secrets in them masked by name."""
    if isinstance(value, dict):
        return {key: "***" if is_secret(str(key)) else _masked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return value


def command_params(argv: list[str]) -> list[Param]:
    """The options of the user's command as parameters, in order; of one given twice, the last.

    Options of launchers (`python -u`, `torchrun --nproc_per_node 2`) are not the program's and are left out, as
    is everything in the text of `sh -c` and `python -c`. A word after `--name` is its value unless it is an
    option itself; further words join a list only while all are numbers (`--layers 64 64 32`).
    """
    words = _program_words(argv)
    found: dict[str, Json] = {}
    index = 0
    while index < len(words):
        word = words[index]
        index += 1
        if word == "--":
            break
        if match := _HYDRA.match(word):
            found[match[1]] = value_of(match[2])
            continue
        match = _LONG.match(word)
        single = None if match else _SHORT.match(word) or _SINGLE.match(word)
        if match is None and single is None:
            continue
        name, value = (match or single)[1], None  # type: ignore[index]
        if (match or single).re.groups == 2:  # type: ignore[union-attr]
            value = (match or single)[2]  # type: ignore[index]
        if value is not None:
            found[name] = value_of(value)
            continue
        values = _values_after(words, index, numbers_only=single is not None and len(name) > 1)
        index += len(values)
        if len(values) == 1:
            found[name] = value_of(values[0])
        elif values:
            found[name] = [value_of(text) for text in values]
        elif match:
            found[name] = True
    return [_param(name, value) for name, value in found.items()]


def _values_after(words: list[str], index: int, *, numbers_only: bool) -> list[str]:
    """The words from `index` on that are values of the option before them."""
    values: list[str] = []
    while index < len(words):
        word = words[index]
        number = _NUMBER.match(word) is not None
        if (word.startswith("-") and not number) or (numbers_only and not number) or word == "--":
            break
        if values and not (number and _NUMBER.match(values[-1])):
            break
        values.append(word)
        index += 1
    return values


def _program_words(argv: list[str]) -> list[str]:
    """The words behind the program itself: past interpreters, launchers and their options."""
    name = argv[0].rsplit("/", 1)[-1]
    if _PYTHON.match(argv[0]):
        return _after_python(argv[1:])
    if _SHELL.match(argv[0]):
        for index, word in enumerate(argv[1:], 1):
            if not word.startswith("-"):
                return argv[index + 1 :]
            if "c" in word.lstrip("-"):
                return []
        return []
    if name in _LAUNCHERS:
        for index, word in enumerate(argv[1:], 1):
            if _PYTHON.match(word):
                return _after_python(argv[index + 1 :])
            if _SCRIPT.match(word):
                return argv[index + 1 :]
            if word == "-m" and index + 1 < len(argv):
                return argv[index + 2 :]
        return []
    return argv[1:]


def _after_python(words: list[str]) -> list[str]:
    """The words behind `python`'s script or module."""
    index = 0
    while index < len(words):
        word = words[index]
        if word == "-m":
            rest = words[index + 2 :]
            if words[index + 1 : index + 2] and words[index + 1].startswith(("torch.distributed", "accelerate")):
                return _program_words(["torchrun", *rest])
            return rest
        if word == "-c":
            return []
        if word in ("-W", "-X", "--check-hash-based-pycs"):
            index += 2
            continue
        if not word.startswith("-") or word == "-":
            return words[index + 1 :]
        index += 1
    return []


def parse_artifact(text: str) -> Artifact:
    """`PATH[:type=T,name=N,desc=D,label=L,copy=true,cache=false]` as an artifact.

    Raises:
        UsageError: an unknown key, or no path.
    """
    path, colon, settings = text.rpartition(":")
    if not colon or "=" not in settings:
        path, settings = text, ""
    fields: dict[str, Json] = {}
    for item in filter(None, settings.split(",")):
        key, equals, value = item.partition("=")
        if key == "label" and equals:
            fields["labels"] = (*fields.get("labels", ()), value)
        elif key in ("type", "name", "desc") and equals:
            fields[key] = value
        elif key in ("copy", "cache") and value.lower() in ("true", "false"):
            fields[key] = value.lower() == "true"
        else:
            raise UsageError(
                "artifact-bad",
                f"--artifact: {item!r} is not one of type=, name=, desc=, label=, copy=true, cache=false",
                "Write e.g. --artifact model.pt:type=model,name=resnet",
            )
    if not path:
        raise UsageError("artifact-bad", f"--artifact: {text!r} names no file", "Give the path first.")
    return Artifact(path, **fields)
