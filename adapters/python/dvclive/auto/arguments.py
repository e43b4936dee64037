"""What the program was told on its command line and in its configuration, as parameters.

Each reader takes a call that the boot has kept (its PARSERS) and gives values by name, those that were not
given with their defaults. Names are as they were typed, where `dvclive run` has read them too. Decides also
what is no parameter: functions, open files as such. What may be a secret is left out by the recorder.
"""

from __future__ import annotations

import inspect
import sys

from .. import frameworks
from . import joined
from .beside import Joined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

_logged: dict[str, Any] = {}  # by attribute, where that is not how it is written


def log(
    is_own_file: Callable[[str], bool],
    name: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    result: Any,
) -> None:
    """Log what a parser found, if the program called it for itself.

    Parameters:
        is_own_file: whether a file is the program's own.
        name: of the parser's module.
        args, kwargs: of the call.
        result: what it gave; None for a call that runs the program.
    """
    if joined.channel(claim=False) is None:
        return
    call = _Call(is_own_file, args, kwargs, result)
    found = READERS[name](call)
    way = joined.channel(claim=False)  # a launcher parses arguments too, and trains nothing
    told = {call.written.get(key, _typed(key)): value for key, value in plain(found).items()}
    if told and way is not None:
        Joined(way).log_params(frameworks.described(told))
        _logged.update({key: value for key, value in found.items() if key not in told})


def _typed(name: str) -> str:
    """A name with dashes, where the command line has it so: some parsers take both."""
    dashed = name.replace("_", "-")
    words = {word.partition("=")[0] for word in sys.argv[1:]}
    return dashed if f"--{dashed}" in words and f"--{name}" not in words else name


def is_logged(name: str, value: Any) -> bool:
    """Whether an argument is logged as it is written on the command line: `learning_rate` as `learning-rate`.

    Parameters:
        name: its attribute of the namespace.
        value: a tracker is told it again, by this name.
    """
    return name in _logged and bool(_logged[name] == value)


def plain(values: Mapping[Any, Any]) -> dict[str, Any]:
    """Values without functions, also those in groups; an open file is its name."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        name = str(key)
        if hasattr(value, "read") and isinstance(getattr(value, "name", None), str):
            value = value.name
        if callable(value) and not hasattr(value, "__dataclass_fields__"):
            continue
        fields = _fields(value)
        found[name] = value if fields is None else plain(fields)
    return found


def _fields(value: Any) -> dict[Any, Any] | None:
    """What a group of values has, by name; None for what is no group."""
    if isinstance(value, dict):
        return value
    for method in ("to_dict", "as_dict"):  # ml_collections, jsonargparse
        if callable(getattr(value, method, None)):
            return dict(getattr(value, method)())
    if hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        return {name: getattr(value, name) for name in value.__dataclass_fields__ if hasattr(value, name)}
    return None


class _Call:
    """A call of a parser.

    Attributes:
        args, kwargs, result: as they were.
        written: by attribute, how an option is written on a command line, where the reader knows.
    """

    def __init__(
        self, is_own_file: Callable[[str], bool], args: tuple[Any, ...], kwargs: dict[str, Any], result: Any
    ) -> None:
        self._is_own_file = is_own_file
        self.args, self.kwargs, self.result = args, kwargs, result
        self.written: dict[str, str] = {}

    def write(self, attribute: str | None, options: Iterable[str]) -> None:
        """Remember how an option is written, given its spellings."""
        long = [text[2:] for text in options if text.startswith("--")]
        if long and attribute and long[0].replace("-", "_").split(".")[-1] == attribute.split(".")[-1]:
            self.written[attribute] = long[0]

    def argument(self, at: int, name: str) -> Any:
        """One that was given by its place or by its name; None if it was not."""
        return self.args[at] if len(self.args) > at else self.kwargs.get(name)

    def is_own(self, thing: Any) -> bool:
        """Whether a function, class or module is the program's own."""
        while hasattr(thing, "func") or hasattr(thing, "__wrapped__"):  # a partial, a decorated one
            thing = getattr(thing, "func", None) or thing.__wrapped__
        code = getattr(getattr(thing, "__func__", thing), "__code__", None)
        if code is None and not hasattr(thing, "__file__"):
            thing = sys.modules.get(getattr(thing, "__module__", None) or type(thing).__module__)
        file = code.co_filename if code is not None else getattr(thing, "__file__", None)
        return file is None or self._is_own_file(file)


def _argparse(call: _Call) -> dict[str, Any]:
    """Argparse, and what is built upon it: HfArgumentParser, simple-parsing."""
    _read_parser(call, call.args[0])
    call.result.pop("subgroups", None)  # simple-parsing's own
    return dict(call.result)


