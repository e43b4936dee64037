"""The options of `dvclive run`: the quick reader agrees with click, and the sources win in their order."""

from __future__ import annotations

import marshal
import os
from typing import Any

import click
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dvclive_cli import config
from dvclive_cli.cli import programs
from dvclive_cli.config import OPTIONS, Config
from dvclive_cli.errors import UsageError
from dvclive_cli.options import CHOICE, FLAG, LIST, NUMBER, PATH, SWITCH, TEXT, WHOLE, Option

# --- the quick reader and click ---------------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
VALUES = {
    TEXT: TEXTS,
    PATH: TEXTS,
    LIST: TEXTS,
    NUMBER: st.sampled_from(["0", "2", "0.5", ".5", "1e3", " 7 ", "1_0"]),
    WHOLE: st.sampled_from(["1", "20", " 7 ", "1_0"]),
}


@st.composite
def words(draw: st.DrawFn, option: Option) -> list[str]:
    """One option as a person may write it."""
    flag = draw(st.sampled_from(option.flags))
    if option.kind == FLAG:
        return [flag]
    if option.kind == SWITCH:
        return [draw(st.sampled_from([flag, option.off_flag]))]
    value = draw(st.sampled_from(option.choices) if option.kind == CHOICE else VALUES[option.kind])
    if flag.startswith("--") and draw(st.booleans()):
        return [f"{flag}={value}"]
    return [flag, value]


COMMANDS = st.one_of(
    st.lists(TEXTS, min_size=1, max_size=4).map(lambda command: ["--", *command]),
    st.lists(TEXTS, min_size=1, max_size=4).filter(
        lambda command: command[0][:1] != "-" or command[0] == "-"
    ),
)
LINES = st.tuples(st.lists(st.sampled_from(OPTIONS).flatmap(words), max_size=6), COMMANDS).map(
    lambda parts: [*(word for option in parts[0] for word in option), *parts[1]]
)


def by_click(argv: list[str]) -> tuple[dict[str, Any], list[str]]:
    """What click hands to our `run` for the same words."""
    with programs.run.make_context("dvclive run", list(argv), resilient_parsing=False) as context:
        given = {key: value for key, value in context.params.items() if value not in (None, ())}
        return given, list(given.pop("command"))


@given(LINES)
@example(["--", "--"])
@example(["--dir", "--", "x"])
@example(["--drain=0", "-q", "--quiet", "-", "a"])
@example(["--exp-name", "", ""])
@example(["-P", "-x=1", "-P", "--", "--", "-P"])
@example(["cmd", "--dir", "elsewhere"])
def test_scan_reads_what_click_reads(argv: list[str]) -> None:
    """Every complete command line means the same to the quick reader and to click."""
    quick = config.scan(argv)
    assert quick is not None
    given, command = by_click(argv)
    assert quick[1] == command
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in quick[0].items()}
    numbers = {option.name: {NUMBER: float, WHOLE: int}.get(option.kind) for option in OPTIONS}
    assert {key: (numbers[key] or (lambda same: same))(value) for key, value in values.items()} == given


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["--"],
        ["--help"],
        ["-h", "--", "x"],
        ["--unknown", "--", "x"],
        ["--unknown=1", "x"],
        ["--dir"],
        ["--resume=1", "x"],
        ["--no-quiet", "x"],
        ["-Plr=1", "x"],
        ["-P=lr=1", "x"],
        ["-qP", "lr=1", "x"],
        ["--di", "x", "y"],
        ["-q"],
    ],
)
def test_scan_leaves_the_rest_to_click(argv: list[str]) -> None:
    """Help, mistakes, missing values and joined short options are click's to word or to read."""
    assert config.scan(argv) is None


def test_joined_short_options_work_by_way_of_click() -> None:
    assert by_click(["-qPlr=1", "x"]) == ({"quiet": True, "param": ("lr=1",)}, ["x"])


@pytest.mark.parametrize("argv", [["--unknown", "--", "x"], ["--dir"], ["--"], ["--report", "pdf", "x"]])
def test_click_refuses_what_is_wrong(argv: list[str]) -> None:
    with pytest.raises(click.UsageError):
        by_click(argv)


def test_scan_does_not_change_its_argument() -> None:
    argv = ["-P", "a=1", "--", "x"]
    config.scan(argv)
    assert argv == ["-P", "a=1", "--", "x"]


# --- the sources and their order --------------------------------------------------------------------------

