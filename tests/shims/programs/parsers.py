"""A program that trains, and is told things by every parser there is."""

import dataclasses
import enum
import logging
import sys

import absl.flags
import click
import docopt
import fire
import hydra
import jsonargparse
import ml_collections
import simple_parsing
import sklearn.base  # noqa: F401 - trains
import typer
import tyro
from hydra.core.config_store import ConfigStore
from ml_collections import config_flags
from omegaconf import OmegaConf

absl.flags.DEFINE_float("absl_lr", 0.1, "")
absl.flags.DEFINE_list("absl_layers", ["4", "2"], "")
config_flags.DEFINE_config_dict("absl_config", ml_collections.ConfigDict({"opt": {"name": "sgd"}}))
absl.flags.FLAGS(["program", "--absl_lr=0.5"])


@click.group()
@click.option("--click-seed", default=1)
def group(click_seed):
    pass


@group.command()
@click.option("--click-lr", default=0.1)
@click.option("--click-api-key", default="abc")
@click.option("--click-hidden", hide_input=True, default="abc")
@click.option("--click-file", type=click.File(), default=__file__)
@click.argument("click_data", type=click.Path())
def train(**told):
    pass


group(["--click-seed", "3", "train", "data.csv"], standalone_mode=False)


class Kind(enum.Enum):
    sgd = "sgd"


app = typer.Typer()


@app.command()
def main(typer_lr: float = 0.1, typer_kind: Kind = Kind.sgd, typer_fast: bool = False):
    pass


app(["--typer-lr", "0.2"], standalone_mode=False)


def burn(fire_lr=0.1, *fire_rest, fire_depth=3, **others):
    pass


class Trainer:
    def __init__(self, fire_width=2):
        self.width = fire_width

    def fit(self, fire_epochs=5):
        pass


fire.Fire(burn, command=["--fire_lr=0.4", "--fire_more=1"])
fire.Fire(Trainer, command=["--fire_width=7", "fit", "--fire_epochs=9"])


@dataclasses.dataclass
class Optimizer:
    lr: float = 0.1
    name: str = "sgd"


@dataclasses.dataclass
class Options:
    tyro_optimizer: Optimizer = dataclasses.field(default_factory=Optimizer)
    tyro_epochs: int = 3


def fit(tyro_batch: int = 8):
    pass


tyro.cli(Options, args=["--tyro-optimizer.lr", "0.3"])
tyro.cli(fit, args=["--tyro-batch", "4"])


@dataclasses.dataclass
class Simple:
    simple_lr: float = 0.1


simple_parsing.parse(Simple, args=["--simple_lr", "0.6"])

parser = jsonargparse.ArgumentParser()
parser.add_argument("--json_epochs", type=int, default=2)
parser.add_class_arguments(Optimizer, "json_opt")
parser.add_argument("--config", action="config")
parser.parse_args(["--json_opt.lr", "0.7"])

docopt.docopt("Usage: program [--docopt-lr=<n>]\n\nOptions:\n --docopt-lr=<n>  [default: 0.1]\n", argv=[])

OmegaConf.merge({"omega": {"lr": 0.1, "name": "sgd"}, "omega_seed": 1}, OmegaConf.from_cli(["omega.lr=0.8"]))

ConfigStore.instance().store(
    name="conf",
    node={
        "hydra_opt": {"lr": 0.1, "name": "sgd"}, "hydra_twice": "${hydra_opt.lr}", "hydra_missing": "???",
        "hydra_db": {"host": "h", "password": "abc"}, "hydra_cwd": "${hydra:runtime.cwd}",
    },
)  # fmt: skip


@hydra.main(version_base=None, config_path=None, config_name="conf")
def job(config):
    for epoch in range(3):
        logging.getLogger(__name__).info("epoch %d: loss=%.3f", epoch, 1 / (epoch + 1))


job()
sys.exit(0)
