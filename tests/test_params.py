"""Parameters from real command lines, and from what users hand us."""

from __future__ import annotations

import datetime
import math
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dvclive_cli.errors import UsageError
from dvclive_cli.events import Artifact, Param
from dvclive_cli.params import (
    command_params,
    flatten_params,
    known,
    nested,
    parse_artifact,
    parse_param,
    value_of,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-3", -3),
        ("+3", 3),
        ("1_000", 1000),
        ("0.1", 0.1),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e-4", 1e-4),
        ("-1E+3", -1000.0),
        ("true", True),
        ("False", False),
        ("null", None),
        ("None", None),
        ("[1, 2]", [1, 2]),
        ('{"a": [true]}', {"a": [True]}),
        ("[a, b]", "[a, b]"),
        ("adam", "adam"),
        ("1.2.3", "1.2.3"),
        ("1h", "1h"),
        ("nan", "nan"),
        ("0x10", "0x10"),
        ("-", "-"),
        ("", ""),
        (" 3 ", 3),
        ("1" * 5000, "1" * 5000),
        ("[" * 100_000, "[" * 100_000),
    ],
)
def test_words_have_the_value_a_person_means(text: str, value: Any) -> None:
    assert value_of(text) == value
    assert type(value_of(text)) is type(value)


COMMAND_LINES: list[tuple[str, dict[str, Any]]] = [
    # Python and its own options
    ("python train.py --lr 0.1 --epochs=10 -b 32", {"lr": 0.1, "epochs": 10, "b": 32}),
    ("/usr/bin/python3.11 -u -W ignore -X dev train.py --lr 0.1", {"lr": 0.1}),
    ("python -Wignore -Xdev -OO train.py --lr 0.1", {"lr": 0.1}),
    ("python -m pkg.train --lr 0.1", {"lr": 0.1}),
    ("python -um pkg.train --lr 0.1", {"lr": 0.1}),
    ("python -mpkg.train --lr 0.1", {"lr": 0.1}),
    ("python -c 'print(1)' --lr 0.1", {}),
    ("python -uc 'print(1)' --lr 0.1", {}),
    ("python --check-hash-based-pycs always train.py --lr 0.1", {"lr": 0.1}),
    ("python - --lr 0.1", {"lr": 0.1}),
    ("python", {}),
    ("python -m", {}),
    ("pypy3 train.py --lr=1e-3", {"lr": 0.001}),
    # launchers
    ("torchrun --nproc_per_node 2 --master-port=1 train.py --lr 0.1", {"lr": 0.1}),
    ("torchrun --nproc_per_node 2 -m pkg.train --lr 0.1", {"lr": 0.1}),
    ("python -m torch.distributed.run --nproc_per_node 2 train.py --lr 0.1", {"lr": 0.1}),
    ("python -m cProfile -o out.prof train.py --lr 0.1", {"lr": 0.1}),
    ("accelerate launch --num_processes 2 train.py --lr 0.1", {"lr": 0.1}),
    ("deepspeed --num_gpus=2 train.py --deepspeed ds.json", {"deepspeed": "ds.json"}),
    ("uv run --with torch python train.py --lr 0.1", {"lr": 0.1}),
    ("conda run -n env python train.py --lr 0.1", {"lr": 0.1}),
    ("env LR=0.1 python train.py --seed 1", {"seed": 1}),
    ("env PYTHONPATH=lib/python python3 -S train.py --seed 1", {"seed": 1}),
    ("nice -n 10 python -u train.py --seed 1", {"seed": 1}),
    ("nice -n 10 ./simulate --seed 1", {}),
    ("mpirun -np 4 python train.py --seed 1", {"seed": 1}),
    ("Rscript train.R --lr 0.1", {"lr": 0.1}),
    ("julia --project=. train.jl --lr 0.1", {"lr": 0.1}),
    ("node --max-old-space-size=100 train.js --lr=0.1", {"lr": 0.1}),
    ("java -Xmx1g -jar train.jar --lr 0.1", {"lr": 0.1}),
    # shells
    ("sh -c 'train --lr 0.1' --seed 1", {}),
    ("bash -euc 'train --lr 0.1'", {}),
    ("bash train.sh --lr 0.1", {"lr": 0.1}),
    ("bash -x train.sh --lr 0.1", {"lr": 0.1}),
    ("bash --norc train.sh --lr 0.1", {"lr": 0.1}),
    ("sh", {}),
    # how programs take options
    ("./train lr=0.1 model.depth=4 +data=x ++seed=1", {"lr": 0.1, "model.depth": 4, "data": "x", "seed": 1}),
    ("./train ~data -x=3", {"x": 3}),
    ("./train -m lr=0.1,0.2 seed=1", {"lr": "0.1,0.2", "seed": 1}),
    ("./train --cfg-options lr=0.1 depth=2", {"cfg-options": True, "lr": 0.1, "depth": 2}),
    ("./train --model.lr 0.1 --opt/lr 2", {"model.lr": 0.1, "opt/lr": 2}),
    ("./train -lr 0.1 -v -epochs=3 -quick data.txt", {"lr": 0.1, "epochs": 3, "v": None}),
    ("./train --layers 64 64 32 --name x", {"layers": [64, 64, 32], "name": "x"}),
    ("./train --names a b", {"names": "a"}),
    ("./train --temp -1 --bias -0.5 -1e-3", {"temp": -1, "bias": [-0.5, -0.001]}),
    ("./train --no-shuffle --lr 0.1 --dry-run", {"no-shuffle": True, "lr": 0.1, "dry-run": True}),
    ("./train --empty= --text='a b' --json='{\"a\": 1}'", {"empty": "", "text": "a b", "json": {"a": 1}}),
    ("./train --lr 0.1 --lr 0.2", {"lr": 0.2}),
    ("./train --lr 0.1 -- --seed 1 x=2", {"lr": 0.1}),
    ("./train input.txt --lr 0.1 output.txt", {"lr": 0.1}),
    ("./train --url http://h/?a=b http://h/?a=b", {"url": "http://h/?a=b"}),
    ("./train - -- ", {}),
    ("make train LR=0.1", {"LR": 0.1}),
    ("train", {}),
    # secrets
    ("./train --api-key abc --hf_token=abc db.password=1 --num_key_value_heads 8", {
        "api-key": "***", "hf_token": "***", "db.password": "***", "num_key_value_heads": 8,
    }),
    ("./train --url https://u:p@h/x --max_tokens 5", {"url": "https://***@h/x", "max_tokens": 5}),
    ("./train --cfg '{\"api_key\": \"abc\", \"lr\": 1}'", {"cfg": {"api_key": "***", "lr": 1}}),
]  # fmt: skip


