"""The options of `dvclive run`, each declared once, and how they become one frozen `Config`.

Command line > environment (`DVCLIVE_*`) > `[tool.dvclive]` or `dvclive.toml` > default. Values only: reading
files and showing help happen elsewhere. The supervisor imports this before it starts the child, so nothing
here imports more than the interpreter has already loaded.
"""

from __future__ import annotations

from . import env
from .errors import UsageError
from .options import CHOICE, FLAG, LIST, NUMBER, PATH, SWITCH, TEXT, WHOLE, Option, flags_of, take

TYPE_CHECKING = False  # `typing` itself costs the start 10 ms
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

OPTIONS = (
    Option("dir", PATH, "dvclive", "Directory for everything that is recorded.", metavar="PATH"),
    Option("resume", SWITCH, False, "Go on from the last recorded step of the directory."),
    Option(
        "report",
        CHOICE,
        None,
        "Also write a report of the run into the directory.",
        choices=("none", "html", "md", "notebook", "auto"),
    ),
    Option("save_dvc_exp", SWITCH, True, "Save a DVC experiment at the end."),
    Option(
        "dvcyaml", PATH, "dvc.yaml", "Where to describe metrics and plots for DVC, or 'none'.", metavar="PATH"
    ),
    Option("cache_images", SWITCH, False, "Keep images in DVC's cache instead of in Git."),
    Option(
        "exp_name", TEXT, None, "Name of the experiment; a readable one is made up otherwise.", metavar="NAME"
    ),
    Option("exp_message", TEXT, None, "Message of the experiment's commit.", metavar="TEXT"),
    Option(
        "monitor_system", SWITCH, False, "Record CPU, memory, disk and GPU, of the machine and the program."
    ),
    Option(
        "param",
        LIST,
        (),
        "Record a parameter; dots in NAME make groups.",
        flags=("-P", "--param"),
        metavar="NAME=VALUE",
    ),
    Option("params_file", LIST, (), "Record the parameters of a YAML, JSON or TOML file.", metavar="PATH"),
    Option(
        "command_params",
        SWITCH,
        True,
        "Record the options of CMD (--lr 0.1, lr=0.1), and what shims find, as parameters.",
    ),
    Option(
        "artifact",
        LIST,
        (),
        "Track a file or folder with DVC when the program has ended well.",
        metavar="PATH[:type=T,name=N,...]",
    ),
    Option(
        "summary_file",
        PATH,
        None,
        "Append a summary in Markdown, or 'none'; in GitHub Actions to the step's summary.",
        metavar="PATH",
    ),
    Option("compare", TEXT, None, "Compare with this revision or experiment in the summary.", metavar="REV"),
    Option("format", LIST, (), "Read the output as this known format only.", metavar="NAME"),
    Option(
        "pattern",
        LIST,
        (),
        "Also read lines that match: named groups are metrics, 'step' is the step.",
        metavar="REGEX",
    ),
    Option(
        "watch",
        LIST,
        (),
        "Also record the metrics in files that the program writes: CSV, TSV, JSON, TensorBoard events; "
        "others are read as logs. A file, a folder or a quoted glob. What stood there before does not count; "
        "once a file tells something, printed metrics count only if asked for (@dvclive lines, --pattern, "
        "--format).",
        metavar="PATH",
    ),
    Option(
        "names", CHOICE, "clean", "Names of metrics: made tidy, or as printed.", choices=("clean", "as-is")
    ),
    Option(
        "ranks",
        CHOICE,
        "first",
        "Of lines that carry a rank ([rank1]: ...): the first rank's, all by their names, or the mean.",
        choices=("first", "all", "mean"),
    ),
    Option(
        "live_bars",
        NUMBER,
        None,
        "Record progress bars also while they move, this often; their own counter is then the step.",
        metavar="SECONDS",
    ),
    Option(
        "shims",
        TEXT,
        "auto",
        "Have Python programs tell what frameworks compute, with no line changed: all that are known, none, "
        "some by name, or all but some.",
        metavar="auto|none|NAME,...|auto,-NAME",
    ),
    Option(
        "bridge_only",
        SWITCH,
        False,
        "Have trackers that a Python program was written for (aim, clearml, comet_ml, mlflow, neptune, "
        "trackio, wandb) write nothing and need no login: what they are told is in the run. One that is not "
        "installed gets a stand-in.",
    ),
    Option(
        "trust_stdout", SWITCH, False, "Let printed @dvclive lines also log params, images and artifacts."
    ),
    Option("studio_interval", NUMBER, 1.0, "Seconds between two live updates to Studio.", metavar="SECONDS"),
    Option(
        "studio_details",
        CHOICE,
        "auto",
        "Tell Studio why a run failed, with its last output; auto: a server of your own.",
        choices=("auto", "on", "off"),
    ),
    Option("studio_insecure", SWITCH, False, "Send Studio's token over plain http too."),
    Option(
        "tty",
        CHOICE,
        "auto",
        "Give the program a terminal: when ours is one, never, or always.",
        choices=("auto", "never", "always"),
    ),
    Option(
        "drain", NUMBER, 2.0, "Seconds to wait for output of what the program left behind.", metavar="SECONDS"
    ),
    Option("keep_going", SWITCH, False, "When our output is closed, go on instead of closing the program's."),
    Option("kill_after", NUMBER, None, "Kill the program this long after a stop request.", metavar="SECONDS"),
    Option("strict", SWITCH, False, "Exit with 125 if an @dvclive line was bad and the program succeeded."),
    Option(
        "progress",
        SWITCH,
        False,
        "Keep a line below the output that tells how far the program is, how fast, how long it will take, "
        "and the last metrics. Only on a terminal; it makes way for whatever uses the screen.",
    ),
    Option(
        "total",
        WHOLE,
        None,
        "Steps that the run will have, for --progress: where the program counts without saying up to what.",
        metavar="STEPS",
    ),
    Option("quiet", FLAG, False, "Say nothing but errors.", flags=("-q", "--quiet")),
    Option("verbose", FLAG, False, "At the end also say what was done inside the program's Pythons."),
)
SHIMS = (
    *("catboost", "fabric", "fastai", "ignite", "keras", "lightgbm", "lightning", "optuna", "params"),
    *("sb3", "sklearn", "tensorboard", "tensorflow", "transformers", "xgboost"),
    "sklearn-plots",
    *("aim", "clearml", "comet_ml", "mlflow", "neptune", "trackio", "wandb"),  # trackers
)
"""What `--shims` knows by name; beside them auto, for all but ASKED_FOR, and none."""
ASKED_FOR = ("sklearn-plots",)
"""What `auto` leaves out: `auto,sklearn-plots` has it too."""
RECORDED = ("report", "save_dvc_exp", "dvcyaml", "cache_images", "exp_name", "exp_message")
"""Options that run.json keeps: who finishes a run that was lost needs them."""
BY_NAME = {option.name: option for option in OPTIONS}
_BY_FLAG = flags_of(OPTIONS)

