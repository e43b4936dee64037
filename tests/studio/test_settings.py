"""Where updates go: as the client library that DVC uses finds it out, and where that knows nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import scripts
from dvc_studio_client import config as client

from dvclive_cli.studio import settings

ENVIRONMENTS: dict[str, dict[str, str]] = {
    "nothing": {},
    "token": {"DVC_STUDIO_TOKEN": "a"},
    "short names": {"STUDIO_TOKEN": "b", "STUDIO_REPO_URL": "https://x/y"},
    "both names": {
        "DVC_STUDIO_TOKEN": "a",
        "STUDIO_TOKEN": "b",
        "DVC_STUDIO_REPO_URL": "u",
        "STUDIO_REPO_URL": "v",
    },
    "url": {"DVC_STUDIO_TOKEN": "a", "DVC_STUDIO_URL": "http://127.0.0.1/sub/"},
    "offline": {"DVC_STUDIO_TOKEN": "a", "DVC_STUDIO_OFFLINE": "true"},
    "not offline": {"DVC_STUDIO_TOKEN": "a", "DVC_STUDIO_OFFLINE": "0"},
}
CONFIGS: dict[str, dict[str, str]] = {
    "no config": {},
    "login": {"token": "c"},
    "all": {"token": "c", "url": "https://studio.example.com", "repo_url": "https://conf/repo"},
    "config offline": {"token": "c", "offline": "true"},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = scripts.repository(tmp_path_factory.mktemp("settings") / "repo")
    scripts.git(path, "remote", "add", "origin", "git@example.com:o/r.git")
    return path


@pytest.fixture
def repo(made: Path) -> Path:
    (made / ".dvc/config.local").write_text("")
    return made


def ours(environ: Mapping[str, str], repo: Path) -> dict[str, Any]:
    found = settings.find(environ, str(repo), str(repo))
    if found is None:
        return {}
    return {"token": found.token, "repo_url": found.repo_url, "url": found.url}


@pytest.mark.parametrize("environ", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_as_the_client_library_does(
    environ: dict[str, str], config: dict[str, str], repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if "STUDIO" in name or name.startswith("DVC")]:
        monkeypatch.delenv(name)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(repo)
    client.get_studio_repo_url.cache_clear()
    lines = [f"    {name} = {value}" for name, value in config.items()]
    (repo / ".dvc/config.local").write_text("\n".join(["[studio]", *lines, ""]) if lines else "")
    assert ours({**environ, "HOME": str(repo)}, repo) == client.get_studio_config(dvc_studio_config=config)


def test_the_git_remote_of_experiments_wins(repo: Path) -> None:
    environ = {"DVC_STUDIO_TOKEN": "a", "DVC_STUDIO_REPO_URL": "u", "HOME": str(repo)}
    told = {**environ, "DVC_EXP_GIT_REMOTE": "https://github.com/o/r"}
    assert ours(told, repo)["repo_url"] == "https://github.com/o/r"
    outside = settings.find(told, None, None)
    assert outside is not None
    assert outside.repo_url == "https://github.com/o/r"


def test_it_may_be_the_name_of_a_remote(repo: Path) -> None:
    """As DVC takes it: a URL, or the name of a remote."""
    environ = {"DVC_STUDIO_TOKEN": "a", "DVC_EXP_GIT_REMOTE": "origin", "HOME": str(repo)}
    assert ours(environ, repo)["repo_url"] == "git@example.com:o/r.git"
    (repo / ".dvc/config.local").write_text("[exp]\n    git_remote = origin\n")
    environ = {"DVC_STUDIO_TOKEN": "a", "DVC_STUDIO_REPO_URL": "u", "HOME": str(repo)}
    assert ours(environ, repo)["repo_url"] == "git@example.com:o/r.git"


def test_the_remote_that_the_branch_follows(tmp_path: Path) -> None:
    path = scripts.repository(tmp_path / "repo", dvc=False)
    assert settings.remote(str(path)) is None
    scripts.git(path, "remote", "add", "fork", "https://fork")
    assert settings.remote(str(path)) == "https://fork"
    scripts.git(path, "remote", "add", "origin", "https://origin")
    assert settings.remote(str(path)) == "https://origin"
    branch = scripts.git(path, "symbolic-ref", "--short", "HEAD").strip()
    scripts.git(path, "config", f"branch.{branch}.remote", "fork")
    assert settings.remote(str(path)) == "https://fork"
    scripts.git(path, "checkout", "-q", "--detach")
    assert settings.remote(str(path)) == "https://origin"


def test_a_look_for_a_token_is_no_promise_but_never_wrong_about_none(repo: Path, tmp_path: Path) -> None:
    (repo / ".dvc/config.local").write_text("")
    home = {"HOME": str(tmp_path), "DVC_SYSTEM_CONFIG_DIR": str(tmp_path)}
    assert not settings.wanted(home, str(repo))
    assert settings.wanted({**home, "STUDIO_TOKEN": "a"}, None)
    (tmp_path / ".config/dvc").mkdir(parents=True)
    (tmp_path / ".config/dvc/config").write_text("[studio]\n    token = a\n")
    assert settings.wanted(home, str(repo))
    assert not settings.wanted({**home, "DVC_STUDIO_OFFLINE": "1"}, str(repo))


def test_settings_show_no_token() -> None:
    found = settings.find(
        {"DVC_STUDIO_TOKEN": "secret-1", "DVC_EXP_GIT_REMOTE": "u", "HOME": "/"}, None, None
    )
    assert found is not None
    assert "secret-1" not in repr(found)
