"""What Git says: where the repository is, which commit, whether tracked files differ from it.

Asks the `git` program, because only it honours every setting, filter and repository format. Knows nothing of
DVC, runs or experiments; nothing here changes a file that the user can see.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from ..errors import DvcliveError

# `git rev-parse --local-env-vars`: set by Git for its hooks. They would point our commands at another
# repository or index than the one that holds the run directory.
_LOCAL = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
)

FACTS_TIMEOUT = 10.0
"""Seconds that `facts` waits for `git status`: on a slow network disk a run should not wait longer."""


class GitFacts(NamedTuple):
    """What run.json says of Git. `commit` None: no commit yet; `branch` None: detached HEAD; `dirty`: tracked
    files differ from the commit, None if Git could not tell."""

    root: str
    commit: str | None
    branch: str | None
    dirty: bool | None


class GitError(DvcliveError):
    """A `git` command failed or could not start. `status`: its exit status, None if it never ran."""

    def __init__(self, slug: str, fact: str, next_step: str = "", status: int | None = None) -> None:
        super().__init__(slug, fact, next_step)
        self.status = status


def find_root(path: str) -> str | None:
    """Find the top of the working tree that holds a path, without starting a process.

    A worktree and a submodule have a *file* named `.git` (gitrepository-layout(5)).

    Parameters:
        path: absolute path of a file or folder; it need not exist.

    Returns:
        The nearest folder upwards with a `.git`, or None.
    """
    folder = path
    while True:
        dot_git = os.path.join(folder, ".git")
        if os.path.isfile(dot_git) or os.path.exists(os.path.join(dot_git, "HEAD")):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def git(
    root: str,
    *args: str,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> str:
    """Run one `git` command in a repository and return its standard output.

    Parameters:
        root: top of the working tree.
        args: the command and its arguments.
        stdin: bytes for its standard input.
        env: variables to set besides the process's own.
        timeout: seconds, None for no limit.

    Raises:
        GitError: `git-missing`, `git-timeout`, or `git-failed` with what Git said.
    """
    import subprocess

    command = [
        "git",
        # A container often runs as another user than the owner of the mounted repository. Who starts a
        # program in this folder trusts the folder: git-config(1), safe.directory.
        *("-c", f"safe.directory={root}"),
        *("-c", "core.fsmonitor=false"),
        "--literal-pathspecs",
        *args,
    ]
    environ = {name: value for name, value in os.environ.items() if name not in _LOCAL}
    # No index.lock for a mere refresh, and no question on the terminal: git(1).
    environ.update({"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}, **(env or {}))
    try:
        child = subprocess.Popen(
            command,
            cwd=root,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # the terminal's Ctrl-C is for the training
        )
    except FileNotFoundError as error:
        if not os.path.isdir(root):
            raise GitError("git-failed", f"The folder {root} does not exist") from error
        raise GitError("git-missing", "The `git` program is not on PATH", "Install Git.") from error
    except OSError as error:
        raise GitError("git-failed", f"The `git` program does not start: {error.strerror}") from error
    with child:
        try:
            stdout, stderr = child.communicate(stdin, timeout)
        except subprocess.TimeoutExpired as error:
            _end(child.pid)
            raise GitError("git-timeout", f"`git {args[0]}` took more than {timeout} s in {root}") from error
        except BaseException:
            _end(child.pid)
            raise
    if child.returncode:
        said = stderr.decode("utf-8", "replace").strip() or f"exit status {child.returncode}"
        raise GitError("git-failed", f"`git {args[0]}` in {root}: {said}", status=child.returncode)
    return os.fsdecode(stdout)


def _end(group: int) -> None:
    """End a command and its helpers by TERM, not KILL: Git then removes its lock files."""
    import signal

    try:
        os.killpg(group, signal.SIGTERM)
    except (ProcessLookupError, PermissionError):  # it ended by itself; EPERM: a zombie on macOS
        pass


def head(root: str) -> str | None:
    """Return the commit that HEAD names, or None in a repository without commits.

    Raises:
        GitError: Git is missing or cannot read the repository.
    """
    try:
        return git(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}").strip()
    except GitError as error:
        if error.status == 1:  # --quiet: status 1 and no message when the name does not resolve
            return None
        raise


def facts(path: str) -> GitFacts | None:
    """Say what Git knows of the working tree around a path: one short `git status`.

    Parameters:
        path: absolute path of a file or folder.

    Returns:
        None outside a repository; never raises.
    """
    root = find_root(os.path.realpath(path))
    if root is None:
        return None
    try:
        # Format: git-status(1), "Porcelain Format Version 2". Untracked files are not looked at: in a folder
        # with a large data set that takes minutes.
        status = git(
            root,
            *("status", "--porcelain=v2", "--branch", "--untracked-files=no", "-z"),
            timeout=FACTS_TIMEOUT,
        )
    except GitError:
        return GitFacts(root, None, None, None)
    commit = branch = None
    dirty = False
    for entry in status.split("\0"):
        if entry.startswith("# branch.oid "):
            oid = entry[len("# branch.oid ") :]
            commit = None if oid == "(initial)" else oid
        elif entry.startswith("# branch.head "):
            name = entry[len("# branch.head ") :]
            branch = None if name == "(detached)" else name
        elif entry and not entry.startswith("#"):
            dirty = True
    return GitFacts(root, commit, branch, dirty)
