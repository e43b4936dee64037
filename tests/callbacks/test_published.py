"""Published training scripts, not a character of them changed, with no option: what is recorded of them is
what the framework itself reports.

The scripts are not ours to keep: those of packages are run from where they are installed, the others are
fetched from GitHub at the commit that the table names. Data that they would download is made from what
scikit-learn brings along, in the form they expect.
"""

from __future__ import annotations

import ast
import gzip
import json
import os
import shutil
import struct
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import scripts
import trainings
from interpreters import TORCH, Interpreter, need
from trainings import Trained

PACKAGES = (
    *("keras", "lightning", "transformers", "accelerate", "trl", "datasets", "lightgbm", "pandas", "optuna"),
    *("stable-baselines3", "rl_zoo3", "tensorboard", "wandb", "mlflow", "torchvision", TORCH),
)
IMPORTS = ("sklearn",)
OLDER = Interpreter("DVCLIVE_OLDER", "tests/callbacks/test_published.py")
OLDER_PACKAGES = ("xgboost<2.1", "catboost", "mlflow<3", "numpy<2", "scikit-learn<1.5", "pandas<2.2")
"""For scripts that were written for these."""

WHERE = os.environ.get("DVCLIVE_SCRIPTS", "")
SCRIPTS = {
    "catboost": "mlflow/mlflow/256f24a3907835c01ea952424f17a5db10dd9f41/examples/catboost/train.py",
    "keras": "keras-team/keras/1cbb88bc30c2932ab53fa059f6cadb5cc6c31abd/examples/demo_subclass.py",
    "lightgbm": "lightgbm-org/LightGBM/690602b6f49fc0316c18fb823747be3f1f4ac785"
    "/examples/python-guide/simple_example.py",
    "lightning": "Lightning-AI/pytorch-lightning/6c9edcfa62671a846bc238b4cfa1eda2c4bf63fb"
    "/examples/pytorch/bug_report/bug_report_model.py",
    "mlflow": "mlflow/mlflow/200a6067fe783c338e80b41a5a58062d3c42887d/examples/quickstart/mlflow_tracking.py",
    "optuna": "optuna/optuna-examples/dacba8a64deec4ba536ef4408323b707467cd30e"
    "/basic_and_faq_usages/quadratic_simple.py",
    "sklearn": "scikit-learn/scikit-learn/0244ca965e08b5a87e0526e689ff16700f011405"
    "/examples/model_selection/plot_grid_search_digits.py",
    "summarywriter": "pytorch/tutorials/e93912ba5df54e3ccecdde4c63d58f6cffd00c41"
    "/recipes_source/recipes/tensorboard_with_pytorch.py",
    "wandb": "wandb/examples/2533e3c170e8bd0b58bac8a464536a50532844fb"
    "/examples/launch/launch-quickstart/train.py",
    "xgboost": "dmlc/xgboost/f1ec604a2b890f349937bd86c3120a1f98c1c6d0"
    "/demo/guide-python/sklearn_evals_result.py",
}
"""Owner, repository, commit and path."""

pytestmark = [
    *trainings.FRAMEWORKS.marks,
    pytest.mark.skipif(not WHERE, reason="set DVCLIVE_SCRIPTS=fetch, or to a folder with the scripts"),
]
ENVIRONMENT = {
    **trainings.QUIET, "MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_TRACKING_URI": "file:mlruns", "MPLBACKEND": "Agg", "WANDB_MODE": "offline",
    "WANDB_SILENT": "true",
}  # fmt: skip
TOLD = Path(__file__).parents[1] / "bridges" / "programs"


