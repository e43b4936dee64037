"""`dvclive parse` and `dvclive formats` on real logs: the whole command, as a user calls it."""

import json
import os
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CORPUS = os.path.join(HERE, "data", "capture", "corpus")
ENV = {
    **{key: value for key, value in os.environ.items() if not key.startswith("DVCLIVE_")},
    "PYTHONPATH": os.pathsep.join([os.path.dirname(HERE), *filter(None, [os.environ.get("PYTHONPATH")])]),
}


def dvclive(*args, cwd=None, stdin=b"", code=0):
    done = subprocess.run(
        [sys.executable, "-m", "dvclive_cli", *args], cwd=cwd, env=ENV, input=stdin, capture_output=True
    )
    assert done.returncode == code, done.stderr.decode()
    return (done.stdout if code == 0 else done.stderr).decode()


def log(case, stream="stdout"):
    return os.path.join(CORPUS, case, f"{stream}.log")


def wanted(case):
    with open(os.path.join(CORPUS, case, "case.json")) as file:
        return sum(len(s["points"]) for s in json.load(file)["series"] if s.get("required", True))


def test_the_table_names_each_series_with_its_ends_and_rule():
    rows = [line.split() for line in dvclive("parse", log("xgboost-cv")).splitlines()]
    assert rows[0] == ["name", "points", "first", "last", "rule"]
    assert rows[1] == ["train/rmse", "15", "69.50439", "42.39642", "xgboost"]
    assert len(rows) == 9


def test_json_has_one_object_a_point():
    out = dvclive("parse", "--json", log("keras-verbose2"), "--stderr", log("keras-verbose2", "stderr"))
    records = [json.loads(line) for line in out.splitlines()]
    assert len(records) >= wanted("keras-verbose2")
    assert set(records[0]) == {"name", "value", "step", "stream", "line", "rule"}
    assert {record["stream"] for record in records} <= {"stdout", "stderr"}


def test_json_is_json_for_nan_too():
    out = dvclive("parse", "-", "--json", stdin=b"step=1 loss=nan\nstep=2 loss=-inf\n")
    values = [json.loads(line, parse_constant=pytest.fail)["value"] for line in out.splitlines()]
    assert values == ["nan", "-inf"]


def test_stderr_is_a_stream_of_its_own():
    case = "tqdm-postfix"
    both = dvclive("parse", log(case), "--stderr", log(case, "stderr"))
    assert "stderr" in both
    assert dvclive("parse", "-", "--stderr", "-", code=2).startswith("dvclive: standard input")


def test_explain_says_of_every_line_what_became_of_it():
    text = (
        b"hello\nLoss is 0.3 now\nseed: 42\nepoch 3\nloss: 0.5\n@dvclive param a=1\n@dvclive loss=\n"
        b"@dvclive acc=3 step=2\n\nTraceback (most recent call last): 3\n1.5 2.5\napples=3\n"
    )
    lines = dvclive("parse", "-", "--explain", stdin=text).splitlines()
    shown = {}
    for line in lines[:-1]:
        number = line.partition(": ")[0]
        if number.strip().isdigit():
            key = int(number)
            shown[key] = ""
        else:
            shown[key] += line
    assert list(shown) == list(range(1, 13))
    for number, part in (
        (1, "no number that has a name"), (2, r"--pattern '\bLoss is (?P<Loss>\S+)'"), (3, "setting"),
        (4, "gives the lines that follow their step, 3"), (5, "pairs: loss = 0.5 at step 3"),
        (6, "`param` is not accepted"), (7, "column 15"), (8, "protocol: acc = 3 at step 2"), (9, "blank"),
        (10, "traceback"), (11, "no line of their names"), (12, "apples=(?P<apples>"),
    ):  # fmt: skip
        assert part in shown[number], shown[number]
    assert lines[-1] == "stdout: 12 lines, 2 points"