def _jsonargparse(call: _Call) -> dict[str, Any]:
    """jsonargparse, also for Lightning's CLI; a subcommand's group counts as if there were no subcommand."""
    values = {name: value for name, value in vars(call.result).items() if name not in ("__path__", "config")}
    chosen = _fields(values.get(values.get("subcommand") or ""))
    if chosen is not None:
        del values[values["subcommand"]]
        chosen.pop("config", None)
    return {**values, **(chosen or {})}


def _read_parser(call: _Call, parser: Any) -> None:
    for action in parser._actions:
        call.write(action.dest, action.option_strings)
        if isinstance(action.choices, dict):
            for choice in action.choices.values():
                if hasattr(choice, "_actions"):  # a subcommand's parser
                    _read_parser(call, choice)


def _click(call: _Call) -> dict[str, Any]:
    """A command of click or typer that is about to run."""
    command, context = call.args[:2]
    if command.callback is None or not call.is_own(command.callback):
        return {}
    for param in command.params:
        call.write(param.name, param.opts)
    hidden = {param.name for param in command.params if getattr(param, "hide_input", False)}
    return {name: value for name, value in context.params.items() if name not in hidden}


def _fire(call: _Call) -> dict[str, Any]:
    """A function that Fire is about to call."""
    from fire import core, decorators

    component, words = call.args[:2]
    if not call.is_own(component):
        return {}
    function = component.__call__ if call.kwargs.get("treatment") == "callable" else component
    try:
        (given, named), *_ = core._MakeParseFn(function, decorators.GetMetadata(component))(words)
        bound = inspect.signature(function).bind(*given, **named)
    except Exception:  # for Fire itself to say
        return {}
    bound.apply_defaults()
    values: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        kind = bound.signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_KEYWORD:
            values.update(value)
        elif value or kind is not inspect.Parameter.VAR_POSITIONAL:
            values[name] = value
    return values


def _absl(call: _Call) -> dict[str, Any]:
    """Flags that the program's own modules define."""
    values = {}
    for module, flags in call.args[0].flags_by_module_dict().items():
        known = sys.modules.get(module)
        if known is None or call.is_own(known):
            values.update({flag.name: flag.value for flag in flags})
    return values


def _hydra(call: _Call) -> dict[str, Any]:
    """The configuration of a job as it was composed, without Hydra's own."""
    from omegaconf import OmegaConf

    config, task = call.kwargs.get("config"), call.kwargs.get("task_function")
    if config is None:
        config = call.args[1]
    if task is not None and not call.is_own(task):
        return {}
    if not OmegaConf.is_missing(config.hydra.job, "num"):  # one of several jobs: each is a run
        words = [str(word) for word in config.hydra.overrides.task]
        if not joined.next_run({"exp_message": " ".join(words)} if words else {}):
            return {}
    return {str(key): _resolved(OmegaConf, config, key) for key in config if key != "hydra"}


def _resolved(omegaconf: Any, config: Any, key: Any) -> Any:
    """A value with what it refers to; as it is written, where that cannot be known."""
    for resolve in (True, False):
        try:
            value = config[key] if resolve else config._get_node(key)
            return omegaconf.to_container(value, resolve=resolve) if omegaconf.is_config(value) else value
        except Exception:  # noqa: S112 - a value that is missing, or a resolver's: the program's to say
            continue
    return None


def _omegaconf(call: _Call) -> dict[str, Any]:
    """A configuration that the program puts together, e.g. of a file and the command line."""
    from omegaconf import OmegaConf

    if not OmegaConf.is_dict(call.result):
        return {}
    return {str(key): _resolved(OmegaConf, call.result, key) for key in call.result}


def _tyro(call: _Call) -> dict[str, Any]:
    """What tyro is about to call: the program's function or class, with all its arguments."""
    begins = call.result[0]
    if call.kwargs.get("field_name_prefix") or not hasattr(begins, "keywords"):
        return {}
    return dict(begins.keywords) if call.is_own(begins.func) else {}


def _docopt(call: _Call) -> dict[str, Any]:
    """The options of a usage text; their values are texts, and numbers if they look so."""
    return {name.lstrip("-"): _number(value) for name, value in call.result.items() if name.startswith("--")}


def _number(text: Any) -> Any:
    for kind in (int, float):
        try:
            return kind(text) if isinstance(text, str) else text
        except ValueError:
            continue
    return text


READERS: dict[str, Callable[[_Call], dict[str, Any]]] = {
    "absl.flags._flagvalues": _absl,
    "argparse": _argparse,
    "click.core": _click,
    "docopt": _docopt,
    "fire.core": _fire,
    "hydra._internal.callbacks": _hydra,
    "jsonargparse._core": _jsonargparse,
    "omegaconf.omegaconf": _omegaconf,
    "typer._click.core": _click,
    "tyro._calling": _tyro,
}
"""By the module of a parser, how its calls are read."""
