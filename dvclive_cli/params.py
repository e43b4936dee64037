"""Parameters and artifacts from the words of a command line: text in, events out.

`--lr 0.1`, `--lr=0.1`, `-b 32` and hydra's `lr=0.1` in the user's own command are what a person would
otherwise log by hand. Nothing here opens a file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable

from .errors import UsageError
from .events import Artifact, Json, Param
from .masks import MASK, hides, mask_text

_SCRIPT = re.compile(r".*\.(?:py|pyc|R|r|jl|js|mjs|ts|sh|rb|pl|lua|m|jar)$")
_PYTHON = re.compile(r"(?:[^=]*/)?(?:python|pypy)[\d.]*$")
_SHELL = re.compile(r"(?:.*/)?(?:ba|da|k|z|fi|a)?sh$")
_LONG = re.compile(r"--([A-Za-z_][\w./-]*)(?:=(.*))?$", re.DOTALL)
_SHORT = re.compile(r"-([A-Za-z])(?:=(.*))?$", re.DOTALL)
_SINGLE = re.compile(r"-([A-Za-z_][\w.-]+)(?:=(.*))?$", re.DOTALL)
_HYDRA = re.compile(r"\+{0,2}([A-Za-z_][\w./@-]*)=(.*)$", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$")
_WORDS: dict[str, Json] = {"true": True, "false": False, "null": None, "none": None}
# Programs whose own options stand before the program that is run: the parameters begin behind the script.
_LAUNCHERS = """accelerate apptainer chrt conda coverage deepspeed docker env gdb hatch horovodrun hyperfine
ipython ionice java julia kernprof mamba micromamba mpiexec mpirun ncu nice node nohup nsys npx numactl pdm
perf perl pipenv pixi podman poetry py-spy R Rscript ruby scalene setsid singularity srun stdbuf strace sudo
taskset time timeout torchrun uv valgrind xvfb-run"""


def value_of(text: str) -> Json:
    """A word as the value a person means: number, true/false, null, JSON list or object, else the text."""
    word = text.strip()
    if word.lower() in _WORDS:
        return _WORDS[word.lower()]
    if _NUMBER.match(word):
        plain = word.replace("_", "")
        try:
            return int(plain) if plain.lstrip("+-").isdigit() else float(plain)
        except ValueError:  # more digits than CPython converts, sys.set_int_max_str_digits
            return text
    if word[:1] in "[{" and word:
        try:
            return json.loads(word)
        except (ValueError, RecursionError):
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
    return Param(name, _masked(name, value))


def _masked(name: str, value: Json) -> Json:
    """The value as JSON can say it, with the secrets in it masked by name, and credentials in URLs."""
    if isinstance(value, dict):
        return {str(key): _masked(str(key), item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_masked(name, item) for item in value]
    if hides(name, value):
        return MASK
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return mask_text(str(value))  # also dates and times, which YAML and TOML know


def flatten_params(values: object, source: str) -> list[Param]:
    """The parameters of a parsed file: one for each key at the top.

    Raises:
        UsageError: the file does not hold a mapping.
    """
    if not isinstance(values, dict):
        raise UsageError(
            "params-file-bad",
            f"{source}: a mapping of names to values is needed",
            "Write lines like `lr: 0.1`.",
        )
    return [_param(str(name), value) for name, value in values.items()]


def command_params(argv: list[str]) -> list[Param]:
    """The options of the user's command as parameters, in order; of one given twice, the last.

    Options of launchers (`python -u`, `torchrun --nproc_per_node 2`) are not the program's and are left out,
    as is everything in the text of `sh -c` and `python -c`. A word after `--name` is its value unless it is
    an option itself; further words join a list only while all are numbers (`--layers 64 64 32`).
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
        option = _LONG.match(word) or _SHORT.match(word) or _SINGLE.match(word)
        if option is None:
            continue
        name, value = option[1], option[2]
        if value is not None:
            found[name] = value_of(value)
            continue
        values = _values_after(words, index, numbers_only=option.re is _SINGLE)
        index += len(values)
        if len(values) == 1:
            found[name] = value_of(values[0])
        elif values:
            found[name] = [value_of(text) for text in values]
        elif option.re is _LONG:
            found[name] = True
    return [_param(name, value) for name, value in found.items()]


