"""The commands, each declared once: words, options, help and examples. And the quick way to read their words.

Click shows the help and words the mistakes; a complete command line needs no click, which would cost a third
of the whole command. Knows nothing of runs; imports next to nothing.
"""

from __future__ import annotations

from ..config import BY_NAME
from ..options import CHOICE, FLAG, LIST, NUMBER, PATH, SWITCH, TEXT, WHOLE, Option, flags_of, take

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Command:
    """One command.

    Attributes:
        name: as it is typed.
        words: what stands behind it, as shown in the usage line; empty for none.
        help: one sentence, then what else there is to know.
        options: besides `--dir`, which all have.
        examples: lines of a shell that work as they stand.
    """

    __slots__ = ("examples", "help", "name", "options", "words")

    def __init__(
        self,
        name: str,
        words: str,
        help: str,  # noqa: A002 - click's own word for it
        options: tuple[Option, ...] = (),
        examples: tuple[str, ...] = (),
    ) -> None:
        self.name, self.words, self.help = name, words, help
        self.options, self.examples = (DIR, *options), examples


DIR = Option(
    "dir",
    PATH,
    None,
    "Directory of the run; else DVCLIVE_DIR, else what the settings say, else 'dvclive'.",
    metavar="PATH",
)
STEP = Option("step", WHOLE, None, "The step; the run's current one if not given.", metavar="N")
JSON = Option("json", FLAG, False, "Print one JSON object.", flags=("--json",))
QUIET = BY_NAME["quiet"]
OPTIONS_OF_START = (
    "resume",
    "report",
    "save_dvc_exp",
    "dvcyaml",
    "cache_images",
    "exp_name",
    "exp_message",
    "quiet",
)
STATUSES = ("completed", "failed", "interrupted")


def _text(name: str, help: str, metavar: str = "TEXT") -> Option:  # noqa: A002
    return Option(name, TEXT, None, help, metavar=metavar)


_LOOKS = (
    _text("title", "Title of the plot."),
    _text("x_label", "Text at the horizontal axis."),
    _text("y_label", "Text at the vertical axis."),
)
_FILE = "Read them from a CSV, TSV, JSON, JSONL, YAML or TOML file, or - for standard input."