class Desk:
    """A folder, an interpreter, and a published script that is run there."""

    def __init__(self, python: str, tmp_path: Path) -> None:
        self.python = python
        self.cwd = scripts.repository(tmp_path / "work")
        self.environ = scripts.environment(tmp_path, **ENVIRONMENT)

    def script(self, name: str) -> str:
        """The path of a script that has been fetched, in a tree of folders as in its repository."""
        place = SCRIPTS[name]
        path = self.cwd.parent / "scripts" / place
        path.parent.mkdir(parents=True)
        if WHERE == "fetch":
            with urllib.request.urlopen(f"https://raw.githubusercontent.com/{place}") as answer:
                path.write_bytes(answer.read())
        else:
            shutil.copy(Path(WHERE, place), path)
        return str(path)

    def run(self, *words: str) -> Trained:
        """`dvclive run -- python WORDS`; the report is what it prints."""
        argv = [sys.executable, "-m", "dvclive_cli", "run", "--", self.python, *words]
        done = subprocess.run(
            argv, cwd=self.cwd, env=self.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-8000:]
        return Trained(done.stdout, self.cwd, done.stderr)

    def observe(self, script: str, expression: str) -> Trained:
        """The report is an expression over the script's names when it has ended."""
        ran = self.run(str(trainings.PROGRAMS / "observed.py"), expression, script)
        return ran._replace(report=json.loads(ran.report.splitlines()[-1]))

    def tell(self, program: Path, *words: str) -> Any:
        """What a program reads in what the framework has written."""
        argv = [self.python, str(program), *words]
        done = subprocess.run(
            argv, cwd=self.cwd, env=self.environ, stdout=subprocess.PIPE, text=True, check=True
        )
        return json.loads(done.stdout.splitlines()[-1])

    def make(self, program: str) -> None:
        """Run a few lines that put data where a script expects it."""
        subprocess.run([self.python, "-c", program], cwd=self.cwd, env=self.environ, check=True)


@pytest.fixture
def desk(python: str, tmp_path: Path) -> Desk:
    return Desk(python, tmp_path)


