"""The working tree as a Git commit, made aside: no file, index, branch or stash of the user changes.

Decides how a set of files becomes a tree, a commit and a reference. Knows nothing of DVC or of what a run
writes."""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Iterator

from . import vcs

# --- paths ----------------------------------------------------------------------------------------


def plain(path: str) -> str:
    """Return a path as Git sees it: absolute, links in its folder resolved, itself not followed."""
    folder, name = os.path.split(os.path.abspath(path))
    return os.path.join(os.path.realpath(folder), name)


def inside(path: str, folder: str) -> bool:
    """Say whether a path is a folder or lies in it. Both absolute."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def held(path: str, paths: Container[str]) -> bool:
    """Say whether an absolute path, or a folder above it, is among `paths`."""
    while path not in paths:
        parent = os.path.dirname(path)
        if parent == path:
            return False
        path = parent
    return True


def files(entry: str) -> Iterator[str]:
    """Give a file or link itself, or all files of a folder, without nested Git repositories."""
    if os.path.islink(entry) or not os.path.isdir(entry):
        yield entry
        return
    for folder, folders, names in os.walk(entry):
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        folders[:] = [
            name
            for name in folders
            if name not in links and not os.path.lexists(os.path.join(folder, name, ".git"))
        ]
        for name in (*names, *links):
            yield os.path.join(folder, name)


def untracked(root: str, folder: str) -> list[str]:
    """List new files in a folder that Git does not ignore, relative to the repository's root."""
    if not os.path.isdir(folder) or vcs.find_root(folder) != root:
        return []
    options = ("--others", "--exclude-standard", "-z")
    listed = vcs.git(root, "ls-files", *options, "--", os.path.relpath(folder, root))
    return [path for path in listed.split("\0") if path and not path.endswith("/")]  # "x/": nested repository


def folded(root: str, paths: set[str]) -> list[str]:
    """Say the same files in fewer words: a folder stands for its files where all of them are meant.

    Parameters:
        root: the repository's root.
        paths: files relative to the root.
    """
    rest = set(paths)
    whole: list[str] = []
    for folder in sorted({os.path.dirname(path) for path in paths} - {""}, key=len):
        within = {os.path.relpath(path, root) for path in files(os.path.join(root, folder))}
        if within <= rest:
            whole.append(folder)
            rest -= within
    return sorted([*whole, *rest])


# --- objects --------------------------------------------------------------------------------------


def add(root: str, paths: Iterable[str], index: str | None = None) -> None:
    """`git add --force` files: ignored ones too, gone ones leave the index.

    Parameters:
        root: the repository's root.
        paths: files relative to the root, never folders.
        index: another index file than the user's.
    """
    listed = b"".join(os.fsencode(path) + b"\0" for path in paths)
    options = ("--add", "--remove", "--replace", "-z", "--stdin")
    vcs.git(root, "update-index", *options, stdin=listed, env={"GIT_INDEX_FILE": index} if index else None)


_INDEX = "dvclive-index-"


def write_tree(root: str, scratch: str, more: Iterable[str]) -> str:
    """Write the tree of all tracked files as they are now on disk, plus some more.

    Parameters:
        root: the repository's root.
        scratch: an existing folder for the temporary index.
        more: files relative to the root that need not be tracked.

    Returns:
        The tree's object name.
    """
    import shutil

    _remove_stale(scratch)
    index = os.path.join(scratch, f"{_INDEX}{os.getpid()}")
    own = {"GIT_INDEX_FILE": index}
    try:
        users = os.path.join(root, vcs.git(root, "rev-parse", "--git-path", "index").rstrip("\n"))
        if os.path.exists(users):
            # With its cached stat data: no unchanged file is read again. With its time: Git looks into files
            # that are not older than the index, for they may have changed within the same second.
            shutil.copy2(users, index)
        else:
            vcs.git(root, "read-tree", "HEAD", env=own)
        vcs.git(root, "add", "--update", env=own)
        add(root, more, index)
        return vcs.git(root, "write-tree", env=own).strip()
    finally:
        for leftover in (index, f"{index}.lock"):
            try:
                os.unlink(leftover)
            except FileNotFoundError:
                pass


def _remove_stale(scratch: str) -> None:
    """Delete indexes of processes that are gone.

    A killed save leaves one, and so can a git that had just been started when a signal cut the save short:
    it finishes writing after we have cleaned up.
    """
    for name in os.listdir(scratch):
        pid = name.removeprefix(_INDEX).removesuffix(".lock")
        if name.startswith(_INDEX) and pid.isdecimal() and not os.path.exists(f"/proc/{pid}"):
            try:
                os.unlink(os.path.join(scratch, name))
            except FileNotFoundError:
                pass


def has_identity(root: str) -> bool:
    """Say whether Git knows a name and an e-mail address to commit with."""
    try:
        vcs.git(root, "var", "GIT_COMMITTER_IDENT")
        vcs.git(root, "var", "GIT_AUTHOR_IDENT")
    except vcs.GitError:
        return False
    return True


def commit(root: str, tree: str, parent: str, message: str, identity: tuple[str, str] | None = None) -> str:
    """Make a commit object; hooks and branches are not involved.

    Parameters:
        root: the repository's root.
        tree: the tree's object name.
        parent: the parent commit.
        message: any text.
        identity: name and e-mail instead of Git's own.
    """
    env: dict[str, str] = {}
    for role in ("GIT_AUTHOR", "GIT_COMMITTER") if identity else ():
        env.update(zip((f"{role}_NAME", f"{role}_EMAIL"), identity or (), strict=True))
    text = message.replace("\0", "").encode("utf-8", "replace")
    return vcs.git(root, "commit-tree", tree, "-p", parent, "-F", "-", stdin=text, env=env).strip()


def refs(root: str, prefix: str) -> list[str]:
    """List the references below a prefix such as `refs/exps/`."""
    return vcs.git(root, "for-each-ref", "--format=%(refname)", prefix).splitlines()


def move_ref(root: str, ref: str, rev: str, old: str) -> bool:
    """Let a reference to `old` mean `rev`, in one atomic step; False if it means something else by now."""
    try:
        vcs.git(root, "update-ref", ref, rev, old)
    except vcs.GitError:
        return False
    return True


def create_ref(root: str, ref: str, rev: str) -> bool:
    """Create a reference in one atomic step; False if it exists already."""
    try:
        # An old value of zeros: only if nobody else made it first. git-update-ref(1)
        vcs.git(root, "update-ref", ref, rev, "0" * len(rev))
    except vcs.GitError:
        if ref not in refs(root, ref):
            raise
        return False
    return True
