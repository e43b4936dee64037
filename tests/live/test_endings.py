"""However a program ends, its run is finished and marked as what it was; and no other process touches it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import scripts
from processes import until

OPEN = (
    "from dvclive import Live\nlive = Live(save_dvc_exp=False)\nlive.log_metric('x', 1)\nlive.next_step()\n"
)


@pytest.fixture
def cwd(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def status(cwd: Path) -> tuple[Any, ...]:
    told = json.loads((cwd / "dvclive/run.json").read_text())
    session = told["sessions"][-1] if "sessions" in told else told
    return told["status"], session.get("exit_code"), session.get("signal")


@pytest.mark.parametrize(
    ("end", "wanted", "code"),
    [
        ("", ("completed", None, None), 0),
        ("live.end()", ("completed", None, None), 0),
        ("import sys; sys.exit(3)", ("failed", 3, None), 3),
        ("import sys; sys.exit(0)", ("completed", None, None), 0),
        ("import sys; sys.exit('no data')", ("failed", 1, None), 1),
        ("1 / 0", ("failed", None, None), 1),
        ("raise KeyboardInterrupt", ("interrupted", None, "SIGINT"), -signal.SIGINT),
        ("live.__enter__()\nwith live: 1 / 0", ("failed", None, None), 1),
        ("with live: import sys; sys.exit(4)", ("failed", 4, None), 4),
        ("try:\n  with live: 1 / 0\nexcept ZeroDivisionError: pass", ("failed", None, None), 0),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", ("interrupted", None, "SIGTERM"), -15),
    ],
)
def test_the_end_is_told_truthfully(cwd: Path, end: str, wanted: tuple[Any, ...], code: int) -> None:
    """Without `end()`, and in ways that the reference saves as a success."""
    done = scripts.run(f"{OPEN}{end}", cwd)
    assert done.returncode == code, done.stderr
    assert status(cwd) == wanted
    assert json.loads((cwd / "dvclive/metrics.json").read_text()) == {"step": 0, "x": 1}


def test_what_is_imported_at_the_end_changes_no_status(cwd: Path) -> None:
    """A report is written by modules that only the end imports."""
    done = scripts.run(
        "from dvclive import Live\nLive(report='html', save_dvc_exp=False)\nraise KeyboardInterrupt", cwd
    )
    assert done.returncode == -signal.SIGINT
    assert (cwd / "dvclive" / "report.html").exists()


def test_sigterm_in_the_middle_of_logging(cwd: Path) -> None:
    """No row is torn or lost, whenever it comes; the program dies of it."""
    code = (
        OPEN + "print('ready', flush=True)\nn = 0\nwhile True:\n  n += 1\n  live.log_metric('n', n)\n"
        "  live.next_step()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], cwd=cwd, env=scripts.environment(cwd.parent), stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    path = cwd / "dvclive/plots/metrics/n.tsv"
    until(lambda: path.exists() and path.stat().st_size > 2000, "rows")
    child.terminate()
    assert child.wait() == -signal.SIGTERM
    child.stdout.close()
    rows = scripts.rows(path)
    assert [row[1] for row in rows[1:]] == [str(n) for n in range(1, len(rows))]
    last = json.loads((cwd / "dvclive/metrics.json").read_text())
    assert last["n"] == len(rows) - 1
    assert status(cwd) == ("interrupted", None, "SIGTERM")


def test_kill_loses_no_row_that_log_metric_returned_from(cwd: Path) -> None:
    code = OPEN + "n = 0\nwhile True:\n  n += 1\n  live.log_metric('n', n)\n  print(n, flush=True)\n"
    child = subprocess.Popen(
        [sys.executable, "-c", code], cwd=cwd, env=scripts.environment(cwd.parent), stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    for _ in range(500):
        child.stdout.readline()
    child.kill()
    printed = child.stdout.read().split(b"\n")
    child.wait()
    child.stdout.close()
    told = int(printed[-2]) if len(printed) > 1 else 500
    rows = scripts.rows(cwd / "dvclive/plots/metrics/n.tsv")[1:]
    assert [row[1] for row in rows] == [str(n) for n in range(1, len(rows) + 1)]
    assert len(rows) >= told
    resumed = scripts.run(
        "from dvclive import Live\nlive = Live(resume=True, save_dvc_exp=False)\nprint(live.step)", cwd
    )
    assert resumed.returncode == 0, resumed.stderr
    assert resumed.stdout == "2\n"


def test_a_handler_of_the_program_s_own_stays(cwd: Path) -> None:
    code = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *a: sys.exit(7))\n" + OPEN
    done = scripts.run(code + "import os; os.kill(os.getpid(), signal.SIGTERM)", cwd)
    assert done.returncode == 7
    assert status(cwd) == ("failed", 7, None)


def test_nothing_is_left_installed_after_the_end(cwd: Path) -> None:
    code = (
        "import signal, sys\nbefore = sys.exit\n" + OPEN + "assert sys.exit is not before\nlive.end()\n"
        "assert sys.exit is before\nassert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL"
    )
    done = scripts.run(code, cwd)
    assert done.returncode == 0, done.stderr


FORK = (
    OPEN
    + """