@pytest.fixture
def older(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """With frameworks of their time."""
    python = OLDER.made(tmp_path_factory.mktemp("older"), *OLDER_PACKAGES)
    need(python, "xgboost", "catboost", "mlflow")
    return Desk(python, tmp_path)


def points(trained: Trained, name: str) -> list[list[float]]:
    return [[step, value] for step, value in zip(trained.steps(name), trained.values(name), strict=True)]


@pytest.mark.keras
def test_keras(desk: Desk) -> None:
    """It prints its history."""
    trained = desk.run(desk.script("keras"))
    lines = trained.report.splitlines()
    history = ast.literal_eval(lines[lines.index("History:") + 1])
    wanted = {
        f"eval/{name[4:]}" if name.startswith("val_") else f"train/{name}": values
        for name, values in history.items()
    }
    assert trained.names() == set(wanted)
    assert len(wanted) == 4
    for name, values in wanted.items():
        assert points(trained, name) == [[step, value] for step, value in enumerate(values)]
    assert (trained.params()["optimizer"], trained.params()["epochs"]) == ("SGD", 6)


@pytest.mark.lightning
def test_lightning(desk: Desk) -> None:
    trained = desk.run(desk.script("lightning"))
    told = desk.tell(trainings.PROGRAMS / "events_told.py", "lightning_logs")
    told = {name: values for name, values in told.items() if name != "hp_metric"}
    names = {"test_loss": "test/loss"}
    assert trained.names() == {names.get(name, name) for name in told}
    for name, values in told.items():
        assert points(trained, names.get(name, name)) == values


SMALL = """
import json, os, random
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
random.seed(0)
words = "the cat sat on a mat and dog ran to house big small red blue".split()
names = {word: number for number, word in enumerate(["<pad>", "<eos>", "<unk>", *words])}
tokens = Tokenizer(models.WordLevel(names, unk_token="<unk>"))
tokens.pre_tokenizer = pre_tokenizers.Whitespace()
special = {"pad_token": "<pad>", "eos_token": "<eos>", "unk_token": "<unk>"}
PreTrainedTokenizerFast(tokenizer_object=tokens, **special).save_pretrained("small")
LlamaForCausalLM(LlamaConfig(
    vocab_size=len(names), hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
    num_key_value_heads=2, max_position_embeddings=64, pad_token_id=0, bos_token_id=1, eos_token_id=1,
)).save_pretrained("small")
os.mkdir("texts")
with open("texts/train.jsonl", "w") as file:
    for _ in range(32):
        print(json.dumps({"text": " ".join(random.choices(words, k=12))}), file=file)
"""


@pytest.mark.transformers
def test_transformers(desk: Desk) -> None:
    """TRL's script for fine-tuning, as it is installed."""
    need(desk.python, "trl", "datasets")
    desk.make(SMALL)
    trained = desk.run(
        *("-m", "trl.scripts.sft", "--model_name_or_path", "small", "--dataset_name", "texts"),
        *("--output_dir", "out", "--num_train_epochs", "2", "--per_device_train_batch_size", "8"),
        *("--logging_steps", "1", "--use_cpu", "--report_to", "none", "--bf16", "False"),
        *("--save_strategy", "epoch"),
    )
    newest = max((desk.cwd / "out").glob("checkpoint-*"), key=lambda path: int(path.name.partition("-")[2]))
    rows = json.loads((newest / "trainer_state.json").read_text())["log_history"]
    assert len(rows) == 8
    for name in ("loss", "grad_norm", "learning_rate", "entropy", "mean_token_accuracy", "num_tokens"):
        assert points(trained, name) == [[row["step"], row[name]] for row in rows]
    params = trained.params()
    assert (params["num_train_epochs"], params["per_device_train_batch_size"]) == (2, 8)
    assert params["learning_rate"] == 2e-5  # not given: TRL's own


@pytest.mark.xgboost
@pytest.mark.usefixtures("python")
def test_xgboost(older: Desk) -> None:
    trained = older.observe(older.script("xgboost"), "evals_result")
    assert trained.names() == {f"{data}/logloss" for data in trained.report}
    for data, metrics in trained.report.items():
        assert points(trained, f"{data}/logloss") == [list(point) for point in enumerate(metrics["logloss"])]
    assert trained.params()["objective"] == "binary:logistic"


REGRESSION = """
import sys
import numpy as np
from sklearn.datasets import load_diabetes
x, y = load_diabetes(return_X_y=True)
rows = np.column_stack([y, x])
np.savetxt("{0}/regression.train", rows[:340], delimiter="\\t")
np.savetxt("{0}/regression.test", rows[340:], delimiter="\\t")
"""


@pytest.mark.lightgbm
def test_lightgbm(desk: Desk) -> None:
    """Early stopping never comes: the best round is told of the last."""
    need(desk.python, "lightgbm")
    script = Path(desk.script("lightgbm"))
    data = script.parents[1] / "regression"
    data.mkdir()
    desk.make(REGRESSION.format(data))
    trained = desk.observe(str(script), "[gbm.best_iteration, gbm.best_score]")
    best, scores = trained.report
    assert trained.names() == {"valid_0/l1", "valid_0/l2"}
    for metric in ("l1", "l2"):
        assert trained.steps(f"valid_0/{metric}") == list(range(20))
        assert trained.values(f"valid_0/{metric}")[best - 1] == scores["valid_0"][metric]
    params = trained.params()
    assert (params["device"], params["learning_rate"], params["num_boost_round"]) == ("cpu", 0.05, 20)


@pytest.mark.catboost
@pytest.mark.usefixtures("python")
def test_catboost(older: Desk) -> None:
    """Which also tells mlflow of its parameters."""
    trained = older.observe(older.script("catboost"), "model.get_evals_result()")
    assert trained.names() == {"learn/RMSE"}
    wanted = [list(point) for point in enumerate(trained.report["learn"]["RMSE"])]
    assert points(trained, "learn/RMSE") == wanted
    assert (trained.params()["iterations"], trained.params()["depth"]) in ((2, 2), ("2", "2"))


@pytest.mark.sklearn
def test_sklearn(desk: Desk) -> None:
    """It prints parts of the results itself, under names of their own."""
    need(desk.python, "pandas")
    kinds = [f"{kind}_test_{score}" for kind in ("mean", "std") for score in ("precision", "recall")]
    expression = f"[{{k: grid_search.cv_results_[k].tolist() for k in {kinds}}}, grid_search.best_params_]"
    trained = desk.observe(desk.script("sklearn"), expression)
    results, best = trained.report
    for name, values in results.items():
        assert points(trained, f"search/{name}") == [list(point) for point in enumerate(values)]
    assert trained.params()["best_params"] == best
    assert trained.params()["estimator"] == "GridSearchCV"


@pytest.mark.optuna
def test_optuna(desk: Desk) -> None:
    """A study that goes on twice."""
    need(desk.python, "optuna")
    trained = desk.observe(
        desk.script("optuna"),
        "[[[t.number, t.value] for t in study.trials], study.best_value, study.best_params]",
    )
    values, best, params = trained.report
    assert trained.names() == {"value"}
    assert points(trained, "value") == values
    assert trained.summary()["best_value"] == best
    assert trained.params()["best_params"] == params


@pytest.mark.sb3
def test_sb3(desk: Desk) -> None:
    """RL Zoo's script, as it is installed; it writes for TensorBoard too."""
    need(desk.python, "rl_zoo3", "stable_baselines3", "tensorboard")
    trained = desk.run(
        *("-m", "rl_zoo3.train", "--algo", "ppo", "--env", "CartPole-v1", "-n", "1024", "--eval-freq", "-1"),
        *("--device", "cpu", "-tb", "events", "-f", "logs", "--num-threads", "1"),
    )
    told = desk.tell(trainings.PROGRAMS / "events_told.py", "events")
    for name in ("rollout/ep_rew_mean", "train/loss", "train/value_loss"):
        assert told[name]
        as_single = [
            [step, struct.unpack("f", struct.pack("f", value))[0]] for step, value in points(trained, name)
        ]
        assert as_single == told[name]
    assert trained.params()["algorithm"] == "PPO"


def single(value: float) -> float:
    """As TensorBoard keeps it, in four bytes."""
    return float(struct.unpack("f", struct.pack("f", value))[0])


@pytest.mark.summarywriter
def test_summarywriter(desk: Desk) -> None:
    need(desk.python, "torch", "tensorboard")
    trained = desk.run(desk.script("summarywriter"))
    told = desk.tell(trainings.PROGRAMS / "events_told.py", "runs")
    assert trained.names() == set(told) == {"Loss/train"}
    assert points(trained, "Loss/train") == told["Loss/train"]


def idx(values: Any, path: Path) -> None:
    """The format of MNIST's files: magic number, sizes, bytes."""
    shape = values.shape
    header = struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape)
    path.write_bytes(header + values.tobytes())
    with gzip.open(f"{path}.gz", "wb") as file:
        file.write(path.read_bytes())


