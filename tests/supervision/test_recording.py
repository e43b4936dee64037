"""`dvclive run` end to end with real programs, Git and DVC: what is on disk and in the experiment."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from processes import DVCLIVE, PYTHON, ROOT, Place, read_file

DVC = [PYTHON, "-m", "dvc"]


def record(place: Place, *words: str) -> tuple[str, str, int]:
    """Run `dvclive run WORDS` as a user would: stdout, stderr, exit status."""
    out, err, code = place.bare([*DVCLIVE, "run", *words])
    return out.decode(), err.decode(), code


def dvc(place: Place, *words: str) -> str:
    out, err, code = place.bare([*DVC, *words])
    assert code == 0, err.decode()
    return out.decode()


def experiments(place: Place) -> dict[str, dict[str, Any]]:
    """What `dvc exp show --json` says of each experiment, by name: its data."""
    branches = json.loads(dvc(place, "exp", "show", "--json"))
    found = [exp for branch in branches for exp in branch["experiments"] or []]
    assert not [exp for exp in found if exp["revs"][0].get("error")]
    return {exp["revs"][0]["name"]: exp["revs"][0]["data"] for exp in found}


def rows(place: Place, name: str, folder: str = "dvclive") -> list[list[str]]:
    """The rows of a metric's TSV, the header left out."""
    text = read_file(place.path(f"{folder}/plots/metrics/{name}.tsv"))
    return [line.split("\t") for line in text.splitlines()[1:]]


def run_json(place: Place, folder: str = "dvclive") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(read_file(place.path(f"{folder}/run.json")))
    return found


SPINE = 'for i in 1 2 3; do echo "@dvclive step=$i loss=0.$i"; done; echo "acc=0.9 step=3" > "$DVCLIVE_FIFO"'


def test_prints_and_fifo_lines_become_an_experiment(repo: Place) -> None:
    """The issue's own command: two TSVs, the views, one experiment, all readable by DVC."""
    out, err, code = record(repo, "--", "sh", "-c", SPINE)
    assert (out, code) == (
        "@dvclive step=1 loss=0.1\n@dvclive step=2 loss=0.2\n@dvclive step=3 loss=0.3\n",
        0,
    )
    assert rows(repo, "loss") == [["1", "0.1"], ["2", "0.2"], ["3", "0.3"]]
    assert rows(repo, "acc") == [["3", "0.9"]]
    metrics = json.loads(read_file(repo.path("dvclive/metrics.json")))
    assert metrics == {"step": 3, "loss": 0.3, "acc": 0.9}
    assert run_json(repo)["status"] == "completed"
    ((name, data),) = experiments(repo).items()
    assert name in err
    assert data["metrics"]["dvclive/metrics.json"]["data"] == metrics
    assert data["metrics"]["dvclive/run.json"]["data"]["status"] == "completed"
    shown = json.loads(dvc(repo, "metrics", "show", "--json"))
    assert shown[""]["data"]["dvclive/metrics.json"]["data"] == metrics
    assert "loss.tsv" in dvc(repo, "plots", "show", "--json")


def test_a_failed_run_is_saved_and_says_so(repo: Place) -> None:
    out, err, code = record(repo, "--exp-name", "bad", "--", "sh", "-c", "echo loss=1 step=1; exit 3")
    assert (out, code) == ("loss=1 step=1\n", 3)
    told = experiments(repo)["bad"]["metrics"]["dvclive/run.json"]["data"]
    assert (told["status"], told["exit_code"]) == ("failed", 3)
    message = repo.bare(["git", "log", "-1", "--format=%B", "refs/exps/" + ref(repo, "bad")]).out.decode()
    assert "failed, exit code 3" in message
    assert "failed, exit code 3" in err


def ref(place: Place, name: str) -> str:
    """The part of an experiment's reference behind refs/exps/."""
    found = place.bare(["git", "for-each-ref", "--format=%(refname)", "refs/exps"]).out.decode().split()
    return next(line for line in found if line.endswith(f"/{name}")).removeprefix("refs/exps/")


def test_a_killed_run_names_the_signal(repo: Place) -> None:
    record(repo, "--exp-name", "k", "--", "sh", "-c", "echo loss=1 step=1; kill -9 $$")
    told = experiments(repo)["k"]["metrics"]["dvclive/run.json"]["data"]
    assert (told["status"], told["signal"]) == ("killed", "SIGKILL")


JOBS = """
from dvclive import Live
from dvclive.auto import joined
for job in range(3):
    joined.next_run({"exp_message": f"job {job}"})
    joined.Joined(joined.channel()).log_param("lr", job)
    if job == 1:
        with Live() as live:
            live.log_metric("other", 7)
    else:
        print(f"epoch 1: loss={job}")
"""


