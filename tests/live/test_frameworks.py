"""transformers' and accelerate's own DVCLive integrations, unchanged, with our distribution installed.

    DVCLIVE_FRAMEWORKS=install pytest -m integration tests/live/test_frameworks.py

makes an interpreter with the frameworks (torch for the CPU, transformers, accelerate: a gigabyte, minutes).
"""

from __future__ import annotations

import json
import subprocess
import tarfile
from pathlib import Path

import pytest
import scripts
from interpreters import OURS, TORCH, Interpreter

FRAMEWORKS = Interpreter("DVCLIVE_FRAMEWORKS", "tests/live/test_frameworks.py")
pytestmark = FRAMEWORKS.marks
PACKAGES = (TORCH, "transformers", "accelerate", "pytest", "parameterized")


def run(*argv: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; its output is in the failure's message."""
    environ = {**scripts.environment(cwd), **env}
    done = subprocess.run(argv, cwd=cwd, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-8000:]
    return done


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The interpreter that has the frameworks."""
    return FRAMEWORKS.made(tmp_path_factory.mktemp("frameworks"), *PACKAGES, *OURS)


@pytest.fixture(scope="session")
def ours(python: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder for PYTHONPATH with our distribution, as pip builds and installs it: code and metadata."""
    target = tmp_path_factory.mktemp("ours")
    argv = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), scripts.ROOT]
    subprocess.run(argv, check=True)
    return str(target)


TRAINER = """
import torch
from transformers import (
    BertConfig, BertForSequenceClassification, Trainer, TrainerCallback, TrainingArguments
)

config = BertConfig(
    vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8
)
data = [{"input_ids": torch.randint(0, 20, (4,)), "labels": torch.tensor(n % 2)} for n in range(16)]
arguments = TrainingArguments(
    "out", report_to="dvclive", num_train_epochs=2, per_device_train_batch_size=4, logging_steps=2,
    eval_strategy="epoch", use_cpu=True, disable_tqdm=True, save_strategy="no",
)
trainer = Trainer(
    BertForSequenceClassification(config), arguments, train_dataset=data, eval_dataset=data[:4]
)
assert "DVCLiveCallback" in [type(callback).__name__ for callback in trainer.callback_handler.callbacks]
trainer.train()
"""


def test_accelerate_s_own_tests(python: str, ours: str, tmp_path: Path) -> None:
    """`DVCLiveTrackingTest` from accelerate's source distribution."""
    version = run(
        python, "-c", "import accelerate; print(accelerate.__version__)", cwd=tmp_path
    ).stdout.strip()
    argv = ["download", "--quiet", "--no-deps", "--no-binary", ":all:", "--no-build-isolation"]
    subprocess.run([python, "-m", "pip", *argv, f"accelerate=={version}"], cwd=tmp_path, check=True)
    with tarfile.open(next(tmp_path.glob("accelerate-*.tar.gz"))) as sources:
        sources.extractall(tmp_path, filter="data")
    tests = next(tmp_path.glob("accelerate-*/tests/test_tracking.py"))
    done = run(
        *(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests.name, "-k", "DVCLiveTrackingTest"),
        cwd=tests.parent,
        PYTHONPATH=ours,
    )
    assert "2 passed" in done.stdout
    assert "skipped" not in done.stdout


@pytest.mark.parametrize("under", [False, True])
def test_a_trainer_that_reports_to_dvclive(python: str, ours: str, tmp_path: Path, under: bool) -> None:
    """A tiny Trainer, alone and under `dvclive run`: its metrics and parameters are in the experiment."""
    cwd = scripts.repository(tmp_path / "work")
    (cwd / "train.py").write_text(TRAINER)
    around = [python, "-m", "dvclive_cli", "run", "--quiet", "--"] if under else []
    run(*around, python, "train.py", cwd=cwd, PYTHONPATH=ours, HF_HUB_OFFLINE="1")
    metrics = json.loads((cwd / "dvclive/metrics.json").read_text())
    assert {"train", "eval"} <= set(metrics)
    rows = scripts.rows(cwd / "dvclive/plots/metrics/loss.tsv")
    assert [row[0] for row in rows[1:]] == ["0", "1", "3", "4"]  # a step is a log; 2 and 5 were evaluations
    params = scripts.yaml(cwd / "dvclive/params.yaml")
    assert params["num_train_epochs"] == 2
    assert len(scripts.experiments(cwd)) == 1