# For each option three values that differ from each other and, but for switches, from the default.
SAMPLES: dict[str, tuple[Any, Any, Any]] = {
    **{option.name: ("a", "b", "c") for option in OPTIONS if option.kind in (TEXT, PATH)},
    **{option.name: ("5", "6", 7.0) for option in OPTIONS if option.kind == NUMBER},
    **{option.name: ("5", "6", 7) for option in OPTIONS if option.kind == WHOLE},
    **{option.name: (["a=1"], "b=2", ["c=3"]) for option in OPTIONS if option.kind == LIST},
    "dvcyaml": ("a/dvc.yaml", "b/dvc.yaml", "c/dvc.yaml"),
    "report": ("html", "md", "notebook"),
    "names": ("as-is", "clean", "as-is"),
    "shims": ("auto,-keras", "keras", "xgboost,sklearn"),
    "ranks": ("all", "mean", "first"),
    "studio_details": ("on", "off", "auto"),
    "tty": ("never", "always", "auto"),
}


def as_value(option: Option, raw: Any) -> Any:
    if option.kind == NUMBER:
        return float(raw)
    if option.kind == WHOLE:
        return int(raw)
    if option.kind == LIST:
        return (raw,) if isinstance(raw, str) else tuple(raw)
    return raw


@pytest.mark.parametrize("option", [o for o in OPTIONS if o.kind not in (SWITCH, FLAG)], ids=lambda o: o.name)
def test_command_line_before_environment_before_file_before_default(option: Option) -> None:
    given, variable, setting = SAMPLES[option.name]
    sources: list[tuple[dict[str, Any], dict[str, str], dict[str, Any], Any]] = [
        ({option.name: given}, {option.variable: variable}, {option.name: setting}, given),
        ({}, {option.variable: variable}, {option.name: setting}, variable),
        ({}, {}, {option.name: setting}, setting),
    ]
    for command_line, environ, settings, expected in sources:
        resolved = config.resolve(command_line, environ, settings, "dvclive.toml")
        assert getattr(resolved, option.name) == as_value(option, expected)
        assert resolved == Config({**Config({}).values(), option.name: as_value(option, expected)})
    assert getattr(config.resolve({}, {}, {}), option.name) == option.default


@pytest.mark.parametrize("option", [o for o in OPTIONS if o.kind in (SWITCH, FLAG)], ids=lambda o: o.name)
@pytest.mark.parametrize("on", [True, False])
def test_switches_have_the_same_order(option: Option, on: bool) -> None:
    word = {True: "1", False: "0"}
    assert getattr(config.resolve({option.name: on}, {option.variable: word[not on]}, {}), option.name) is on
    assert getattr(config.resolve({}, {option.variable: word[on]}, {option.name: not on}), option.name) is on
    assert getattr(config.resolve({}, {}, {option.name.replace("_", "-"): on}), option.name) is on
    assert getattr(config.resolve({}, {}, {}), option.name) is option.default


@pytest.mark.parametrize(
    ("text", "on"),
    [("1", True), ("TRUE", True), ("yes", True), ("on", True), ("0", False), ("no", False), ("Off", False)],
)
def test_words_for_true_and_false(text: str, on: bool) -> None:
    assert config.resolve({}, {"DVCLIVE_RESUME": text}, {}).resume is on


def test_an_empty_variable_is_not_set() -> None:
    """CI systems hand over inputs that nobody filled in as empty variables."""
    environ = {option.variable: "" for option in OPTIONS}
    assert config.resolve({}, environ, {}) == Config({})
    assert config.resolve({}, environ, {"report": "md"}).report == "md"


def test_lists_in_variables_have_one_item_a_line() -> None:
    assert config.resolve({}, {"DVCLIVE_PATTERN": "a b\n\nc\n"}, {}).pattern == ("a b", "c")


def test_params_may_be_a_table_in_a_file() -> None:
    settings = {"param": {"lr": 0.1, "deep": True}}
    assert config.resolve({}, {}, settings).param == ("lr=0.1", "deep=True")


@pytest.mark.parametrize("word", ["none", "None", False])
@pytest.mark.parametrize("name", ["report", "dvcyaml"])
def test_none_switches_a_file_off(name: str, word: Any) -> None:
    assert getattr(config.resolve({}, {}, {name: word}), name) is None


def test_dvcyaml_true_means_the_usual_file() -> None:
    assert config.resolve({}, {}, {"dvcyaml": True}).dvcyaml == "dvc.yaml"