def test_each_job_of_a_program_is_a_run(repo: Place) -> None:
    """What one prints counts, and a `Live` in one logs to its run; all have ended well."""
    with open(repo.path("jobs.py"), "w") as file:
        file.write(JOBS)
    record(repo, "--", PYTHON, "jobs.py")
    told = []
    for exp in experiments(repo).values():
        metrics = {path: about["data"] for path, about in exp["metrics"].items()}
        params = exp["params"]["dvclive/params.yaml"]["data"]
        values = {key: value for key, value in metrics["dvclive/metrics.json"].items() if key != "step"}
        told.append((params["lr"], values, metrics["dvclive/run.json"]["status"]))
    assert sorted(told, key=str) == [
        (job, values, "completed") for job, values in enumerate(({"loss": 0}, {"other": 7}, {"loss": 2}))
    ]


def test_the_command_line_gives_the_params(repo: Place) -> None:
    """Options of CMD, -P and --params-file, with their types; the later wins."""
    with open(repo.path("more.yaml"), "w") as file:
        file.write("layers: [64, 32]\nseed: 7\n")
    program = repo.path("train.py")
    with open(program, "w") as file:
        file.write("print('epoch 1: loss=0.5 acc=0.75')\n")
    record(
        repo,
        *("-P", "seed=8", "-P", "note=a b", "--params-file", "more.yaml", "--exp-name", "p"),
        *("--", PYTHON, "train.py", "--lr", "0.1", "-b", "32", "model.depth=4", "--api-key", "hush-hush"),
    )
    params = experiments(repo)["p"]["params"]["dvclive/params.yaml"]["data"]
    assert params == {
        "lr": 0.1,
        "b": 32,
        "model": {"depth": 4},
        "api-key": "***",
        "layers": [64, 32],
        "seed": 8,
        "note": "a b",
    }
    for folder, _, names in os.walk(repo.cwd):
        assert not [name for name in names if "hush-hush" in read_file(os.path.join(folder, name))]


def test_what_the_quick_way_leaves_to_click_runs_too(repo: Place) -> None:
    """`-Plr=1` is for click to read: the run is the same, and so is its exit status."""
    command = ("-Plr=1", "--no-save-dvc-exp", "--", "sh", "-c", "echo loss=1 step=1; exit 5")
    out, _, code = record(repo, *command)
    assert (out, code) == ("loss=1 step=1\n", 5)
    assert read_file(repo.path("dvclive/params.yaml")) == "lr: 1\n"


def test_params_of_the_command_can_be_left_out(repo: Place) -> None:
    record(
        repo, "--no-command-params", "--no-save-dvc-exp", "--", "sh", "-c", "echo loss=1 step=1", "--lr", "1"
    )
    assert not os.path.exists(repo.path("dvclive/params.yaml"))


def test_every_verb_of_the_fifo(repo: Place) -> None:
    """Params, summary, images, plots, sklearn plots and artifacts through the FIFO, in one shell script."""
    from PIL import Image

    Image.new("RGB", (4, 4), (255, 0, 0)).save(repo.path("red.png"))
    files = {
        "points.csv": "x,y\n1,2\n3,4\n",
        "labels.csv": "0\n0\n1\n1\n",
        "scores.csv": "0.1\n0.4\n0.35\n0.8\n",
        "model.txt": "weights",
    }
    for name, text in files.items():
        with open(repo.path(name), "w") as file:
            file.write(text)
    lines = (
        'param lr=0.1 model="res net"',
        "summary best=0.93",
        "image red.png path=red.png",
        "plot curve path=points.csv x=x y=y",
        "sklearn roc labels=labels.csv predictions=scores.csv",
        "artifact model.txt type=model name=m",
        "loss=0.5",
        "next-step",
        "loss=0.25",
    )
    script = "".join(f"echo {shlex.quote(line)} > $DVCLIVE_FIFO\n" for line in lines)
    _, err, code = record(repo, "--exp-name", "all", "--", "sh", "-ec", script)
    assert code == 0, err
    data = experiments(repo)["all"]
    assert data["params"]["dvclive/params.yaml"]["data"] == {"lr": 0.1, "model": "res net"}
    assert data["metrics"]["dvclive/metrics.json"]["data"] == {"best": 0.93, "step": 1, "loss": 0.25}
    assert rows(repo, "loss") == [["0", "0.5"], ["1", "0.25"]]
    assert os.path.exists(repo.path("dvclive/plots/images/red.png"))
    assert os.path.exists(repo.path("model.txt.dvc"))
    plots = dvc(repo, "plots", "show", "--json")
    for name in ("curve.json", "roc.json", "loss.tsv", "red.png"):
        assert name in plots
    assert "m:" in read_file(repo.path("dvc.yaml"))
    kept = repo.bare(["git", "ls-tree", "-r", "--name-only", f"refs/exps/{ref(repo, 'all')}"]).out.decode()
    assert "model.txt.dvc" in kept.split()
    assert "model.txt" not in kept.split()