_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")


class Config:
    """Everything `dvclive run` was told, checked, with defaults filled in. Frozen; equal by value.

    `told`: names of the options that somebody has set; how a value came about is no part of the value.
    """

    dir: str
    resume: bool
    report: str | None
    save_dvc_exp: bool
    dvcyaml: str | None
    cache_images: bool
    exp_name: str | None
    exp_message: str | None
    monitor_system: bool
    param: tuple[str, ...]
    params_file: tuple[str, ...]
    command_params: bool
    summary_file: str | None
    compare: str | None
    artifact: tuple[str, ...]
    format: tuple[str, ...]
    pattern: tuple[str, ...]
    watch: tuple[str, ...]
    names: str
    ranks: str
    live_bars: float | None
    shims: str
    bridge_only: bool
    trust_stdout: bool
    studio_interval: float
    studio_details: str
    studio_insecure: bool
    tty: str
    drain: float
    keep_going: bool
    kill_after: float | None
    strict: bool
    progress: bool
    total: int | None
    quiet: bool
    verbose: bool
    user_formats: dict[str, Any]
    told: tuple[str, ...]

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.__dict__.update({option.name: option.default for option in OPTIONS}, user_formats={}, told=())
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Config is frozen: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"Config is frozen: {name}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Config) and {**self.__dict__, "told": ()} == {**other.__dict__, "told": ()}

    def __hash__(self) -> int:
        return hash(repr({**self.__dict__, "told": ()}))

    def __repr__(self) -> str:
        return f"Config({self.__dict__!r})"

    def recorded(self) -> dict[str, Any]:
        """The options of `RECORDED` that are not as nobody has said."""
        return {name: value for name in RECORDED if (value := getattr(self, name)) != BY_NAME[name].default}

    def values(self) -> dict[str, Any]:
        """The fields as plain values, to be sent to the recorder; `Config(values)` gives the same Config."""
        return dict(self.__dict__)


