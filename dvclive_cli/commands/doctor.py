"""`dvclive doctor [DIR]`: what this machine allows, how a run directory stands, and what mends it.

Each check is one function that tries the thing itself and gives a `Finding`; it changes nothing. The table at
the end lists them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from .. import __version__, config
from ..errors import DvcliveError
from ..inputs import userfiles
from ..processes import fifo, limits, witness
from ..repository import vcs
from ..runs import left
from ..texts import clean

OK, NOTE, BAD = "ok", "note", "bad"
LITTLE_SPACE = 1 << 30


class Finding(NamedTuple):
    """What a check found. `mend`: the command or step that helps, empty where nothing is to be done."""

    about: str
    level: str
    fact: str
    mend: str = ""


class Asked(NamedTuple):
    """What the checks look at: the run directory (absolute) and the environment."""

    dir: str
    environ: Mapping[str, str]


def main(folder: str | None, environ: Mapping[str, str], *, as_json: bool) -> int:
    """Look, tell on standard output; 1 where something is broken, else 0."""
    try:
        table, path = userfiles.read_settings(os.getcwd())
        settings = config.resolve({} if folder is None else {"dir": folder}, environ, table, path)
        problem = []
    except DvcliveError as error:
        settings = config.Config({"dir": folder or "dvclive"})
        problem = [Finding("settings", BAD, error.fact, error.next_step)]
    asked = Asked(os.path.abspath(settings.dir), environ)
    findings = [*problem, *look(asked)]
    if as_json:
        import json

        print(json.dumps({"dir": asked.dir, "findings": [one._asdict() for one in findings]}, indent=2))  # noqa: T201
    else:
        print("\n".join(lines(findings)))  # noqa: T201
    return 1 if any(one.level == BAD for one in findings) else 0


def look(asked: Asked) -> Iterator[Finding]:
    """Every check; one that fails itself is a finding too."""
    for about, check in CHECKS:
        try:
            yield from check(asked)
        except DvcliveError as error:
            yield Finding(about, BAD, error.fact, error.next_step)
        except Exception as error:
            yield Finding(about, BAD, f"{type(error).__name__}: {error}")


def lines(findings: list[Finding]) -> Iterator[str]:
    """The table."""
    marks = {OK: "ok  ", NOTE: "note", BAD: "BAD "}
    width = max(len(one.about) for one in findings)
    for one in findings:
        yield f"{marks[one.level]} {one.about:<{width}}  {clean(one.fact, 500)}"
        if one.mend:
            yield f"     {'':<{width}}  -> {clean(one.mend, 500)}"


# --- the machine ------------------------------------------------------------------------------------------


def _versions(asked: Asked) -> Iterator[Finding]:
    system = os.uname()
    python = sys.version.split()[0]
    fact = f"dvclive {__version__}, Python {python}, {system.sysname} {system.release} {system.machine}"
    yield Finding("versions", OK, fact)


def _fifo(asked: Asked) -> Iterator[Finding]:
    channel = fifo.create(asked.environ)
    base = os.path.dirname(channel.folder)
    os.close(channel.fd)
    channel.close()
    wanted = asked.environ.get("TMPDIR") or base
    if os.path.abspath(wanted) != base:
        yield Finding("fifo", NOTE, f"TMPDIR ({wanted}) cannot be used, {base} is", "Set TMPDIR.")
    else:
        yield Finding("fifo", OK, f"programs can log through a FIFO in {base}")
    for folder in fifo.abandoned(asked.environ):
        yield Finding("fifo", NOTE, f"{folder} was left by a run that is gone", f"rm -r {folder}")


def _memory(asked: Asked) -> Iterator[Finding]:
    fd = os.memfd_create("dvclive-doctor")
    r, w = os.pipe()
    os.write(w, b"x")
    moved = os.splice(r, fd, 1)
    for one in (fd, r, w):
        os.close(one)
    yield Finding("tapes", OK if moved == 1 else BAD, "output is kept in memory files (memfd, splice)")


def _terminal(asked: Asked) -> Iterator[Finding]:
    try:
        for fd in os.openpty():
            os.close(fd)
    except OSError as error:
        yield Finding("pty", BAD, f"no pseudo-terminal: {error.strerror}", "dvclive run --tty never -- CMD")
        return
    yield Finding("pty", OK, "programs keep their terminal")


def _processes(asked: Asked) -> Iterator[Finding]:
    import shutil

    if not os.path.exists("/proc/self/fd"):
        yield Finding("proc", BAD, "/proc is not mounted", "mount -t proc proc /proc")
    elif shutil.which(witness.PROGRAM) is None:
        fact = f"no {witness.PROGRAM}: a signal to the whole process group reaches the program twice"
        yield Finding("signals", NOTE, fact, "Install coreutils.")
    else:
        yield Finding("signals", OK, "signals to us and to the whole group can be told apart")


def _limits(asked: Asked) -> Iterator[Finding]:
    ours = limits.Limits()
    try:
        ours.widen()
        size = ours.file_size()
    finally:
        ours.restore()
    if size is None:
        yield Finding("limits", OK, "no limit on file sizes that matters")
    else:
        fact = f"files may have {size} bytes (ulimit -f): output beyond that is passed on, not recorded"
        yield Finding("limits", NOTE, fact, "ulimit -f unlimited")


def _space(asked: Asked) -> Iterator[Finding]:
    folder = asked.dir
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    for about, path in (("disk", folder), ("tmp", asked.environ.get("TMPDIR") or "/tmp")):  # noqa: S108
        try:
            found = os.statvfs(path)
        except OSError as error:
            yield Finding(about, BAD, f"{path}: {error.strerror}")
            continue
        free = found.f_bavail * found.f_frsize
        fact = f"{free / 1e9:.1f} GB free at {path}"
        if found.f_files and not found.f_favail:
            yield Finding(about, BAD, f"no inodes left at {path}", "Remove files.")
        elif free < LITTLE_SPACE:
            yield Finding(about, NOTE, fact, "Make room.")
        elif not os.access(path, os.W_OK):
            yield Finding(about, BAD, f"{path} cannot be written", "Give another directory (--dir).")
        else:
            yield Finding(about, OK, fact)


def _gpus(asked: Asked) -> Iterator[Finding]:
    from ..processes.monitor import count_gpus

    count = count_gpus()
    if count:
        yield Finding("gpu", OK, f"{count} NVIDIA device(s) for --monitor-system")
    else:
        yield Finding("gpu", OK, "no NVIDIA driver; --monitor-system records CPU, memory and disk")


RANKS = ("RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID", "LOCAL_RANK")
"""Where launchers tell a process which one it is: torchrun, Open MPI, MPICH, Slurm."""


def _ranks(asked: Asked) -> Iterator[Finding]:
    told = {name: asked.environ[name] for name in RANKS if asked.environ.get(name)}
    if not told:
        yield Finding("ranks", OK, "one process: no launcher has numbered it")
        return
    shown = ", ".join(f"{name}={value}" for name, value in told.items())
    if next(iter(told.values())) == "0":
        yield Finding("ranks", OK, f"the first of several processes ({shown})")
    else:
        mend = "Put dvclive run in front of the launcher, or record in rank 0 only."
        yield Finding("ranks", NOTE, f"not the first of several processes ({shown})", mend)


# --- Git, DVC, Studio -------------------------------------------------------------------------------------


def _git(asked: Asked) -> Iterator[Finding]:
    root = vcs.find_root(asked.dir)
    if root is None:
        yield Finding(
            "git", NOTE, f"{asked.dir} is in no Git repository: no experiments", "git init && git commit"
        )
        return
    version = vcs.git(root, "version").split()[-1]
    if vcs.head(root) is None:
        yield Finding("git", NOTE, f"git {version}; {root} has no commits yet", "git add -A && git commit")
        return
    yield Finding("git", OK, f"git {version}, repository {root}")
    lock = os.path.join(vcs.git(root, "rev-parse", "--absolute-git-dir").strip(), "index.lock")
    if os.path.exists(lock):
        fact = "index.lock: another git command runs, or was killed. Saving does without the index"
        yield Finding("git", NOTE, fact, f"If none runs: rm {lock}")


def _dvc(asked: Asked) -> Iterator[Finding]:
    from importlib.metadata import PackageNotFoundError, version

    from ..repository.workspace import open_workspace

    try:
        number = version("dvc")
    except PackageNotFoundError:
        yield Finding("dvc", BAD, "dvc is not installed", "pip install dvc")
        return
    found = open_workspace(asked.dir, asked.environ)
    if found.dvc_root:
        yield Finding("dvc", OK, f"dvc {number}, initialised in {found.dvc_root}")
    elif found.saves:
        yield Finding("dvc", OK, f"dvc {number}; the first run initialises it in {found.git_root}")
    else:
        yield Finding("dvc", OK, f"dvc {number}; no experiment is saved here ({found.context})")


def _studio(asked: Asked) -> Iterator[Finding]:
    """Only where a token is configured; the token itself is not sent."""
    from ..repository.workspace import dvc_root_of
    from ..studio import settings
    from ..studio.post import Poster

    found = settings.find(asked.environ, vcs.find_root(asked.dir), dvc_root_of(asked.dir))
    if found is None:
        fact = f"not configured (no {settings.TOKENS[0]}, no `dvc studio login`), or off: nothing is sent"
        yield Finding("studio", OK, fact)
        return
    poster = Poster(found.url, found.token, found.endpoint)
    try:
        said = poster.look()
    except OSError as error:
        fact = f"{poster.where} cannot be reached: {error}"
        yield Finding("studio", NOTE, fact, "Runs are recorded; updates wait.")
        return
    yield Finding("studio", OK, f"{poster.where} answers ({said}); the token is in {found.source}")


# --- the run directory ------------------------------------------------------------------------------------


def _run(asked: Asked) -> Iterator[Finding]:
    found = left.look(asked.dir)
    shown = os.path.relpath(asked.dir)
    if found.status == "none":
        yield Finding("run", OK, f"{shown} holds no run yet")
    elif found.holder:
        yield Finding("run", OK, f"{shown} is being written by {found.holder}")
    elif found.open:
        yield Finding(
            "run", NOTE, f"{shown}: a run of one-shot commands is open", f"dvclive end --dir {shown}"
        )
    elif found.unfinished:
        fact = f"{shown}: the run never told its end, and nobody writes it any more"
        yield Finding("run", BAD, fact, f"dvclive recover {shown}")
    else:
        yield Finding("run", OK, f"{shown}: {found.status}")
        yield from _experiment(found, shown, asked)
    if found.torn and not found.holder:
        fact = f"{len(found.torn)} files end in a torn row: {', '.join(found.torn[:3])}"
        yield Finding("rows", BAD, fact, f"dvclive recover {shown}")
    if found.leftovers and not found.holder:
        fact = f"left by processes that are gone: {', '.join(found.leftovers[:3])}"
        yield Finding("leftovers", NOTE, fact, "The next run removes them.")


def _experiment(found: left.Left, shown: str, asked: Asked) -> Iterator[Finding]:
    from ..repository.workspace import open_workspace

    if found.session.get("options", {}).get("save_dvc_exp") is False or not found.session:
        return
    if not open_workspace(asked.dir, asked.environ).saves:
        return
    name = left.experiment_of(asked.dir)
    if name:
        yield Finding("experiment", OK, f"saved as {name}")
    else:
        yield Finding("experiment", NOTE, "no experiment holds this run as it is", f"dvclive recover {shown}")


CHECKS: tuple[tuple[str, Callable[[Asked], Iterator[Finding]]], ...] = (
    ("versions", _versions),
    ("fifo", _fifo),
    ("tapes", _memory),
    ("pty", _terminal),
    ("signals", _processes),
    ("limits", _limits),
    ("disk", _space),
    ("gpu", _gpus),
    ("ranks", _ranks),
    ("git", _git),
    ("dvc", _dvc),
    ("studio", _studio),
    ("run", _run),
)