def test_an_artifact_by_option_is_tracked_after_success_only(repo: Place) -> None:
    make = "echo w > model.bin; echo loss=1 step=1"
    record(repo, "--artifact", "model.bin:type=model", "--", "sh", "-c", make + "; exit 1")
    assert not os.path.exists(repo.path("model.bin.dvc"))
    record(repo, "--artifact", "model.bin:type=model", "--", "sh", "-c", make)
    assert os.path.exists(repo.path("model.bin.dvc"))


def test_printed_lines_may_not_touch_files(repo: Place) -> None:
    """A program may print somebody else's text: params and images are refused there, unless trusted."""
    command = ("--no-save-dvc-exp", "--no-command-params", "--", "sh", "-c", "echo @dvclive param lr=1")
    _, err, code = record(repo, *command)
    assert "--trust-stdout" in err
    assert code == 0
    assert not os.path.exists(repo.path("dvclive/params.yaml"))
    record(repo, "--trust-stdout", *command)
    assert read_file(repo.path("dvclive/params.yaml")) == "lr: 1\n"


def test_a_folder_that_is_called_like_a_secret_is_masked_and_works(repo: Place) -> None:
    """Relative paths are found although run.json does not say the folder's name."""
    from PIL import Image

    folder = repo.path("hush-hush-7")
    os.mkdir(folder)
    Image.new("RGB", (4, 4)).save(os.path.join(folder, "red.png"))
    command = [*DVCLIVE, "run", "--no-save-dvc-exp", "--", "sh", "-c"]
    script = 'echo "image red.png path=red.png" > "$DVCLIVE_FIFO"'
    done = repo.bare([*command, script], cwd=folder, env={**repo.env, "MY_TOKEN": "hush-hush-7"})
    assert done.code == 0
    assert os.path.exists(os.path.join(folder, "dvclive/plots/images/red.png"))
    assert "hush-hush-7" not in read_file(os.path.join(folder, "dvclive/run.json"))


def test_strict_turns_a_bad_line_into_125(repo: Place) -> None:
    bad = ("--no-save-dvc-exp", "--strict", "--", "sh", "-c", "echo '@dvclive loss=1 step=x'; exit $0")
    out, err, code = record(repo, *bad, "0")
    assert (out, code) == ("@dvclive loss=1 step=x\n", 125)
    assert "column" in err
    assert record(repo, *bad, "7")[2] == 7


def test_a_sync_is_answered_when_the_rows_are_on_disk(repo: Place) -> None:
    """The sender of `sync ack=FIFO` reads `ok` and then finds its rows and views."""
    script = (
        'mkfifo -m 600 "${DVCLIVE_FIFO%/*}/ack"; echo loss=0.5 > $DVCLIVE_FIFO; '
        'echo "sync ack=${DVCLIVE_FIFO%/*}/ack" > $DVCLIVE_FIFO; cat "${DVCLIVE_FIFO%/*}/ack"; '
        "cat dvclive/metrics.json"
    )
    out, _, _ = record(repo, "--no-save-dvc-exp", "--", "sh", "-c", script)
    assert out.splitlines()[0] == "ok"
    assert '"loss": 0.5' in out


def test_a_record_longer_than_the_fifo_takes_comes_in_a_file(repo: Place) -> None:
    script = (
        "import os, json; fifo = os.environ['DVCLIVE_FIFO']; folder = os.path.dirname(fifo)\n"
        "record = {'metric': {f'm{i}': i for i in range(400)}, 'step': 2}\n"
        "open(folder + '/long', 'w').write(json.dumps(record))\n"
        "open(fifo, 'w').write('{\"@file\": \"long\"}\\n')\n"
    )
    record(repo, "--no-save-dvc-exp", "--", PYTHON, "-c", script)
    assert rows(repo, "m399") == [["2", "399"]]
    assert len(os.listdir(repo.path("dvclive/plots/metrics"))) == 400