def test_a_run_inside_a_run_does_not_inherit_the_directory() -> None:
    """DVCLIVE_DIR tells a supervised program where its run is; a run that it starts may be another."""
    environ = {"DVCLIVE_DIR": "/outer", "DVCLIVE_FIFO": "/tmp/x/fifo"}
    assert config.resolve({}, environ, {}).dir == "dvclive"
    del environ["DVCLIVE_FIFO"]
    assert config.resolve({}, environ, {}).dir == "/outer"


BAD: dict[str, list[Any]] = {
    SWITCH: ["maybe", "2", [], 2],
    FLAG: ["maybe"],
    NUMBER: ["soon", "-1", "nan", "inf", "1e9", [], True, None],
    WHOLE: ["soon", "-1", "0", "1.5", 2.5, [], True, None],
    CHOICE: ["other", 3, []],
    TEXT: [3, [], True],
    PATH: [3, []],
    LIST: [3, [1], [""], [[]], True],
}


@pytest.mark.parametrize(("option", "raw"), [(o, raw) for o in OPTIONS for raw in BAD[o.kind]])
def test_every_error_names_its_source(option: Option, raw: Any) -> None:
    """A value that does not fit is refused, with the place it came from and exit status 2."""
    for told, environ, settings, source in (
        ({option.name: raw}, {}, {}, option.flags[-1]),
        ({}, {option.variable: raw}, {}, option.variable),
        ({}, {}, {option.name: raw}, f"some/dvclive.toml: {option.name}"),
    ):
        if environ and not isinstance(raw, str):
            continue
        if environ and option.kind == LIST:
            continue  # any text is a list
        with pytest.raises(UsageError) as caught:
            config.resolve(told, environ, settings, "some/dvclive.toml")  # type: ignore[arg-type]
        assert caught.value.fact.startswith(f"{source}: ")
        assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", ["other.yaml", "dvc.yml", "", "dvc.yaml/x", "xdvc.yaml"])
def test_dvcyaml_has_to_be_called_so(name: str) -> None:
    if not name:
        assert config.resolve({"dvcyaml": name}, {}, {}).dvcyaml is None
        return
    with pytest.raises(UsageError, match=r"--dvcyaml.*dvcyaml-name"):
        config.resolve({"dvcyaml": name}, {}, {})


def test_unknown_settings_are_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"x\.toml: there is no setting 'exp_nam'.*exp_name"):
        config.resolve({}, {}, {"exp-nam": "a"}, "x.toml")


@pytest.mark.parametrize("formats", [3, [], "x", {"mine": 3}])
def test_formats_have_to_be_tables(formats: Any) -> None:
    with pytest.raises(UsageError, match=r"x\.toml: formats"):
        config.resolve({}, {}, {"formats": formats}, "x.toml")


# --- the result -------------------------------------------------------------------------------------------


def test_config_is_frozen_and_equal_by_value() -> None:
    one, other = Config({"dir": "x"}), Config({"dir": "x"})
    assert one == other
    assert hash(one) == hash(other)
    assert one != Config({"dir": "y"})
    with pytest.raises(AttributeError):
        one.dir = "y"
    with pytest.raises(AttributeError):
        del one.dir
    assert one.dir == "x"


def test_config_travels_to_the_recorder_as_plain_values() -> None:
    """Also what TOML knows and marshal does not: dates in a user's format."""
    import datetime

    settings = {"formats": {"mine": {"since": datetime.date(2024, 1, 2), "points": [1, 2.5, True, "x"]}}}
    sent = config.resolve({"param": ["é\udcff=1"]}, {}, settings)
    assert Config(marshal.loads(marshal.dumps(sent.values()))) == sent
    assert sent.user_formats["mine"]["points"] == [1, 2.5, True, "x"]


def test_every_option_has_its_field_flag_and_help() -> None:
    """The annotations of Config are the options, no more, no less."""
    assert set(Config.__annotations__) == {*config.BY_NAME, "user_formats", "told"}
    flags = [flag for option in OPTIONS for flag in option.flags]
    flags += [option.off_flag for option in OPTIONS if option.kind == SWITCH]
    assert len(flags) == len(set(flags))
    assert all(option.help for option in OPTIONS)


def test_importing_config_costs_nothing_more() -> None:
    """The supervisor imports it before it starts the child."""
    import subprocess
    import sys

    program = (
        "import os, sys; old = set(sys.modules); import dvclive_cli.config; print(*set(sys.modules) - old)"
    )
    root = os.path.dirname(os.path.dirname(os.path.abspath(config.__file__)))
    shown = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env={"PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert set(shown.split()) <= {
        "__future__",
        "dvclive_cli",
        "dvclive_cli.config",
        "dvclive_cli.options",
        "dvclive_cli.env",
        "dvclive_cli.errors",
    }