@pytest.mark.parametrize("case", ["noise-build", "noise-config", "noise-server"])
def test_a_log_without_metrics_is_explained_line_by_line(case):
    with open(log(case), "rb") as file:
        count = len(file.read().splitlines())
    out = dvclive("parse", log(case), "--explain").splitlines()
    assert out[-1] == f"stdout: {count} lines, 0 points"
    assert "No metrics found." in dvclive("parse", log(case))


def test_a_log_without_metrics_shows_the_nearest_misses_of_both_streams(tmp_path):
    (tmp_path / "o").write_text("val 33\n")
    (tmp_path / "e").write_text("Loss is 0.3 now\n")
    out = dvclive("parse", "o", "--stderr", "e", cwd=tmp_path)
    assert out.index("stderr line 1: Loss is 0.3 now") < out.index("stdout line 1: val 33")


def test_patterns_formats_and_names_are_the_options_of_run(tmp_path):
    (tmp_path / "log").write_text("Loss is 0.3 now\n[1]\ttrain-auc:0.9\nstep=1 val-x=3\nstep=2 val-x=4\n")
    assert "Loss" in dvclive("parse", "log", "--pattern", r"Loss is (?P<Loss>\S+)", cwd=tmp_path)
    only = dvclive("parse", "log", "--format", "xgboost", cwd=tmp_path)
    assert "train/auc" in only
    assert "val" not in only
    assert "val-x" in dvclive("parse", "log", "--names", "as-is", cwd=tmp_path)
    (tmp_path / "dvclive.toml").write_text("[formats.mine]\nmatch = 'Loss is (?P<L>{number}) now'\n")
    assert "mine" in dvclive("parse", "log", cwd=tmp_path)
    assert "mine: your own" in dvclive("formats", cwd=tmp_path)


@pytest.mark.parametrize(
    "case",
    [
        "xgboost-cv",
        "table-c",
        "hand-epoch-bracket",
        "hand-node-object",
        "jsonl-nested",
        "hand-rust",
        "logfmt",
        "spacy-textcat",
    ],
)
def test_what_was_found_as_settings_finds_the_same(case, tmp_path):
    """The emitted file alone, in a folder of its own, gives every point again and no other."""
    logs = [log(case), "--stderr", log(case, "stderr")]
    text = dvclive("parse", *logs, "--emit-config", cwd=tmp_path)
    (tmp_path / "dvclive.toml").write_text(text)

    def points(cwd):
        records = map(json.loads, dvclive("parse", *logs, "--json", cwd=cwd).splitlines())
        return sorted(((r["name"], r["value"], r["step"]) for r in records), key=repr)

    assert "others" not in text
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "dvclive.toml").write_text("")
    assert points(tmp_path) == points(tmp_path / "plain") != []


def test_mistakes_are_said(tmp_path):
    assert "nothere cannot be read: no such file" in dvclive("parse", "nothere", cwd=tmp_path, code=2)
    assert "cannot be read: is a directory" in dvclive("parse", ".", cwd=tmp_path, code=2)
    assert "Did you mean xgboost" in dvclive("parse", "-", "--format", "xgbost", code=2)
    assert "pattern-unsupported" in dvclive("parse", "-", "--pattern", "(?=x)(?P<a>.)", code=2)


def test_output_steers_no_terminal():
    out = dvclive("parse", "-", "--explain", stdin=b"Loss is \x1b]0;x\x07 0.3\nname\xc2\x9b3 8\n")
    assert out.isprintable() or all(c == "\n" or c.isprintable() for c in out)


def test_a_reader_that_leaves_is_no_error():
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m dvclive_cli parse --explain {log('noise-build')} | head -n 1"],
        env=ENV, capture_output=True,
    )  # fmt: skip
    assert done.stderr == b""


def test_formats_lists_each_with_an_example():
    from dvclive_cli.capture.formats import known

    out = dvclive("formats").splitlines()
    for name, table in known().items():
        at = out.index(f"{name}: {table['about']}")
        assert out[at + 1].strip()


METRIC_FILES = os.path.join(HERE, "data", "metricfiles")