@pytest.mark.parametrize(("line", "params"), COMMAND_LINES, ids=[line for line, _ in COMMAND_LINES])
def test_command_lines(line: str, params: dict[str, Any]) -> None:
    found = {param.name: param.value for param in command_params(shlex.split(line))}
    assert found == {name: value for name, value in params.items() if value is not None}


def test_names_with_dots_are_groups_unless_they_would_hide_a_parameter() -> None:
    """Nothing is lost, whatever stands before what."""
    given = {"opt.lr": 1, "opt": "adam", "model.a.b": 2, "model.c": 3, ".x": 4, "y.": 5, "model.a.b.c": 6}
    found = {param.name: param.value for param in nested(Param(*item) for item in given.items())}
    assert found == {
        "opt.lr": 1, "opt": "adam", "model": {"a": {"b": 2}, "c": 3}, ".x": 4, "y.": 5, "model.a.b.c": 6,
    }  # fmt: skip


def test_one_rule_for_all_that_is_known_before_the_program_speaks() -> None:
    """Dots make groups in options, the program's and ours; in a file names stay; later ones win."""
    typed = [Param("opt.lr", 0.1), Param("opt.name", "sgd"), Param("seed", 1)]
    files = [[Param("opt", {"lr": 0.2, "steps": [1]}), Param("a.b", 1), Param("net", "cnn")]]
    found = known(typed, files, ["opt.lr=0.3", "opt.deep.er=2", "net.depth=3", "seed=7"])
    assert {param.name: param.value for param in found} == {
        "opt": {"lr": 0.3, "name": "sgd", "steps": [1], "deep": {"er": 2}},
        "seed": 7, "a.b": 1, "net": "cnn", "net.depth": 3,
    }  # fmt: skip