def scan(argv: list[str]) -> tuple[dict[str, Any], list[str]] | None:
    """Read plain, complete options and the command behind them; None where click has to look.

    The quick way for well-formed command lines: `--x VALUE`, `--x=VALUE`, `-P VALUE`, `-q`, then `--` or the
    first word of the command. Anything else (help, a typo, a missing value, no command) is left to click,
    which also words the errors.
    """
    values: dict[str, Any] = {}
    command: list[str] = []
    words = iter(argv)
    for word in words:
        if word == "--":
            break
        if not word.startswith("-") or word == "-":
            command.append(word)
            break
        if not take(word, words, _BY_FLAG, values):
            return None
    command += words
    return (values, command) if command else None


def resolve(
    given: Mapping[str, Any],
    environ: Mapping[str, str],
    settings: Mapping[str, Any],
    settings_path: str = "",
) -> Config:
    """Merge the sources into one checked Config.

    Parameters:
        given: what the command line says, by option name.
        environ: the environment; `DVCLIVE_<OPTION>` counts where the command line is silent. Empty is not
            set: CI systems hand over inputs that nobody filled in as empty variables.
        settings: the `[tool.dvclive]` table, or all of `dvclive.toml`; `-` and `_` in keys are the same.
        settings_path: where `settings` was read, for messages.

    Raises:
        UsageError: a value does not fit its option (says which source), or a key in `settings` is unknown.
    """
    from_file = {key.replace("-", "_"): value for key, value in settings.items()}
    formats = _formats(from_file.pop("formats", {}), f"{settings_path}: formats")
    unknown = sorted(set(from_file) - set(BY_NAME))
    if unknown:
        raise UsageError(
            "setting-unknown",
            f"{settings_path}: there is no setting {unknown[0]!r}",
            f"Settings are named like the options: {', '.join(BY_NAME)}.",
        )
    values: dict[str, Any] = {}
    # A run inside a run inherits the outer run's DVCLIVE_DIR: told, not asked.
    inherited = (env.DIR,) if env.FIFO in environ else ()
    for option in OPTIONS:
        if option.name in given:
            raw, source = given[option.name], option.flags[-1]
        elif environ.get(option.variable) and option.variable not in inherited:
            raw, source = environ[option.variable], option.variable
            if option.kind == LIST:
                raw = [line for line in raw.split("\n") if line]
        elif option.name in from_file:
            raw, source = from_file[option.name], f"{settings_path}: {option.name}"
        else:
            continue
        values[option.name] = _check(option, raw, source)
    return Config({**values, "user_formats": formats, "told": tuple(values)})


def studio_options(environ: Mapping[str, str]) -> dict[str, Any]:
    """The options for Studio that the environment sets: for runs that have no command line.

    Raises:
        UsageError: a value does not fit its option.
    """
    known = {option.name: option for option in OPTIONS if option.name.startswith("studio_")}
    told = {name: option.variable for name, option in known.items() if environ.get(option.variable)}
    return {name: _check(known[name], environ[variable], variable) for name, variable in told.items()}