def test_a_metric_file_is_read_by_its_columns():
    rows = [line.split() for line in dvclive("parse", os.path.join(METRIC_FILES, "pandas.csv")).splitlines()]
    assert rows[1:] == [["loss", "5", "2.0", "0.4", "csv"], ["acc", "5", "0.5", "0.9", "csv"]]
    out = dvclive(
        "parse",
        "--json",
        os.path.join(METRIC_FILES, "keras", "train", "events.out.tfevents.1700000000.host.0"),
    )
    assert json.loads(out.splitlines()[1]) == {
        "name": "epoch_loss",
        "value": 1.0,
        "step": 1,
        "stream": "stdout",
        "line": None,
        "rule": "tfevents",
    }


def test_a_metric_file_explains_what_it_leaves_out(tmp_path):
    (tmp_path / "m.jsonl").write_text('{"step": 1, "loss": 0.5}\nnonsense\n')
    out = dvclive("parse", "--explain", "m.jsonl", cwd=tmp_path)
    assert "m.jsonl is a metric file" in out
    assert "not read: line 2: not JSON (1x)" in out


def test_a_format_that_is_named_counts_more_than_the_name_of_the_file(tmp_path):
    (tmp_path / "m.csv").write_text("step 1 loss 0.5\nstep 2 loss 0.25\n")
    assert "No metrics" in dvclive("parse", "m.csv", cwd=tmp_path)
    assert "0.25" in dvclive(
        "parse", "m.csv", "--format", "guild", "--pattern", r"loss (?P<loss>\S+)", cwd=tmp_path
    )


def test_a_packed_log_is_unpacked(tmp_path):
    import gzip

    with open(log("xgboost-cv"), "rb") as file:
        (tmp_path / "x.log.gz").write_bytes(gzip.compress(file.read()))
    assert dvclive("parse", "x.log.gz", cwd=tmp_path) == dvclive("parse", log("xgboost-cv"))


def test_the_emitted_config_names_the_rule_where_a_later_line_has_the_step(tmp_path):
    """A box of Stable-Baselines3: no pattern of one line gives its points their steps."""
    box = "----\n| rollout/ |  |\n| ep_rew_mean | {0}.5 |\n| time/ |  |\n| iterations | {0} |\n----\n"
    (tmp_path / "out.log").write_text("".join(box.format(at) for at in (1, 2, 3)))
    whole = dvclive("parse", "out.log", "--json", cwd=tmp_path)
    text = dvclive("parse", "out.log", "--emit-config", cwd=tmp_path)
    assert "format = ['box']" in text
    assert "3 of its 3 points.\n" in text
    (tmp_path / "dvclive.toml").write_text(text)
    assert dvclive("parse", "out.log", "--json", cwd=tmp_path) == whole


@pytest.mark.parametrize(("rule", "names"), [("pairs", {"loss"}), ("json", {"acc"}), ("table", {"mae"})])
def test_a_rule_can_be_chosen_like_a_format(tmp_path, rule, names):
    lines = [f'step={at} loss=0.{at}\n{{"step": {at}, "acc": 0.{at}}}\n' for at in (1, 2)]
    lines += ["step mae\n", *(f"{at} 0.{at}\n" for at in (1, 2))]
    (tmp_path / "out.log").write_text("".join(lines))
    found = dvclive("parse", "out.log", "--json", "--format", rule, cwd=tmp_path).splitlines()
    assert {json.loads(line)["name"] for line in found} == names


def test_a_quoted_record_is_explained():
    text = dvclive("parse", "-", "--explain", stdin=b'echo "@dvclive loss=1"\n')
    assert "stands inside quotes" in text


def test_a_line_without_a_named_number_is_explained():
    text = dvclive("parse", "-", "--explain", stdin=b"loading the data\n0.5\n")
    assert "1: loading the data\n   - no number that has a name\n" in text
    assert "2: 0.5\n   - a number without a name: print both on one line, as in `loss=0.5`\n" in text