import os, sys
for _ in range(2):
    child = os.fork()
    if child == 0:
        live.log_metric("x", 99)
        live.next_step()
        {how}
    os.waitpid(child, 0)
live.log_metric("x", 2)
"""
)


@pytest.mark.parametrize("how", ["live.end(); sys.exit(0)", "os._exit(0)", "1 / 0"])
def test_a_forked_process_records_nothing_and_says_so(cwd: Path, how: str) -> None:
    """A data loader's worker: no crash, no row of its own, one message each; the parent goes on."""
    done = scripts.run(FORK.replace("{how}", how), cwd)
    assert done.returncode == 0, done.stderr
    assert scripts.rows(cwd / "dvclive/plots/metrics/x.tsv")[1:] == [["0", "1"], ["1", "2"]]
    assert status(cwd) == ("completed", None, None)
    assert done.stderr.count("was forked from the one that records") == 2


SPAWN = """
import multiprocessing, os, sys
from dvclive import Live

def work(live):
    live.log_metric("x", 99)
    live.end()

if __name__ == "__main__":
    live = Live(save_dvc_exp=False)
    live.log_metric("x", 1)
    worker = multiprocessing.get_context("spawn").Process(target=work, args=(live,))
    worker.start()
    worker.join()
    assert worker.exitcode == 0, worker.exitcode
    live.log_metric("x", 2)
"""


def test_a_spawned_process_records_nothing_and_says_so(cwd: Path) -> None:
    (cwd / "main.py").write_text(SPAWN)
    done = subprocess.run(
        [sys.executable, "main.py"],
        cwd=cwd,
        env=scripts.environment(cwd.parent),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert scripts.rows(cwd / "dvclive/plots/metrics/x.tsv")[1:] == [["0", "1"], ["0", "2"]]
    assert done.stderr.count("came from another process") == 1


def test_a_second_process_in_the_directory_records_nothing_and_names_the_first(cwd: Path) -> None:
    second = OPEN.replace("'x', 1", "'x', 99")
    code = f"{OPEN}import subprocess, sys\nsubprocess.run([sys.executable, '-c', {second!r}], check=True)"
    done = scripts.run(code, cwd)
    assert done.returncode == 0, done.stderr
    assert scripts.rows(cwd / "dvclive/plots/metrics/x.tsv")[1:] == [["0", "1"]]
    assert done.stderr.count("is not recorded: one process records a directory") == 1
    assert "held by process" in done.stderr


@pytest.mark.parametrize(("name", "under"), [*((name, False) for name in scripts.RANKS), ("RANK", True)])
def test_only_rank_0_records(cwd: Path, name: str, under: bool) -> None:
    quiet = scripts.run(OPEN, cwd, "--no-save-dvc-exp", under=under, env={name: "3"})
    assert quiet.returncode == 0, quiet.stderr
    assert not (cwd / "dvclive/plots").exists()
    assert quiet.stderr.count(f"{name}=3") == 1
    first = scripts.run(OPEN, cwd, "--no-save-dvc-exp", under=under, env={name: "0"})
    assert first.returncode == 0, first.stderr
    assert (cwd / "dvclive/plots/metrics/x.tsv").exists()


def test_test_mode_writes_to_a_directory_that_goes_with_the_process(cwd: Path) -> None:
    """`DVCLIVE_TEST`, for tests of programs."""
    code = OPEN.replace("save_dvc_exp=False", "report='html'") + "live.end()\n"
    code += "import os; print(live.dir, os.path.exists(live.metrics_file), live.report_file)"
    scripts.repository(cwd)
    done = scripts.run(code, cwd, env={"DVCLIVE_TEST": "true"})
    directory, wrote, report = done.stdout.split()
    assert (wrote, report) == ("True", "None")
    assert not os.path.exists(directory)
    assert scripts.git(cwd, "status", "--porcelain") == ""
    assert done.stderr == ""


def test_messages_can_be_silenced_and_are_not_doubled(cwd: Path) -> None:
    loud = scripts.run("from dvclive import Live\nLive().end()", cwd)
    assert loud.stderr.startswith("WARNING:dvclive:")
    assert loud.stderr.count("is in no Git repository") == 1
    silent = scripts.run("from dvclive import Live\nLive().end()", cwd, env={"DVCLIVE_LOGLEVEL": "ERROR"})
    assert silent.stderr == ""
    doubled = scripts.run(
        "import logging; logging.basicConfig()\nfrom dvclive import Live\nLive().end()", cwd
    )
    assert doubled.stderr.count("is in no Git repository") == 1