def _check(option: Option, raw: Any, source: str) -> Any:
    """The value as the option's type, or a UsageError that names the source."""
    if option.kind in (SWITCH, FLAG):
        return _boolean(raw, source)
    if option.kind == NUMBER:
        return _seconds(raw, source)
    if option.kind == WHOLE:
        return _whole(raw, source)
    if option.kind == LIST:
        return _texts(raw, source)
    if option.name in ("report", "dvcyaml") and raw in (False, "none", "None", "", None):
        return None
    if option.name == "dvcyaml":
        return _dvcyaml(raw, source)
    if not isinstance(raw, str) or not raw:
        raise UsageError("value-bad", f"{source}: a text is needed, not {raw!r}")
    if option.name == "shims":
        return _shims(raw, source)
    if option.choices and raw not in option.choices:
        raise UsageError("value-bad", f"{source}: {raw!r} is not one of {', '.join(option.choices)}")
    return raw


def _shims(raw: str, source: str) -> str:
    """`none`, names, or `auto` with what it is to leave out, or to have besides."""
    first, *others = names = raw.split(",")
    known: tuple[str, ...] = SHIMS
    if first == "auto":
        names, known = others, (*ASKED_FOR, *(f"-{name}" for name in SHIMS))
    unknown = [name for name in names if name not in known]
    if raw != "none" and unknown:
        raise UsageError(
            "shim-unknown",
            f"{source}: there is no shim {unknown[0]!r}" + (" to leave out" if first == "auto" else ""),
            f"Use auto, none, some of {', '.join(SHIMS)} with commas between them, auto,-NAME, or "
            "auto,sklearn-plots.",
        )
    return raw


def _boolean(raw: Any, source: str) -> bool:
    if isinstance(raw, bool):
        return raw
    text = str(raw).lower()
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise UsageError("value-bad", f"{source}: {raw!r} is neither true nor false", "Use 1 or 0.")


def _seconds(raw: Any, source: str) -> float | None:
    try:
        seconds = -1.0 if isinstance(raw, bool) else float(raw)
    except (TypeError, ValueError):
        seconds = -1.0
    if not 0 <= seconds < 1e9:
        raise UsageError("value-bad", f"{source}: {raw!r} is not a number of seconds", "Use e.g. 2 or 0.5.")
    return seconds


def _whole(raw: Any, source: str) -> int:
    try:
        number = 0 if isinstance(raw, (bool, float)) else int(raw)
    except (TypeError, ValueError):
        number = 0
    if number < 1:
        raise UsageError("value-bad", f"{source}: {raw!r} is not a whole number from 1 on", "Use e.g. 100.")
    return number


def _texts(raw: Any, source: str) -> tuple[str, ...]:
    items: Iterable[Any] = [raw] if isinstance(raw, str) else raw
    if isinstance(raw, dict):  # [tool.dvclive.param] as a table
        items = [f"{key}={value}" for key, value in raw.items()]
    texts = tuple(items) if isinstance(items, (list, tuple)) else (None,)
    if not all(isinstance(text, str) and text for text in texts):
        raise UsageError("value-bad", f"{source}: a list of texts is needed, not {raw!r}")
    return texts


def _formats(raw: Any, source: str) -> dict[str, Any]:
    """The user's own formats, by name: what they mean is for capture to say."""
    if not isinstance(raw, dict) or not all(isinstance(table, dict) for table in raw.values()):
        raise UsageError("value-bad", f"{source}: a table for each format is needed", "Write [formats.NAME].")
    return {str(name): _plain(table) for name, table in raw.items()}


def _plain(value: Any) -> Any:
    """The value as marshal can send it: TOML's dates and times become their texts."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, (str, int, float)) else str(value)


def _dvcyaml(raw: Any, source: str) -> str:
    if raw is True:
        return "dvc.yaml"
    if not isinstance(raw, str) or raw.replace("\\", "/").rsplit("/", 1)[-1] != "dvc.yaml":
        raise UsageError(
            "dvcyaml-name",
            f"{source}: the file must be called dvc.yaml, not {raw!r}",
            "DVC reads no other name; give a path such as sub/dvc.yaml, or 'none' to write none.",
        )
    return raw
