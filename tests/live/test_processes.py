"""Programs of several processes: workers of a data loader, forked or spawned, and the ranks of a job."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest
import scripts

WORKERS = """
import multiprocessing, os, sys
from dvclive import Live

def load(arguments):
    number, live = arguments
    (live or LIVE).log_metric("x", 100 + number)  # what a worker must not do
    return number

if __name__ == "__main__":
    method, send = sys.argv[1], sys.argv[2] == "send"
    LIVE = Live(save_dvc_exp=False)
    context = multiprocessing.get_context(method)
    for epoch in range(2):
        with context.Pool(2) as pool:
            for number in pool.imap(load, [(n, LIVE if send else None) for n in range(20)]):
                LIVE.log_metric("x", number)
        LIVE.next_step()
    LIVE.end()
"""

RANKS = """
import os, subprocess, sys
if len(sys.argv) == 1:
    ranks = [
        subprocess.Popen([sys.executable, __file__, "rank"], env={**os.environ, VARIABLE: str(n)})
        for n in range(4)
    ]
    sys.exit(sum(rank.wait() for rank in ranks))
from dvclive import Live
with Live(save_dvc_exp=False) as live:
    for step in range(50):
        live.log_metric("loss", int(os.environ[VARIABLE]) * 1000 + step)
        live.log_param("p", 1)
        live.next_step()
    live.summary["rank"] = int(os.environ[VARIABLE])
"""


def left(tmp_path: Path, code: str, *words: str, under: bool) -> tuple[Path, str]:
    """Run a program from a file, which spawned workers read again; its folder and its stderr."""
    cwd = tmp_path / "work"
    cwd.mkdir()
    (cwd / "train.py").write_text(textwrap.dedent(code))
    done = scripts.run(
        f"import runpy, sys; sys.argv = ['train.py', *{list(words)!r}]\n"
        "import subprocess; sys.exit(subprocess.call([sys.executable, *sys.argv]))",
        cwd,
        "--no-save-dvc-exp",
        under=under,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return cwd / "dvclive", done.stderr


@pytest.mark.parametrize("under", [False, True])
@pytest.mark.parametrize(("method", "how"), [("fork", "inherit"), ("fork", "send"), ("spawn", "send")])
def test_workers_of_a_data_loader(tmp_path: Path, method: str, how: str, under: bool) -> None:
    """One writer: the parent's rows, all of them, in order, and none of the workers'."""
    run, told = left(tmp_path, WORKERS, method, how, under=under)
    rows = scripts.rows(run / "plots/metrics/x.tsv")[1:]
    assert rows == [[str(epoch), str(number)] for epoch in range(2) for number in range(20)]
    assert json.loads((run / "run.json").read_text())["status"] == "completed"
    said = [line for line in told.splitlines() if "recorded" in line]
    assert 0 < len(said) <= 4  # once a worker
    assert all("Return the values" in line for line in said)


@pytest.mark.parametrize("under", [False, True])
@pytest.mark.parametrize("variable", scripts.RANKS)
def test_the_ranks_of_a_job(tmp_path: Path, variable: str, under: bool) -> None:
    """Process 0 records; each other one says so once, and the files are those of process 0 alone."""
    run, told = left(tmp_path, f"VARIABLE = {variable!r}\n{RANKS}", under=under)
    rows = scripts.rows(run / "plots/metrics/loss.tsv")[1:]
    assert rows == [[str(step), str(step)] for step in range(50)]
    assert json.loads((run / "metrics.json").read_text())["rank"] == 0
    assert told.count("process 0 records the run") == 3
