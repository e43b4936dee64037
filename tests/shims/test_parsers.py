"""What a program was told by parsers that are not Python's own."""

from __future__ import annotations

import sys
from pathlib import Path

import interpreters
import pytest
import scripts
from interpreters import Interpreter
from processes import Place
from ruamel.yaml import YAML

PARSERS = Interpreter("DVCLIVE_PARSERS", "tests/shims/test_parsers.py")
PACKAGES = (
    *("absl-py", "click", "docopt", "fire", "hydra-core", "jsonargparse[signatures]", "ml_collections"),
    *("simple-parsing", "typer", "tyro", "scikit-learn"),
)
PROGRAM = Path(__file__).with_name("programs") / "parsers.py"
CLICK = """
import click, sklearn.base
@click.group()
@click.option("--seed", default=1)
def main(seed):
    pass
@main.command()
@click.option("--learning-rate", default=0.1)
@click.option("--api-key", default="abc")
@click.option("--word", hide_input=True, default="abc")
@click.argument("data", type=click.File())
def train(**told):
    raise SystemExit(int(told["learning_rate"]))
main()
"""


def told(place: Place) -> object:
    """params.yaml."""
    return YAML(typ="safe").load(Path(place.dir, "params.yaml").read_text())


@pytest.mark.parametrize("order", ["before", "after"])
def test_click(place: Place, order: str) -> None:
    """A group's options and its command's, with defaults; named as on a command line. Status and tracebacks
    are the program's."""
    program = CLICK.replace(", sklearn.base", "").replace("    raise", "    import sklearn.base\n    raise")
    Path(place.cwd, "program.py").write_text(CLICK if order == "before" else program)
    Path(place.cwd, "data").write_text("")
    ended = place.under(
        [sys.executable, "program.py", "--seed", "3", "train", "--learning-rate", "2", "data"],
        *("--shims", "auto"),
    )
    assert ended.code == 2
    assert told(place) == {"seed": 3, "learning-rate": 2.0, "data": "data"}


@pytest.mark.parametrize("name", ["--no-command-params", "--shims=auto,-params"])
def test_click_is_not_looked_at_if_not_wanted(place: Place, name: str) -> None:
    Path(place.cwd, "program.py").write_text(CLICK)
    Path(place.cwd, "data").write_text("")
    place.under([sys.executable, "program.py", "train", "data"], name)
    assert not Path(place.dir, "params.yaml").exists()


def test_a_library_that_uses_click_says_nothing_of_the_program(place: Place) -> None:
    folder = Path(place.cwd, "site-packages")
    folder.mkdir()
    (folder / "library.py").write_text(CLICK)
    program = "import sys; sys.path.append('site-packages'); sys.argv[1:] = ['train', 'data']; import library"
    Path(place.cwd, "program.py").write_text(program)
    Path(place.cwd, "data").write_text("")
    place.under([sys.executable, "program.py"], "--shims", "auto")
    assert not Path(place.dir, "params.yaml").exists()


@pytest.mark.integration
@PARSERS.marks[1]
def test_every_other_parser(place: Place, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Values are what the program gets; what the command line says of a configuration is part of it."""
    python = PARSERS.made(tmp_path_factory.mktemp("parsers"), *PACKAGES)
    interpreters.need(python, "absl", "docopt", "fire", "hydra", "jsonargparse", "simple_parsing", "tyro")
    ended = place.under(
        [python, str(PROGRAM), "hydra_opt.lr=0.9", "hydra.output_subdir=null"], "--shims", "auto"
    )
    assert ended.code == 0, ended.err
    params = told(place)
    assert isinstance(params, dict)
    del params["hydra"]  # Hydra's own, as the command line has it
    assert params == {
        "absl_lr": 0.5, "absl_layers": ["4", "2"], "absl_config": {"opt": {"name": "sgd"}},
        "click-seed": 3, "click-lr": 0.1, "click-file": str(PROGRAM), "click_data": "data.csv",
        "typer-lr": 0.2, "typer-kind": "sgd", "typer-fast": False,
        "fire_lr": 0.4, "fire_depth": 3, "fire_more": 1, "fire_width": 7, "fire_epochs": 9,
        "tyro_optimizer": {"lr": 0.3, "name": "sgd"}, "tyro_epochs": 3, "tyro_batch": 4,
        "simple_lr": 0.6,
        "json_epochs": 2, "json_opt": {"lr": 0.7, "name": "sgd"},
        "docopt-lr": 0.1,
        "omega": {"lr": 0.8, "name": "sgd"}, "omega_seed": 1,
        "hydra_opt": {"lr": 0.9, "name": "sgd"}, "hydra_twice": 0.9, "hydra_missing": "???",
        "hydra_db": {"host": "h"}, "hydra_cwd": place.cwd,
    }  # fmt: skip
    assert scripts.rows(Path(place.dir, "plots", "metrics", "loss.tsv"))[1:] == [
        ["0", "1.000"], ["1", "0.500"], ["2", "0.333"]
    ]  # fmt: skip
