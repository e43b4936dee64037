"""Commands without a supervisor: the first opens a run, others go on with it, `end` saves it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest
import scripts
from shell import PYTHON, environment, good, left, rows, sh

SCRIPT = """
dvclive start --exp-name twin
dvclive log-param lr 0.001
dvclive log-params config.yaml
for step in 0 1 2; do
    dvclive log-metric train/loss 0.$((9 - step))
    dvclive log-metric acc=$step best=2
    dvclive log-metric hidden $step --no-plot
    dvclive next-step
done
dvclive log-image shown.png picture.png
dvclive log-image picture.png
dvclive log-plot curve points.csv --x time --y heat --y cold --template scatter --title "A curve"
dvclive log-sklearn-plot confusion_matrix --file classes.csv --label-column truth --prediction-column guess
dvclive log-sklearn-plot roc --labels labels.txt --predictions scores.json --name final
dvclive log-artifact model.bin --type model --name demo --desc "a model" --label a --label b --meta k=1
dvclive log-artifact data.txt --copy
dvclive summary verdict=passed top/acc=0.5
dvclive end
"""
LIVE = """
from dvclive import Live

with Live(exp_name="twin") as live:
    live.log_param("lr", 0.001)
    live.log_params({"layers": [64, 64], "name": "res net"})
    for step in range(3):
        live.log_metric("train/loss", (9 - step) / 10)
        live.log_metric("acc", step)
        live.log_metric("best", 2)
        live.log_metric("hidden", step, plot=False)
        live.next_step()
    live.log_image("shown.png", "picture.png")
    live.log_image("picture.png", "picture.png")
    points = [{"time": 1, "heat": 2.5, "cold": 0}, {"time": 2, "heat": 3.5, "cold": 1}]
    live.log_plot("curve", points, x="time", y=["heat", "cold"], template="scatter", title="A curve")
    live.log_sklearn_plot("confusion_matrix", ["cat", "dog"], ["cat", "cat"])
    live.log_sklearn_plot("roc", [0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3], name="final")
    about = {"type": "model", "name": "demo", "desc": "a model", "labels": ["a", "b"], "meta": {"k": 1}}
    live.log_artifact("model.bin", **about)
    live.log_artifact("data.txt", copy=True)
    live.summary["verdict"] = "passed"
    live.summary["top"] = {"acc": 0.5}
