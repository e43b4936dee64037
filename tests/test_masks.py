"""Secrets are found by name, by value and in URLs, and what only looks like one is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dvclive_cli.masks import (
    MASK,
    hides,
    is_secret,
    mask_argv,
    mask_text,
    secret_values,
    without_secrets,
)

SECRETS = """TOKEN HF_TOKEN token hf-token GITHUB_TOKEN_FILE SECRET client_secret AWS_SECRET_ACCESS_KEY
PASSWORD passwd DB_PASSW KEY api_key api-key apikey apiKey OPENAI_API_KEY KEY_ID accessKey CREDENTIALS
X-Amz-Signature Authorization"""
HARMLESS = """max_tokens num_tokens tokens tokenizer tokenizers tokenizer_name TOKENIZERS_PARALLELISM keys
monkey keyword keywords keyboard lr seed bucket path PATH author"""


@pytest.mark.parametrize("name", SECRETS.split())
def test_names_of_secrets(name: str) -> None:
    assert is_secret(name)
    assert is_secret(f"--{name}")


@pytest.mark.parametrize("name", HARMLESS.split())
def test_names_of_everything_else(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize(
    ("name", "value", "hidden"),
    [
        ("api_key", "abc", True),
        ("num_key_value_heads", 8, False),
        ("key_dim", "64", False),
        ("token_drop", 0.1, False),
        ("use_key", True, False),
        ("password", 123456, True),
        ("secret", "12", True),
        ("lr", "abc", False),
    ],
)
def test_numbers_under_key_and_token_are_sizes(name: str, value: object, hidden: bool) -> None:
    assert hides(name, value) is hidden


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("https://user:pw@host/x", "https://***@host/x"),
        ("redis://:pw@host:6379", "redis://***@host:6379"),
        ("https://ghp_1234@github.com/a/b", "https://***@github.com/a/b"),
        ("a https://u:p@ss@host b ftp://u:p@h", "a https://***@host b ftp://***@h"),
        ("https://host/path@v1?x=1", "https://host/path@v1?x=1"),
        ("https://host/x?token=abc&n=1", "https://host/x?token=***&n=1"),
        (
            "https://s3/x?X-Amz-Signature=0a1b&X-Amz-Date=2024",
            "https://s3/x?X-Amz-Signature=***&X-Amz-Date=2024",
        ),
        ("mail me@host.org", "mail me@host.org"),
        ("export HF_TOKEN=abc; python t.py --lr 1", "export HF_TOKEN=***; python t.py --lr 1"),
        ("A=1 TOKEN='a b' cmd", "A=1 TOKEN=*** cmd"),
        ("curl --api-key abc -v x", "curl --api-key *** -v x"),
        ("prog --use-key --verbose", "prog --use-key --verbose"),
        ('{"api_key": "abc", "lr": 0.1}', '{"api_key": ***, "lr": 0.1}'),
        ("Authorization: Bearer abc.def", "Authorization: *** ***"),
        ("num_key_value_heads=8 max_tokens=512", "num_key_value_heads=8 max_tokens=512"),
        ("tokens: a, keys: b", "tokens: a, keys: b"),
        ("", ""),
    ],
)
def test_secrets_inside_a_text(text: str, masked: str) -> None:
    assert mask_text(text) == masked


def test_known_values_are_found_anywhere_the_longest_first() -> None:
    environ = {"A_TOKEN": "secret-1", "B_TOKEN": "secret-1-longer", "HOME": "/home/me", "D_KEY": "short"}
    assert secret_values(environ) == ["secret-1-longer", "secret-1"]
    assert mask_text("x=secret-1-longer,secret-1,12", secret_values(environ)) == "x=***,***,12"


@pytest.mark.parametrize(
    ("argv", "masked"),
    [
        (["p", "--api-key", "X", "--lr", "1"], ["p", "--api-key", MASK, "--lr", "1"]),
        (["p", "--api-key=X"], ["p", "--api-key=***"]),
        (["env", "TOKEN=X y", "p"], ["env", "TOKEN=***", "p"]),
        (["p", "--use-token", "--lr", "1"], ["p", "--use-token", "--lr", "1"]),
        (["p", "--key-dim", "64"], ["p", "--key-dim", "64"]),
        (["p", "--password", "64"], ["p", "--password", MASK]),
        (["sh", "-c", "TOKEN=abc ./train; echo https://u:p@h"], ["sh", "-c", "TOKEN=***"]),
        (["sh", "-c", "cd x; TOKEN=abc ./train"], ["sh", "-c", "cd x; TOKEN=*** ./train"]),
        (["p", "--url", "known-value/x"], ["p", "--url", "***/x"]),
        (["p", "--auth", "known-value"], ["p", "--auth", MASK]),
        (["p", "db.password=x"], ["p", "db.password=***"]),
        (["p", "--header", "Authorization: Basic abc"], ["p", "--header", "Authorization:***"]),
        ([], []),
    ],
)
def test_command_lines(argv: list[str], masked: list[str]) -> None:
    assert mask_argv(argv, {"MY_TOKEN": "known-value"}) == masked


@given(st.lists(st.sampled_from(["--token", "a", "--api-key=hidden-1", "hidden-1", "-x", "k=hidden-1", ""])))
def test_a_command_line_keeps_its_words_and_no_secret(argv: list[str]) -> None:
    masked = mask_argv(argv, {"SECRET": "hidden-1"})
    assert len(masked) == len(argv)
    assert "hidden" not in "".join(masked)


@pytest.mark.parametrize("text", ["a", "token=", "-", "a:", '"', "token "])
@pytest.mark.timeout(20)
def test_long_texts_take_linear_time(text: str) -> None:
    mask_text(text * (300_000 // len(text)))
    mask_argv([text * (300_000 // len(text))], {"A_TOKEN": "something"})


def test_of_values_by_name_the_secret_ones_are_left_out() -> None:
    """In groups and lists, too; a number is a size, and text around credentials stays."""
    given = {
        "lr": 0.1, "api_key": "x", "key_dim": 64, "password": 1, "token": None,
        "db": {"url": "https://me:pw@host/x", "secret": "y", "parts": [{"auth_token": "z", "n": 2}, "a"]},
    }  # fmt: skip
    assert without_secrets(given) == {
        "lr": 0.1, "key_dim": 64, "token": None,
        "db": {"url": f"https://{MASK}@host/x", "parts": [{"n": 2}, "a"]},
    }  # fmt: skip
