"""The programs whose files the other tests read, run anew; and trainings whose files are watched as they go.

    DVCLIVE_WRITERS=install pytest -m integration tests/metricfiles/test_writers.py

makes an interpreter with torch (for the CPU), TensorBoard, tensorboardX, Lightning, Keras and pandas (a
gigabyte, minutes).
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from interpreters import TORCH, Interpreter
from processes import Place, finish, read_file
from test_readers import DATA, WRITTEN, data_of, read, series

from dvclive_cli.metricfiles import kind_of

WRITERS = Interpreter("DVCLIVE_WRITERS", "tests/metricfiles/test_writers.py")
pytestmark = WRITERS.marks
PACKAGES = (TORCH, "tensorboard", "tensorboardX", "lightning", "keras", "pandas")
MAKE_DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "make_data.py")

LIGHTNING = """
import torch, lightning
from lightning.pytorch.loggers import CSVLogger
class Model(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)
    def loss(self, batch):
        return (self.layer(batch[0]) ** 2).mean()
    def training_step(self, batch, index):
        loss = self.loss(batch)
        self.log("train_loss", loss)
        return loss
    def validation_step(self, batch, index):
        self.log("val_loss", self.loss(batch))
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)
data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.randn(64, 4)), batch_size=8)
trainer = lightning.Trainer(max_epochs=3, logger=CSVLogger("logs"), log_every_n_steps=2, accelerator="cpu",
                            enable_checkpointing=False)
trainer.fit(Model(), data, data)
"""
KERAS = """
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras, numpy
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("sgd", "mse")
x = numpy.random.rand(64, 4)
model.fit(x, x.sum(axis=1), epochs=4, validation_split=0.25, verbose=2,
          callbacks=[keras.callbacks.CSVLogger("log.csv")])
"""
SUMMARY_WRITER = """
import time
from torch.utils.tensorboard import SummaryWriter
with SummaryWriter() as writer:
    for step in range(20):
        writer.add_scalar("loss/train", 2 / (step + 1), step)
        print(f"step {step}: loss {2 / (step + 1):.3f}", flush=True)
        time.sleep(0.02)
"""


@pytest.fixture(scope="session")
def writers(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The interpreter that has the writers."""
    return WRITERS.made(tmp_path_factory.mktemp("writers"), *PACKAGES)


def test_the_files_here_are_what_they_write(writers: str, tmp_path: Path) -> None:
    subprocess.run([writers, MAKE_DATA, str(tmp_path)], check=True, capture_output=True)
    for name in WRITTEN:
        fresh = read(kind_of(name), (tmp_path / name).read_bytes())
        assert series(fresh) == series(read(kind_of(name), data_of(name))), name
    assert {path.name for path in tmp_path.iterdir()} == set(os.listdir(DATA))


def trained(place: Place, python: str, program: str, pattern: str) -> dict[str, list[list[str]]]:
    """The rows of each series of a training whose files were watched."""
    ended = finish(place.popen(place.command([python, "-c", program], "--watch", pattern)))
    assert ended.code == 0, ended.err.decode()
    for left in Path(place.tmp).glob("torchinductor_*"):  # torch's own, which it does not remove
        shutil.rmtree(left)
    root = Path(place.dir) / "plots" / "metrics"
    return {
        str(path.relative_to(root))[:-4]: [row.split("\t") for row in path.read_text().splitlines()[1:]]
        for path in root.rglob("*.tsv")
    }


def columns(place: Place, path: Path, step: str) -> dict[str, list[list[str]]]:
    """What the file itself says: step and value of each cell that is not empty."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name != step]
    return {name: [[row[step], row[name]] for row in rows if row[name]] for name in names}


def test_lightning_as_it_trains(writers: str, place: Place) -> None:
    """The header of its file grows with the first validation, and the file is written anew."""
    found = trained(place, writers, LIGHTNING, "logs")
    wanted = columns(place, Path(place.path("logs/lightning_logs/version_0/metrics.csv")), "step")
    assert found["train_loss"] == wanted["train_loss"]
    assert found["val_loss"] == wanted["val_loss"]
    assert len(found["val_loss"]) == 3


def test_keras_as_it_trains(writers: str, place: Place) -> None:
    found = trained(place, writers, KERAS, "*.csv")
    assert found == columns(place, Path(place.path("log.csv")), "epoch")
    assert [step for step, _ in found["val_loss"]] == ["0", "1", "2", "3"]


def test_event_files_as_they_are_written(writers: str, place: Place) -> None:
    """The writer holds records back for two minutes; at the end all are there, and no print beside."""
    found = trained(place, writers, SUMMARY_WRITER, "runs")
    assert list(found) == ["loss/train"]
    assert [int(step) for step, _ in found["loss/train"]] == list(range(20))
    assert read_file(f"{place.dir}/metrics.json")