"""
INPUTS = {
    "config.yaml": "layers: [64, 64]\nname: res net\n",
    "points.csv": "time,heat,cold\n1,2.5,0\n2,3.5,1\n",
    "classes.csv": "truth,guess\ncat,cat\ndog,cat\n",
    "labels.txt": "0\n1\n1\n0\n",
    "scores.json": "[0.1, 0.9, 0.8, 0.3]",
    "model.bin": "weights",
    "data.txt": "data",
}


def inputs(folder: Path) -> None:
    from PIL import Image

    for name, text in INPUTS.items():
        (folder / name).write_text(text)
    Image.new("RGB", (4, 4), (1, 2, 3)).save(folder / "picture.png")


def test_a_script_leaves_what_the_same_program_with_live_leaves(tmp_path: Path) -> None:
    """Twenty lines of shell and the `Live` program that does the same: equal trees, and equal experiments."""
    found, saved = {}, {}
    for name in ("commands", "live"):
        place = scripts.repository(tmp_path / name / "here")
        inputs(place)
        if name == "live":
            done = scripts.run(LIVE, place)
            assert done.returncode == 0, done.stderr
        else:
            assert len(SCRIPT.split("\n")) >= 20
            good(SCRIPT, place, DVCLIVE_SAVE_DVC_EXP="1")
        found[name] = scripts.tree(place)
        assert scripts.experiments(place) == ["twin"]
        ref = scripts.git(place, "for-each-ref", "--format=%(refname)", "refs/exps/*/*/twin").strip()
        saved[name] = scripts.git(place, "ls-tree", "-r", "--name-only", ref)
    assert found["commands"] == found["live"]
    assert saved["commands"] == saved["live"]
    assert "dvclive/plots/metrics/train/loss.tsv" in found["live"]


def test_without_a_word_about_a_run_there_is_one(tmp_path: Path) -> None:
    """The first value opens a run, `end` saves and names it."""
    place = scripts.repository(tmp_path / "here", dvc=False)
    assert good("dvclive log-metric loss 0.5", place, DVCLIVE_SAVE_DVC_EXP="1") == ""
    assert not (place / ".dvc").exists()  # DVC is met at the end
    ended = json.loads(good("dvclive end --json", place, DVCLIVE_SAVE_DVC_EXP="1"))
    assert scripts.experiments(place) == [ended["experiment"]]
    assert ended["revision"] in scripts.git(place, "for-each-ref", "refs/exps")
    assert (ended["status"], ended["metrics"], ended["points"]) == ("completed", {"loss": 0.5}, 1)
    assert any("DVC was initialised" in note for note in ended["notes"])
    assert left(place) == []


def test_many_commands_at_once_lose_nothing(tmp_path: Path) -> None:
    """`xargs -P 16`: every row is whole and there once, also those of the commands that began the run."""
    script = "seq 200 | xargs -P 16 -I{} dvclive log-metric m {} --step {}\ndvclive end"
    done = sh(script, tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(rows(tmp_path, "m")) == sorted(f"{n} {n}" for n in range(1, 201))
    record = json.loads((tmp_path / "dvclive" / "run.json").read_text())
    assert record["sessions"][0]["points"] == 200


def test_background_jobs_share_a_run(tmp_path: Path) -> None:
    script = """
    for job in a b c; do
        (for step in 1 2 3; do dvclive log-metric $job $step --step $step; done) &
    done
    wait
    """
    good(script, tmp_path)
    assert {job: rows(tmp_path, job) for job in "abc"} == {job: ["1 1", "2 2", "3 3"] for job in "abc"}


def test_steps_that_the_script_counts(tmp_path: Path) -> None:
    """`next-step` and `set-step` hold from one command to the next."""
    good(
        "dvclive log-metric a 1; dvclive next-step; dvclive log-metric a 2; dvclive set-step 7;"
        "dvclive log-metric a 3; dvclive next-step; dvclive log-metric a 4; dvclive end -q",
        tmp_path,
    )
    assert rows(tmp_path, "a") == ["0 1", "1 2", "7 3", "8 4"]
    assert json.loads((tmp_path / "dvclive" / "metrics.json").read_text()) == {"step": 8, "a": 4}


def test_metrics_json_is_up_to_date_after_each_command(tmp_path: Path) -> None:
    for value in (1, 2):
        good(f"dvclive log-metric a {value}", tmp_path)
        assert json.loads((tmp_path / "dvclive" / "metrics.json").read_text()) == {"a": value}


def test_numbers_stay_as_they_are_written(tmp_path: Path) -> None:
    good("dvclive log-metric a 0.50; dvclive log-metric a 1e-3; dvclive log-metric a -inf", tmp_path)
    assert rows(tmp_path, "a") == ["0 0.50", "0 1e-3", "0 -inf"]


def test_a_time_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    good("dvclive log-metric a 1 --timestamp; dvclive log-metric a 2", tmp_path)
    for row, wanted in zip(rows(tmp_path, "a"), ("0 1", "0 2"), strict=True):
        assert int(row.split(" ", 1)[0]) > 1_600_000_000_000
        assert row.split(" ", 1)[1] == wanted


def test_the_next_script_begins_anew(tmp_path: Path) -> None:
    """After `end` the first command opens the next run; the files of the one before go, as with Live."""
    good("dvclive log-metric a 1; dvclive log-param p 1; dvclive end -q; dvclive log-metric b 2", tmp_path)
    assert not (tmp_path / "dvclive" / "params.yaml").exists()
    assert os.listdir(tmp_path / "dvclive" / "plots" / "metrics") == ["b.tsv"]


def test_resuming_goes_on_with_an_ended_run(tmp_path: Path) -> None:
    good(
        "dvclive log-param p 1; dvclive log-metric a 1; dvclive next-step; dvclive end -q;"
        "dvclive start --resume -q; dvclive log-metric a 2; dvclive end -q",
        tmp_path,
    )
    assert rows(tmp_path, "a") == ["0 1", "1 2"]
    assert scripts.yaml(tmp_path / "dvclive" / "params.yaml") == {"p": 1}
    assert len(json.loads((tmp_path / "dvclive" / "run.json").read_text())["sessions"]) == 2


def test_resuming_goes_on_with_an_open_run(tmp_path: Path) -> None:
    good(
        "dvclive log-metric a 1; dvclive next-step; dvclive start --resume; dvclive log-metric a 2", tmp_path
    )
    assert rows(tmp_path, "a") == ["0 1", "1 2"]


def test_a_run_that_nobody_ended_is_saved_as_what_it_is(tmp_path: Path) -> None:
    """`start` finds it, saves it as abandoned, says so, and begins the next."""
    place = scripts.repository(tmp_path / "here")
    good("dvclive start --exp-name lost; dvclive log-metric a 1", place, DVCLIVE_SAVE_DVC_EXP="1")
    done = sh("dvclive start --exp-name next", place, DVCLIVE_SAVE_DVC_EXP="1")
    assert "never ended; it is saved as 'lost'" in done.stderr
    ref = scripts.git(place, "for-each-ref", "--format=%(refname)", "refs/exps/*/*/lost").strip()
    record = json.loads(scripts.git(place, "show", f"{ref}:dvclive/run.json"))
    assert record["status"] == "abandoned"
    assert "dvclive/.dvclive-open.json" not in scripts.git(place, "ls-tree", "-r", "--name-only", ref)
    assert not (place / "dvclive" / "plots" / "metrics").exists()


@pytest.mark.parametrize(
    ("words", "status", "signal"),
    [
        ("", "completed", None),
        ("--status failed", "failed", None),
        ("--exit-code 0", "completed", None),
        ("--exit-code 3", "failed", None),
        ("--exit-code 143", "killed", "SIGTERM"),
        ("--exit-code 130", "interrupted", "SIGINT"),
    ],
)
def test_how_it_went_is_told(tmp_path: Path, words: str, status: str, signal: str | None) -> None:
    ended = json.loads(good(f"dvclive log-metric a 1; dvclive end {words} --json", tmp_path))
    record = json.loads((tmp_path / "dvclive" / "run.json").read_text())
    assert (ended["status"], record["status"], record["signal"]) == (status, status, signal)


def test_a_trap_tells_how_the_script_went(tmp_path: Path) -> None:
    done = sh("trap 'dvclive end -q --exit-code $?' EXIT\ndvclive log-metric a 1\nexit 7", tmp_path)
    assert done.returncode == 7
    assert json.loads((tmp_path / "dvclive" / "run.json").read_text())["exit_code"] == 7


def test_the_directory_is_chosen(tmp_path: Path) -> None:
    """By option, by variable, by settings; in this order."""
    (tmp_path / "dvclive.toml").write_text('dir = "by-settings"\n')
    good("dvclive log-metric a 1", tmp_path)
    good("dvclive log-metric a 1", tmp_path, DVCLIVE_DIR="by-variable")
    good("dvclive log-metric a 1 --dir by/option", tmp_path, DVCLIVE_DIR="by-variable")
    for folder in ("by-settings", "by-variable", "by/option"):
        assert rows(tmp_path, "a", folder) == ["0 1"]


def test_a_run_that_moves_with_its_folder_goes_on(tmp_path: Path) -> None:
    """CI steps see the same files under other paths: a container mounts them elsewhere."""
    (tmp_path / "one").mkdir()
    good("dvclive log-metric a 1; dvclive log-metric b 1", tmp_path / "one")
    (tmp_path / "one").rename(tmp_path / "two")
    good("dvclive log-metric a 2; dvclive end -q", tmp_path / "two")
    assert rows(tmp_path / "two", "a") == ["0 1", "0 2"]
    assert rows(tmp_path / "two", "b") == ["0 1"]


def test_the_users_dvc_yaml_is_kept(tmp_path: Path) -> None:
    """And written by the commands that change what it says, not by a value of a metric."""
    mine = "# mine\nstages:\n  train:\n    cmd: ./train\n"
    (tmp_path / "dvc.yaml").write_text(mine)
    good("dvclive log-metric a 1", tmp_path)
    assert (tmp_path / "dvc.yaml").read_text() == mine
    good("dvclive next-step; dvclive log-param p 1; dvclive end -q", tmp_path)
    said = (tmp_path / "dvc.yaml").read_text()
    assert said.startswith(mine)
    assert "dvclive/plots/metrics:\n    x: step" in said
    assert "dvclive/params.yaml" in said


def test_a_report_on_the_way(tmp_path: Path) -> None:
    printed = good("dvclive log-metric a 1; dvclive report; dvclive report --format md", tmp_path)
    assert printed.split() == ["dvclive/report.html", "dvclive/report.md"]
    assert "<html" in (tmp_path / "dvclive" / "report.html").read_text()
    assert "a" in (tmp_path / "dvclive" / "report.md").read_text()


def test_status_tells_of_the_run(tmp_path: Path) -> None:
    assert json.loads(good("dvclive status --json", tmp_path))["status"] == "none"
    assert "there is none" in good("dvclive status", tmp_path)
    good("dvclive start -q -P lr=0.1 --exp-name x; dvclive log-metric a/b 1 --step 4", tmp_path)
    found = json.loads(good("dvclive status --json", tmp_path))
    assert (found["status"], found["step"], found["metrics"]) == ("open", 4, {"a": {"b": 1}})
    assert (found["params"], found["experiment"], found["points"]) == ({"lr": 0.1}, "x", 1)
    shown = good("dvclive status", tmp_path)
    assert "open for" in shown
    assert "a/b = 1" in shown
    good("dvclive end -q --status failed", tmp_path)
    assert json.loads(good("dvclive status --json", tmp_path))["status"] == "failed"


@pytest.mark.parametrize("command", ["end", "report", "end --json"])
def test_where_no_run_is_open_there_is_nothing_to_end(tmp_path: Path, command: str) -> None:
    done = sh(f"dvclive {command}", tmp_path)
    assert done.returncode == 125
    assert "No run is open in dvclive (no-open-run)" in done.stderr
    assert os.listdir(tmp_path) == []


def test_settings_of_start_hold_until_the_end(tmp_path: Path) -> None:
    place = scripts.repository(tmp_path / "here")
    good("dvclive start --no-save-dvc-exp --report md --dvcyaml none", place, DVCLIVE_SAVE_DVC_EXP="1")
    good("dvclive log-metric a 1; dvclive end -q", place, DVCLIVE_SAVE_DVC_EXP="1")
    assert scripts.experiments(place) == []
    assert (place / "dvclive" / "report.md").exists()
    assert not (place / "dvc.yaml").exists()


def test_the_end_tells_ci(tmp_path: Path) -> None:
    """Where GitHub asks for it, or another file is chosen; a base that is not there is said."""
    good("dvclive log-metric loss=0.5; dvclive end --quiet", tmp_path, GITHUB_STEP_SUMMARY="step.md")
    assert "### ✅ dvclive: completed" in (tmp_path / "step.md").read_text()
    words = "--summary-file mine.md --compare nowhere"
    done = sh(f"dvclive log-metric loss=0.5; dvclive end {words}", tmp_path, GITHUB_STEP_SUMMARY="step.md")
    assert done.returncode == 0
    assert "compares with nothing" in done.stderr
    assert "| loss | 0.5 |" in (tmp_path / "mine.md").read_text()
    assert (tmp_path / "step.md").read_text().count("###") == 1


def test_resuming_an_open_run_takes_new_options(tmp_path: Path) -> None:
    place = scripts.repository(tmp_path / "here")
    good("dvclive start --exp-name one; dvclive log-metric a 1", place, DVCLIVE_SAVE_DVC_EXP="1")
    good("dvclive start --resume --exp-name two; dvclive end -q", place, DVCLIVE_SAVE_DVC_EXP="1")
    assert scripts.experiments(place) == ["two"]


def test_inside_a_pipeline_dvc_keeps_the_experiment(tmp_path: Path) -> None:
    """`dvc exp run` of a stage that is a shell script."""
    place = scripts.repository(tmp_path / "here")
    (place / "train.sh").write_text("dvclive log-metric a 1\ndvclive next-step\ndvclive end -q\n")
    (place / "dvc.yaml").write_text("stages:\n  train:\n    cmd: sh train.sh\n    deps: [train.sh]\n")
    scripts.git(place, "add", ".")
    scripts.git(place, "commit", "-q", "-m", "stage")
    dvc = f"{PYTHON} -m dvc exp run -q -n staged"
    good(dvc, place, DVCLIVE_SAVE_DVC_EXP="1", DVC_NO_ANALYTICS="1")
    assert scripts.experiments(place) == ["staged"]
    ref = scripts.git(place, "for-each-ref", "--format=%(refname)", "refs/exps/*/*/staged").strip()
    assert scripts.git(place, "show", f"{ref}:dvclive/plots/metrics/a.tsv") == "step\ta\n0\t1\n"
    assert left(place) == []


def test_without_git_an_artifact_is_described_and_the_reason_said_once(tmp_path: Path) -> None:
    (tmp_path / "m").write_text("x")
    script = "dvclive log-artifact m --type model; dvclive log-artifact m --type model"
    done = sh(script, tmp_path, DVCLIVE_SAVE_DVC_EXP="1")
    assert done.returncode == 0
    assert done.stderr.count("is in no Git repository") == 1
    assert "m is not tracked" in done.stderr
    assert scripts.yaml(tmp_path / "dvc.yaml")["artifacts"] == {"m": {"path": "m", "type": "model"}}


def test_a_first_command_that_cannot_be_carried_out(tmp_path: Path) -> None:
    """It says why; the run that it opened is open, and goes on."""
    (tmp_path / "no.png").write_text("no picture")
    done = sh("dvclive log-image no.jpg no.png", tmp_path)
    assert done.returncode == 125
    assert "it is no picture" in done.stderr
    assert json.loads(good("dvclive status --json", tmp_path))["status"] == "open"
    good("dvclive log-metric a 1; dvclive end -q", tmp_path)
    assert rows(tmp_path, "a") == ["0 1"]


def test_who_types_the_first_value_learns_what_comes_next(tmp_path: Path) -> None:
    """On a terminal, once; a script's log stays empty."""
    above, below = pty.openpty()
    with os.fdopen(above, "rb", buffering=0) as screen:
        for _ in range(2):
            words = [environment(tmp_path)["PATH"].split(":")[0] + "/dvclive", "log-metric", "a", "1"]
            subprocess.run(words, cwd=tmp_path, env=environment(tmp_path), stderr=below, check=True)
        os.close(below)
        shown = screen.read(1000).decode()
    assert shown == "dvclive: A run begins in dvclive. `dvclive end` ends it.\r\n"


def test_a_run_without_a_metric_is_told_how_to_log_one(tmp_path: Path) -> None:
    done = sh("dvclive log-param p 1; dvclive end", tmp_path)
    assert "Log one: `dvclive log-metric loss 0.5`." in done.stderr