def test_a_record_in_a_file_may_be_of_any_length(repo: Place) -> None:
    """The cap on lines is for what programs print, not for what they send: 200 KB of rows arrive whole."""
    script = (
        "import os, json; fifo = os.environ['DVCLIVE_FIFO']; folder = os.path.dirname(fifo)\n"
        "rows = [{'x': i, 'y': i * i} for i in range(8000)]\n"
        "record = json.dumps({'plot': 'curve', 'rows': rows, 'x': 'x', 'y': 'y'})\n"
        "assert len(record) > 200_000\n"
        "open(folder + '/long', 'w').write(record)\n"
        "open(fifo, 'w').write('{\"@file\": \"long\"}\\n')\n"
    )
    _, err, code = record(repo, "--no-save-dvc-exp", "--", PYTHON, "-c", script)
    assert code == 0, err
    assert len(json.loads(read_file(repo.path("dvclive/plots/custom/curve.json")))) == 8000


def test_resume_goes_on_after_the_last_step(repo: Place) -> None:
    count = "for i in 1 2; do echo loss=0.$i > $DVCLIVE_FIFO; echo next-step > $DVCLIVE_FIFO; done"
    for options in (("--no-resume",), ("--resume",)):
        record(repo, "--no-save-dvc-exp", *options, "--", "sh", "-c", count)
    assert [row[0] for row in rows(repo, "loss")] == ["0", "1", "2", "3"]
    assert [session["status"] for session in run_json(repo)["sessions"]] == ["completed"] * 2


@pytest.mark.parametrize("mode", ["html", "md"])
def test_a_report_is_written_when_asked_for(repo: Place, mode: str) -> None:
    record(repo, "--no-save-dvc-exp", "--report", mode, "--", "sh", "-c", "echo loss=0.5 step=1")
    assert "loss" in read_file(repo.path(f"dvclive/report.{mode}"))


def test_the_system_is_monitored_beside_the_program(repo: Place) -> None:
    """Figures of the machine and of the child's processes, at least one row each."""
    record(repo, "--no-save-dvc-exp", "--monitor-system", "--", "sleep", "2.5")
    assert rows(repo, "system/cpu/usage (%)")
    assert rows(repo, "system/process/rss (GB)")


def test_quiet_says_nothing(repo: Place) -> None:
    assert record(repo, "--quiet", "--", "sh", "-c", "echo loss=1 step=1")[1] == ""


def test_no_git_is_said_once_and_the_files_are_written(place: Place) -> None:
    out, err, code = record(place, "--", "sh", "-c", "echo loss=1 step=1")
    assert (out, code) == ("loss=1 step=1\n", 0)
    assert err.count("no Git repository") == 1
    assert rows(place, "loss") == [["1", "1"]]


def test_nothing_captured_is_said(repo: Place) -> None:
    _, err, _ = record(repo, "--no-save-dvc-exp", "--", "echo", "hello")
    assert "No metrics were captured" in err
    assert "help-protocol" in err


@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
def test_a_failed_save_keeps_the_files_and_prints_the_command_that_works(
    repo: Place, quiet: list[str]
) -> None:
    """A file stands where Git keeps experiments' references; when it is gone, the printed command saves."""
    in_the_way = repo.path(".git/refs/exps")
    with open(in_the_way, "w"):
        pass
    _, err, code = record(repo, *quiet, "--exp-name", "late", "--", "sh", "-c", "echo loss=1 step=1")
    assert code == 0
    assert rows(repo, "loss") == [["1", "1"]]
    assert not quiet or err.count("\n") == 1
    command = next(line for line in err.splitlines() if "exp save" in line).split("save them with: ")[1]
    os.unlink(in_the_way)
    repo.env["PATH"] = f"{os.path.dirname(PYTHON)}:{repo.env['PATH']}"
    done = repo.bare(["sh", "-c", command])
    assert done.code == 0, done.err
    assert experiments(repo)["late"]["metrics"]["dvclive/metrics.json"]["data"] == {"step": 1, "loss": 1}


def in_pipeline(place: Place) -> None:
    """One stage that runs `dvclive run`, committed."""
    inner = shlex.join([*DVCLIVE, "run", "--", "sh", "-c", "echo loss=0.5 step=1"])
    assert place.bare([*DVC, "init", "-q"]).code == 0
    with open(place.path("dvc.yaml"), "w") as file:
        file.write(f"stages:\n  train:\n    cmd: {inner}\nmetrics:\n- dvclive/metrics.json\n")
    with open(place.path(".gitignore"), "w") as file:
        file.write("/tmp\n")
    for command in ("git add .", "git commit -q -m pipeline"):
        assert place.bare(shlex.split(command)).code == 0


