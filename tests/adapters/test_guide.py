"""The guide's programs and lines run as they stand there, and record what they say."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import scripts
from languages import ADAPTERS, LANGUAGES, built

from dvclive_cli.commands.adapter import ADAPTERS as FILES

GUIDE = (ADAPTERS / "README.md").read_text("utf-8")
TAGS = {"bash": "bash", "c": "c", "cpp": "cpp", "go": "go", "java": "java", "julia": "julia", "js": "node"}
TAGS |= {"matlab": "octave", "perl": "perl", "r": "r", "rust": "rust"}
BLOCKS = dict(re.findall(r"^```(\w+)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE))
LINES = dict(re.findall(r"^\| ([^|]+) \| `+ ?(.*?) ?`+ \|$", GUIDE, re.MULTILINE))
UNDER = [sys.executable, "-m", "dvclive_cli", "run", "--quiet", "--no-save-dvc-exp", "--no-command-params"]

# A program around the line: `loss` is 0.5, 0.25, 0.125 at the steps 0, 1, 2. %s is the line.
AROUND = {
    "sh, bash": ("bash", "step=0\nfor loss in 0.5 0.25 0.125; do\n%s\nstep=$((step + 1))\ndone\n"),
    "C": (
        "c",
        "#include <stdio.h>\nint main(void) { double loss = 0.5;"
        "for (int step = 0; step < 3; step++, loss /= 2) {\n%s\n} return 0; }\n",
    ),
    "C++": (
        "cpp",
        "#include <iostream>\nint main() { double loss = 0.5;"
        "for (int step = 0; step < 3; step++, loss /= 2) {\n%s\n} }\n",
    ),
    "Go": (
        "go",
        'package main\n\nimport "fmt"\n\nfunc main() {\nloss := 0.5\n'
        "for step := 0; step < 3; step++ {\n%s\nloss /= 2\n}\n}\n",
    ),
    "Java": (
        "java",
        "public class Program { public static void main(String[] a) { double loss = 0.5;"
        "for (int step = 0; step < 3; step++, loss /= 2) {\n%s\n} } }\n",
    ),
    "JavaScript": ("node", "let loss = 0.5; for (let step = 0; step < 3; step++, loss /= 2) {\n%s\n}\n"),
    "Julia": ("julia", "for (step, loss) in zip(0:2, (0.5, 0.25, 0.125))\n%s\nend\n"),
    "Octave, MATLAB": ("octave", "for step = 0:2\nloss = 0.5 / 2 ^ step;\n%s\nend\n"),
    "Perl": ("perl", "my $loss = 0.5; for my $step (0 .. 2) {\n%s\n$loss /= 2; }\n"),
    "R": ("r", "for (step in 0:2) {\nloss <- 0.5 / 2 ^ step\n%s\n}\n"),
    "Rust": ("rust", "fn main() { let mut loss = 0.5; for step in 0..3 {\n%s\nloss /= 2.0; } }\n"),
}


def recorded(argv: list[str], cwd: Path) -> tuple[list[list[str]], dict[str, object]]:
    """The rows and the params of a program's run; it prints nothing on stderr."""
    done = subprocess.run(
        [*UNDER, "--", *argv], cwd=cwd, env={**scripts.environment(cwd), "LC_ALL": "C.UTF-8"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    params = cwd / "dvclive" / "params.yaml"
    rows = [[step, float(loss)] for step, loss in scripts.rows(cwd / "dvclive/plots/metrics/loss.tsv")[1:]]
    return rows, scripts.yaml(params) if params.exists() else {}


WANTED = [["0", 0.5], ["1", 0.25], ["2", 0.125]]


def test_the_guide_has_every_language() -> None:
    assert set(TAGS.values()) == set(FILES) == set(LANGUAGES)
    assert set(BLOCKS) == {*TAGS, "text", "python"}
    assert set(LINES) == {*AROUND, "awk", "Python"}


@pytest.mark.parametrize("tag", TAGS)
def test_a_program_with_an_adapter(tag: str, tmp_path: Path) -> None:
    """With the file where `dvclive adapter` would have been told to put it."""
    language = TAGS[tag]
    if LANGUAGES[language].adapter == "":
        shutil.copy(ADAPTERS / language / FILES[language].file, tmp_path)
    command = built(language, tmp_path / "built", BLOCKS[tag])
    if language in ("node", "octave"):  # they look beside the program
        shutil.copy(ADAPTERS / language / FILES[language].file, tmp_path / "built")
    assert recorded(command, tmp_path) == (WANTED, {"lr": 0.1})


@pytest.mark.parametrize("name", AROUND)
def test_a_printed_line(name: str, tmp_path: Path) -> None:
    language, around = AROUND[name]
    command = built(language, tmp_path / "built", around.replace("%s", LINES[name]))
    assert recorded(command, tmp_path) == (WANTED, {})


def test_a_printed_line_of_awk(tmp_path: Path) -> None:
    (tmp_path / "losses").write_text("0 0.5\n1 0.25\n2 0.125\n")
    assert recorded(["awk", LINES["awk"], "losses"], tmp_path) == (WANTED, {})


def test_a_printed_line_of_python(tmp_path: Path) -> None:
    code = f"for step, loss in enumerate((0.5, 0.25, 0.125)):\n  {LINES['Python']}"
    assert recorded([sys.executable, "-c", code], tmp_path) == (WANTED, {})


def test_an_adapter_of_ones_own(tmp_path: Path) -> None:
    """Twenty lines, and records of any length."""
    code = BLOCKS["python"]
    assert len([line for line in code.split("\nsend(")[0].splitlines() if line]) <= 20
    assert recorded([sys.executable, "-c", code], tmp_path) == (WANTED, {"lr": 0.1})
    long = code + "send({'param': {'long': 'x' * 9000}})\n"
    assert recorded([sys.executable, "-c", long], tmp_path)[1] == {"lr": 0.1, "long": "x" * 9000}


def test_the_first_line_is_a_record(tmp_path: Path) -> None:
    done = subprocess.run(
        [*UNDER, "--", "echo", BLOCKS["text"].strip()],
        cwd=tmp_path,
        env=scripts.environment(tmp_path),
        check=True,
    )
    assert done.returncode == 0
    assert json.loads((tmp_path / "dvclive/metrics.json").read_text()) == {
        "step": 3,
        "loss": 0.52,
        "acc": 0.91,
    }