@pytest.mark.wandb
def test_wandb(desk: Desk) -> None:
    """Losses of a PyTorch loop; histograms and a table of pictures are wandb's alone."""
    need(desk.python, "wandb", "torchvision")
    from sklearn.datasets import load_digits

    digits = load_digits()
    folder = desk.cwd / "data" / "FashionMNIST" / "raw"
    folder.mkdir(parents=True)
    pictures = (digits.images.repeat(4, 1).repeat(4, 2)[:, 2:30, 2:30] * 15).astype("uint8")
    for part in ("train", "t10k"):
        idx(pictures[:320], folder / f"{part}-images-idx3-ubyte")
        idx(digits.target[:320].astype("uint8"), folder / f"{part}-labels-idx1-ubyte")
    trained = desk.run(desk.script("wandb"))
    told = desk.tell(TOLD / "wandb_told.py")
    assert points(trained, "train/loss") == told["points"]["train/loss"]
    assert len(told["points"]["train/loss"]) == 2
    params = trained.params()
    assert {name: params[name] for name in told["params"]} == told["params"]
    assert params["learning_rate"] == 0.0001


@pytest.mark.mlflow
def test_mlflow(desk: Desk) -> None:
    need(desk.python, "mlflow")
    trained = desk.run(desk.script("mlflow"))
    told = desk.tell(TOLD / "mlflow_told.py")
    assert set(told["points"]) == {"foo", "accuracy 2"}
    assert points(trained, "foo") == told["points"]["foo"]
    assert trained.summary()["accuracy 2"] == told["points"]["accuracy 2"][0][1]
    assert {name: str(value) for name, value in trained.params().items()} == told["params"]
