"""What Git says, asked in real repositories."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from dvclive_cli.repository import vcs


def sh(command: str, cwd: Path) -> str:
    return subprocess.run(["sh", "-ec", command], cwd=cwd, check=True, capture_output=True, text=True).stdout


@pytest.fixture(autouse=True)
def _own_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "tester")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "tester@example.com")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "a repo"
    root.mkdir()
    sh("git init -q -b main; echo 1 > file; git add .; git commit -qm one", root)
    return root


def test_clean(repo: Path) -> None:
    """Commit and branch are Git's; untracked files do not make a tree dirty."""
    (repo / "untracked").write_text("x")
    commit = sh("git rev-parse HEAD", repo).strip()
    assert vcs.facts(str(repo / "not" / "there" / "yet")) == vcs.GitFacts(str(repo), commit, "main", False)


@pytest.mark.parametrize(
    "change", ["echo 2 > file", "git rm -q file", "git mv file '# odd'", "chmod +x file"]
)
def test_dirty(repo: Path, change: str) -> None:
    sh(change, repo)
    found = vcs.facts(str(repo))
    assert found is not None
    assert found.dirty is True


def test_detached(repo: Path) -> None:
    sh("git checkout -q --detach", repo)
    found = vcs.facts(str(repo))
    assert found is not None
    assert found.branch is None
    assert found.commit == vcs.head(str(repo))


def test_no_commits(tmp_path: Path) -> None:
    sh("git init -q -b main", tmp_path)
    assert vcs.facts(str(tmp_path)) == vcs.GitFacts(str(tmp_path), None, "main", False)
    assert vcs.head(str(tmp_path)) is None


def test_no_repository(tmp_path: Path) -> None:
    assert vcs.facts(str(tmp_path)) is None


def test_broken_repository(repo: Path) -> None:
    """A repository that Git cannot read gives a root without facts, never an exception."""
    (repo / ".git" / "config").write_text("[core\n")
    assert vcs.facts(str(repo)) == vcs.GitFacts(str(repo), None, None, None)
    with pytest.raises(vcs.GitError, match=r"config.*\(git-failed\)"):
        vcs.head(str(repo))


def test_worktree_and_submodule(repo: Path) -> None:
    """A worktree and a submodule are repositories of their own, although `.git` is a file there."""
    sh("git worktree add -q ../tree -b side", repo)
    sh("git -c protocol.file.allow=always submodule --quiet add '../a repo' sub", repo)
    for root in (repo.parent / "tree", repo / "sub"):
        assert vcs.find_root(str(root / "x" / "y")) == str(root)
        assert vcs.head(str(root)) == vcs.head(str(repo))


def test_a_folder_named_git_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert vcs.find_root(str(tmp_path)) is None


def test_inside_a_git_hook(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that Git sets for hooks do not lead us to another repository."""
    other = tmp_path / "other"
    other.mkdir()
    sh("git init -q", other)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / "index"))
    found = vcs.facts(str(repo))
    assert found is not None
    assert (found.branch, found.dirty) == ("main", False)


def test_no_git_program(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repo))
    assert vcs.facts(str(repo)) == vcs.GitFacts(str(repo), None, None, None)
    with pytest.raises(vcs.GitError) as error:
        vcs.head(str(repo))
    assert error.value.slug == "git-missing"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_somebody_elses_repository(repo: Path) -> None:
    """A repository mounted into a container, owned by another user, is read all the same."""
    sh("chown -R 12345 .", repo)
    refused = subprocess.run(["git", "status"], cwd=repo, capture_output=True, text=True)
    assert "dubious ownership" in refused.stderr
    found = vcs.facts(str(repo))
    assert found is not None
    assert found.branch == "main"


class Hurry(BaseException):
    pass


def hurry(*_: object) -> None:
    raise Hurry


def test_an_interrupted_command_leaves_no_lock(repo: Path) -> None:
    """An exception during a command ends it by TERM, so that Git removes its lock files and can go on."""
    hook = repo / ".git" / "hooks" / "reference-transaction"  # githooks(5): called while the lock is held
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\n[ $1 = prepared ] && touch .git/locked && sleep 60\nexit 0\n")
    hook.chmod(0o755)
    rev = vcs.head(str(repo)) or ""
    seen: list[Path] = []

    def interrupt_when_locked() -> None:
        while not (repo / ".git" / "locked").exists():
            time.sleep(0.01)
        seen.extend((repo / ".git" / "refs").rglob("*.lock"))
        os.kill(os.getpid(), signal.SIGUSR2)

    before = signal.signal(signal.SIGUSR2, hurry)
    thread = threading.Thread(target=interrupt_when_locked)
    thread.start()
    try:
        with pytest.raises(Hurry):
            vcs.git(str(repo), "update-ref", "refs/exps/x", rev)
    finally:
        thread.join()
        signal.signal(signal.SIGUSR2, before)
    assert seen, "the lock was never there"
    hook.unlink()
    vcs.git(str(repo), "update-ref", "refs/exps/x", rev)
    assert vcs.git(str(repo), "rev-parse", "refs/exps/x").strip() == rev