def known(typed: Iterable[Param], files: Iterable[Iterable[Param]], told: Iterable[str]) -> list[Param]:
    """The parameters of a run before its program says anything; later ones win, groups are put together.

    Parameters:
        typed: of the program's command line.
        files: of parameter files, as `flatten_params` gives them: names are as they are written there.
        told: `NAME=VALUE`, for our own options; as on the program's, dots make groups.
    """
    found = _merged([nested(typed), *files])
    single = {param.name for param in found if not isinstance(param.value, dict)}
    return _merged([found, nested(map(parse_param, told), single)])


def _merged(sources: Iterable[Iterable[Param]]) -> list[Param]:
    found: dict[str, Json] = {}
    for source in sources:
        for name, value in source:
            found[name] = _joined(found.get(name), value)
    return [Param(name, value) for name, value in found.items()]


def _joined(old: Json, new: Json) -> Json:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return {**old, **{key: _joined(old.get(key), value) for key, value in new.items()}}


def nested(params: Iterable[Param], single: Collection[str] = ()) -> list[Param]:
    """Parameters with dots in their names (`optimizer.lr=0.1`) as groups, as configurations have them.

    A name stays as it is where a group of it would hide another parameter (`optimizer=adam`), one of these or
    of `single`.

    >>> nested([Param("opt.lr", 0.1), Param("opt.name", "sgd"), Param("seed", 1)])
    [Param(name='opt', value={'lr': 0.1, 'name': 'sgd'}), Param(name='seed', value=1)]
    """
    flat = {param.name: param.value for param in params}
    found: dict[str, Json] = {}
    for name, value in flat.items():
        parts = name.split(".")
        groups = {".".join(parts[:count]) for count in range(1, len(parts))}
        if all(parts) and groups and groups.isdisjoint(flat) and groups.isdisjoint(single):
            group = found
            for part in parts[:-1]:
                group = group.setdefault(part, {})
            group[parts[-1]] = value
        else:
            found[name] = value
    return [Param(name, value) for name, value in found.items()]


def _values_after(words: list[str], index: int, *, numbers_only: bool) -> list[str]:
    """The words from `index` on that are values of the option before them."""
    values: list[str] = []
    while index < len(words):
        word = words[index]
        number = _NUMBER.match(word) is not None
        if (word.startswith("-") and not number) or (numbers_only and not number) or word == "--":
            break
        if _HYDRA.match(word):  # `--multirun lr=0.1`, `--cfg-options lr=0.1`: a parameter of its own
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
            if word[1:2] != "-" and "c" in word:
                return []
        return []
    if name in _LAUNCHERS.split():
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
    """The words behind `python`'s script or module; its short options may be joined: `-um pkg`."""
    index = 0
    while index < len(words):
        word = words[index]
        index += 1
        if not word.startswith("-") or word == "-":
            return words[index:]
        if word == "--check-hash-based-pycs":
            index += 1
        if word.startswith("--"):
            continue
        for at, letter in enumerate(word[1:], 2):
            if letter not in "cmWX":
                continue
            value = word[at:]
            if not value:
                value = "".join(words[index : index + 1])
                index += 1
            if letter == "c":
                return []
            if letter == "m":
                return _after_module(value, words[index:])
            break
    return []


def _after_module(module: str, words: list[str]) -> list[str]:
    """The words behind `python -m MODULE`, which may be a launcher itself."""
    if module.startswith(
        ("torch.distributed", "accelerate", "deepspeed", "coverage", "cProfile", "pdb", "kernprof")
    ):
        return _program_words(["torchrun", *words])
    return words


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