@pytest.mark.parametrize(
    ("how", "names"),
    [(("exp", "run", "-n", "piped"), {"piped"}), (("repro",), set())],
    ids=["exp run", "repro"],
)
def test_inside_a_pipeline_dvc_keeps_the_experiment(
    repo: Place, how: tuple[str, ...], names: set[str]
) -> None:
    in_pipeline(repo)
    dvc(repo, *how)
    assert rows(repo, "loss") == [["1", "0.5"]]
    found = experiments(repo)
    assert set(found) == names
    for data in found.values():
        assert data["metrics"]["dvclive/metrics.json"]["data"]["loss"] == 0.5


def test_the_user_file_dvc_yaml_is_kept(repo: Place) -> None:
    mine = "# mine\nstages:\n  prepare: # first\n    cmd: echo hi\n"
    with open(repo.path("dvc.yaml"), "w") as file:
        file.write(mine)
    record(repo, "--", "sh", "-c", "echo loss=1 step=1")
    assert read_file(repo.path("dvc.yaml")).startswith(mine)


@pytest.mark.parametrize("what", ["--help", "help-protocol", "run --help", "--version"])
def test_help_is_there(place: Place, what: str) -> None:
    out, _, code = place.bare([*DVCLIVE, *what.split()])
    assert code == 0
    assert out


def test_another_python_may_train(repo: Place) -> None:
    """The child's interpreter needs nothing of ours: no path and no module of ours gets into it."""
    show = "import sys, os; print(sys.path, sorted(v for v in os.environ if 'PYTHON' in v))"
    repo.env.pop("PYTHONPATH")
    bare = repo.bare([sys.executable, "-I", "-c", show])
    out, _, _ = repo.under([sys.executable, "-I", "-c", show], env={**repo.env, "PYTHONPATH": ROOT})
    assert out.decode().split("]")[0] == bare.out.decode().split("]")[0]


@pytest.fixture(scope="module")
def console_script() -> Callable[[], str]:
    """The installed command, where the tests run in an environment that has it."""
    path = os.path.join(os.path.dirname(PYTHON), "dvclive")
    return lambda: path if os.path.exists(path) else pytest.skip("the dvclive command is not installed here")


def test_the_installed_command_is_this_package(console_script: Callable[[], str]) -> None:
    done = subprocess.run([console_script(), "--version"], capture_output=True, text=True, check=True)
    assert "4.0.0" in done.stdout


def test_the_report_says_how_it_ended_and_what_was_said_last_without_secrets(repo: Place) -> None:
    repo.env["MY_TOKEN"] = "s3cr3t-value"
    script = "echo loss=0.5 step=1; printf '10%%\\r100%%\\n'; echo \"with $MY_TOKEN\"; echo gone >&2; exit 3"
    record(repo, "--no-save-dvc-exp", "--report", "html", "--", "sh", "-c", script)
    text = read_file(repo.path("dvclive/report.html"))
    assert "s3cr3t-value" not in text
    found = json.loads(text.split('id="data">')[1].split("</script>")[0])
    assert found["status"]["text"] == "failed, exit code 3"
    last = ["100%", "gone", "loss=0.5 step=1", "with ***"]
    assert sorted(found["tail"].split("\n")) == last
    told = json.loads(read_file(repo.path("dvclive/run.json")))
    assert sorted(told["sessions"][-1]["output"]) == last
    again = repo.bare([*DVCLIVE, "report", "dvclive"])
    assert again.code == 0, again.err
    text = read_file(repo.path("dvclive/report.html"))
    assert json.loads(text.split('id="data">')[1].split("</script>")[0])["tail"] == found["tail"]
    shown = repo.bare([*DVCLIVE, "show", "dvclive"]).out.decode().splitlines()
    assert sorted(shown[shown.index("last lines of output") + 1 :][:4]) == last


def test_what_a_program_said_is_kept_where_it_failed(repo: Place) -> None:
    """The last lines, none without end, no escape of a terminal; of a program that completed none."""
    script = "seq 100; head -c 5000 /dev/zero | tr '\\0' x; echo; printf '\\033[31mred\\033[0m\\n'; exit"
    for code, expected in ((7, True), (0, False)):
        record(repo, "--no-save-dvc-exp", "--", "sh", "-c", f"{script} {code}")
        (session,) = json.loads(read_file(repo.path("dvclive/run.json")))["sessions"]
        assert ("output" in session) is expected
        if expected:
            assert session["output"] == [*map(str, range(83, 101)), "x" * 500, "red"]
    data = found_in(repo, "dvclive")
    assert data["tail"] == ""


def found_in(repo: Place, run: str) -> dict[str, Any]:
    """The data in the page of a run."""
    done = repo.bare([*DVCLIVE, "report", run, "-o", "-"])
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out.decode().split('id="data">')[1].split("</script>")[0])
    return found