@given(st.lists(st.text(max_size=6), min_size=1, max_size=8))
def test_no_command_line_is_too_strange(argv: list[str]) -> None:
    """Whatever the words are: names are not empty and each comes once."""
    names = [param.name for param in command_params(argv)]
    assert all(names)
    assert len(names) == len(set(names))


# --- -P, --params-file, --artifact ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "param"),
    [
        ("lr=0.1", Param("lr", 0.1)),
        (" lr = 0.1", Param("lr", 0.1)),
        ("a=b=c", Param("a", "b=c")),
        ("note=", Param("note", "")),
        ("my_token=x", Param("my_token", "***")),
        ("password=12", Param("password", "***")),
        ("db=mysql://u:p@h", Param("db", "mysql://***@h")),
        ("layers=[1, 2]", Param("layers", [1, 2])),
    ],
)
def test_parse_param(text: str, param: Param) -> None:
    assert parse_param(text) == param


@pytest.mark.parametrize("text", ["lr", "=1", " =1", ""])
def test_parse_param_says_what_is_missing(text: str) -> None:
    with pytest.raises(UsageError, match="param-bad") as caught:
        parse_param(text)
    assert caught.value.exit_code == 2
    assert repr(text) in caught.value.fact


def test_flatten_params_keeps_what_json_can_say_and_masks_the_rest() -> None:
    values = {
        "lr": 0.1,
        1: {"api_key": "abc", "deep": [{"token": "t"}, None, True]},
        "day": datetime.date(2024, 1, 2),
        "url": ["https://u:p@h"],
        "inf": math.inf,
    }
    assert flatten_params(values, "p.yaml") == [
        Param("lr", 0.1),
        Param("1", {"api_key": "***", "deep": [{"token": "***"}, None, True]}),
        Param("day", "2024-01-02"),
        Param("url", ["https://***@h"]),
        Param("inf", math.inf),
    ]


@pytest.mark.parametrize("values", [None, 3, "x", [1]])
def test_flatten_params_needs_a_mapping(values: object) -> None:
    with pytest.raises(UsageError, match=r"p\.yaml.*params-file-bad"):
        flatten_params(values, "p.yaml")


@pytest.mark.parametrize(
    ("text", "artifact"),
    [
        ("model.pt", Artifact("model.pt")),
        ("model.pt:type=model,name=resnet", Artifact("model.pt", type="model", name="resnet")),
        ("a:b.pt", Artifact("a:b.pt")),
        ("s3://b/k:type=model", Artifact("s3://b/k", type="model")),
        ("m:label=a,label=b,desc=long text", Artifact("m", desc="long text", labels=("a", "b"))),
        ("m:copy=true,cache=FALSE", Artifact("m", copy=True, cache=False)),
        ("dir/", Artifact("dir/")),
        ("m:", Artifact("m:")),
    ],
)
def test_parse_artifact(text: str, artifact: Artifact) -> None:
    assert parse_artifact(text) == artifact


@pytest.mark.parametrize("text", ["", ":type=model", "m:colour=red", "m:copy=maybe", "m:type=model,name"])
def test_parse_artifact_says_what_is_wrong(text: str) -> None:
    with pytest.raises(UsageError, match="artifact-bad"):
        parse_artifact(text)