COMMANDS = (
    Command(
        "start",
        "",
        "Begin a run. Other commands do so by themselves; this one takes options.\n\n"
        "The previous run's own files in the directory are removed, as Live does. A run that was never ended "
        "is saved first, as 'abandoned'; with --resume it goes on instead.",
        (
            *(BY_NAME[name] for name in OPTIONS_OF_START),
            BY_NAME["param"],
            BY_NAME["params_file"],
        ),
        (
            "dvclive start",
            "dvclive start --exp-name nightly -P lr=0.1",
            "dvclive start --no-save-dvc-exp --report html",
        ),
    ),
    Command(
        "log-metric",
        "NAME VALUE | NAME=VALUE...",
        "Log a value of a metric, or of several at once.\n\n"
        "VALUE is a number, true, false or a text; - reads it from standard input, and makes a point of each "
        "line, one step after the other. With --file, columns (or keys) are metrics, and 'step' is the step.",
        (
            STEP,
            Option("timestamp", FLAG, False, "Also write the time.", flags=("--timestamp",)),
            Option("plot", SWITCH, True, "Append to the curve; else only the latest value is kept."),
            Option("file", PATH, None, _FILE, metavar="PATH"),
        ),
        (
            "dvclive log-metric loss 0.25",
            "dvclive log-metric train/loss=0.25 acc=0.9 --step 3",
            "du -sk . | cut -f1 | dvclive log-metric size_kb -",
        ),
    ),
    Command(
        "log-param",
        "NAME VALUE | NAME=VALUE...",
        "Log a parameter, or several at once.\n\n"
        "VALUE is a number, true, false, null, a JSON list or object, or a text; - reads it from standard "
        "input.",
        (),
        ("dvclive log-param lr 0.001", "dvclive log-param optimizer=adam layers='[64, 64]'"),
    ),
    Command(
        "log-params",
        "FILE",
        "Log the parameters of a file.\n\nYAML, JSON, JSONL, TOML, CSV or TSV; - reads standard input.",
        (),
        ("echo 'lr: 0.001' > config.yaml; dvclive log-params config.yaml",),
    ),
    Command(
        "log-image",
        "[NAME] PATH",
        "Put a picture into plots/images.\n\nAn earlier one of that NAME goes. "
        "NAME ends in .png, .jpg, .jpeg or .gif; the file's own name serves. PATH - reads standard input.",
        (),
        ("dvclive log-image confusion.png out/matrix.png", "dvclive log-image out/matrix.png"),
    ),
    Command(
        "log-plot",
        "NAME FILE",
        "Make a plot from the rows of a file.\n\n"
        "CSV, TSV, JSON, JSONL, YAML, TOML or npy; - reads standard input.",
        (
            _text("x", "Column of the horizontal axis.", "COLUMN"),
            Option("y", LIST, (), "Column of the vertical axis; may be repeated.", metavar="COLUMN"),
            _text("template", "Template of DVC's plots: linear, simple, scatter, smooth, ...", "NAME"),
            *_LOOKS,
        ),
        ("dvclive log-plot curve points.csv --x time --y temperature --template scatter",),
    ),
    Command(
        "log-sklearn-plot",
        "KIND",
        "Make a scikit-learn plot.\n\nKIND is calibration, confusion_matrix, det, precision_recall or roc.",
        (
            _text("labels", "File of the true classes, one a sample.", "FILE"),
            _text("predictions", "File of as many predicted classes, or scores.", "FILE"),
            _text("file", "One table of both, in place of two files; - reads standard input.", "FILE"),
            _text("label_column", "Its column of true classes.", "COLUMN"),
            _text("prediction_column", "Its column of predictions.", "COLUMN"),
            _text("name", "Name of the plot; KIND if not given.", "NAME"),
            *_LOOKS,
            Option(
                "normalized",
                FLAG,
                False,
                "Show a confusion matrix in parts of each row.",
                flags=("--normalized",),
            ),
            Option("option", LIST, (), "An option of scikit-learn's function.", metavar="NAME=VALUE"),
        ),
        (
            "dvclive log-sklearn-plot roc --labels y.csv --predictions p.csv",
            "dvclive log-sklearn-plot confusion_matrix --file classes.csv --label-column truth "
            "--prediction-column guess",
        ),
    ),
    Command(
        "log-artifact",
        "PATH",
        "Track a file or folder with DVC.\n\nIt is described in dvc.yaml if anything is said about it.",
        (
            _text("type", "model, dataset, ...: models show in the model registry.", "TYPE"),
            _text("name", "Name of the artifact; the path's last part if not given.", "NAME"),
            _text("desc", "A description."),
            Option("label", LIST, (), "A word to find it by; may be repeated.", metavar="WORD"),
            Option("meta", LIST, (), "Anything else about it; may be repeated.", metavar="NAME=VALUE"),
            Option(
                "copy", FLAG, False, "Track a copy in the run's directory instead of PATH.", flags=("--copy",)
            ),
            Option("cache", SWITCH, True, "Store the data with DVC."),
        ),
        (
            "dvclive log-artifact model.bin",
            "dvclive log-artifact model.bin --type model --name demo --label nightly --meta accuracy=0.9",
        ),
    ),
    Command(
        "summary",
        "NAME VALUE | NAME=VALUE...",
        "Set a value of metrics.json alone: no curve, no step.",
        (),
        ("dvclive summary best_acc=0.93", "dvclive summary verdict passed"),
    ),
    Command("next-step", "", "End the current step: the next one begins.", (), ("dvclive next-step",)),
    Command("set-step", "N", "Make N the current step.", (), ("dvclive set-step 100",)),
    Command(
        "end",
        "",
        "End the run and save its experiment.\n\nEverything is written, and the experiment's name printed.",
        (
            Option(
                "status", CHOICE, None, "How it went; completed if not given.", choices=STATUSES, metavar=""
            ),
            Option(
                "exit_code",
                WHOLE,
                None,
                "How it went, as a status of the shell: $?. Not 0: failed.",
                metavar="N",
            ),
            BY_NAME["summary_file"],
            BY_NAME["compare"],
            JSON,
            QUIET,
        ),
        ("dvclive end", "trap 'dvclive end --exit-code $?' EXIT", "dvclive end --status failed --json"),
    ),
    Command(
        "status",
        "",
        "Show the run in the directory.\n\nOpen or ended, its step, latest values and parameters.",
        (JSON,),
        ("dvclive status", "dvclive status --json"),
    ),
    Command(
        "report",
        "[RUN]",
        "Write the report of a run.\n\nRUN is a directory, an experiment or a Git revision; else the run in "
        "the directory, open or ended. The file's path is printed.",
        (
            Option(
                "format",
                CHOICE,
                "html",
                "What kind.",
                choices=("html", "md"),
                metavar="",
            ),
            Option(
                "output",
                TEXT,
                None,
                "The file, - for standard output; else report.html in the run's directory, or the "
                "experiment's name.",
                flags=("--output", "-o"),
                metavar="FILE",
            ),
        ),
        ("dvclive report", "dvclive report --format md", "dvclive report dvclive -o run.html"),
    ),
)  # fmt: skip
BY_COMMAND = {command.name: command for command in COMMANDS}


def scan(command: Command, argv: list[str]) -> tuple[dict[str, Any], list[str]] | None:
    """The options and the words of a complete command line; None where click has to look.

    Options may stand anywhere before `--`; a negative number is a word.
    """
    flags = flags_of(command.options)
    values: dict[str, Any] = {}
    words: list[str] = []
    rest = iter(argv)
    for word in rest:
        if word == "--":
            words += rest
        elif word[:1] != "-" or is_word(word):
            words.append(word)
        elif not take(word, rest, flags, values):
            return None
    for option in command.options:
        value = values.get(option.name)
        if value is None:
            continue
        if option.kind == WHOLE:
            if not value.removeprefix("-").isdecimal():
                return None
            values[option.name] = int(value)
        elif option.kind == NUMBER or (option.kind == CHOICE and value not in option.choices):
            return None
    return (values, words) if bool(words) <= bool(command.words) else None


def is_word(word: str) -> bool:
    """Whether a word that begins with a dash is no option: `-`, or a negative number.

    >>> is_word("-0.5"), is_word("-inf"), is_word("--step")
    (True, True, False)
    """
    rest = word[1:]
    return not rest or rest[0].isdecimal() or rest[0] == "." or rest.lower() in ("inf", "nan", "infinity")
