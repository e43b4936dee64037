"""The experiment saver: a run as a DVC experiment.

Decides what goes into an experiment, what it is called and when it is pushed. Knows nothing of events, of
processes or of how the run's files are written.

An experiment is a commit on top of HEAD under `refs/exps`. DVC's `Repo.experiments.save` builds it in the
user's own working tree: stash, reset to HEAD, apply, commit, restore. Tried with DVC 3.67: meanwhile the
user's uncommitted files hold old contents or are gone, where a training may be reading them; what was staged
is unstaged afterwards; a process killed halfway leaves a detached HEAD and the user's work in a stash; one
missing output of any stage fails it. So DVC does its part here (it commits the data that it tracks, names the
experiment, pushes it), and `snapshot` builds the commit aside, with the tree that `dvc exp save` would give
it. That command is the one to retry with.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable
from typing import Any, NamedTuple

from .. import env
from ..disk.files import OPEN_RUN
from ..errors import DvcliveError
from . import dvc_guest, snapshot, vcs
from .tracking import TrackResult, commit_data, stage_outputs, track
from .workspace import Workspace, open_workspace

__all__ = [
    "Prepared",
    "Saved",
    "TrackResult",
    "Workspace",
    "open_workspace",
    "prepare",
    "push_saved",
    "random_name",
    "retry_command",
    "save",
    "stage_outputs",
    "track",
]

OWN_OUTPUTS = (
    *("metrics.json", "params.yaml", "run.json", "dvc.yaml", "report.html", "report.md", "report.ipynb"),
    *("plots/metrics", "plots/images", "plots/sklearn", "plots/custom"),
)
"""In the run directory, what the experiment holds even where Git ignores it (`*.png` is a common line)."""

ANONYMOUS = ("dvclive", "dvclive@localhost")
"""Who commits where Git knows nobody, so that a bare container loses no experiment."""


class Prepared(NamedTuple):
    """A workspace ready for `save`, with the experiment's name ("" where none will be saved).

    `replaces`: the revision of this run's own experiment, where it has been saved before; "" where not.
    """

    workspace: Workspace
    exp_name: str
    notes: tuple[str, ...] = ()
    replaces: str = ""


class Saved(NamedTuple):
    """A saved experiment. `pushed`: None when DVC's configuration asks for no push."""

    exp_name: str
    exp_rev: str
    pushed: bool | None
    notes: tuple[str, ...] = ()


# --- before the run -------------------------------------------------------------------------------


def prepare(workspace: Workspace, exp_name: str | None, again: Saved | None = None) -> Prepared:
    """Make a workspace ready for saving: initialise DVC if need be, choose the experiment's name.

    Parameters:
        workspace: from `open_workspace`.
        exp_name: the user's choice; else `DVC_EXP_NAME`, else a generated `adjective-noun`, which also
            replaces a name that is taken or that Git does not allow (with a note).
        again: the experiment that this run has saved already: it keeps its name, and is replaced.

    Raises:
        DvcliveError: `dvc-init-failed`, `git-failed`.
    """
    if workspace.context == "exp-run":
        name = workspace.exp_name or ""
        if exp_name and exp_name != name:
            note = f"The experiment name {exp_name!r} is ignored: `dvc exp run` has named the experiment."
            return Prepared(workspace, name, (note,))
        return Prepared(workspace, name)
    if not workspace.saves:
        return Prepared(workspace, "")
    root = workspace.git_root or ""
    notes: list[str] = []
    if workspace.dvc_root is None:
        workspace = workspace._replace(dvc_root=_init_dvc(root))
        notes.append(
            f"DVC was initialised in {root} to save experiments; keep it with "
            '`git commit -m "Initialize DVC" .dvc .dvcignore`.'
        )
    if again is not None:
        return Prepared(workspace, again.exp_name, tuple(notes), again.exp_rev)
    name = exp_name or workspace.exp_name or ""
    taken = _taken_names(root, workspace.baseline_rev or "")
    trouble = "is taken" if name in taken else _name_trouble(root, name)
    if trouble:
        chosen = _generate_name(taken)
        notes.append(f"The experiment name {name!r} {trouble}; this run is saved as {chosen!r}.")
        name = chosen
    return Prepared(workspace, name or _generate_name(taken), tuple(notes))


def _init_dvc(root: str) -> str:
    """`dvc init` at the Git root; DVC stages .dvc/config, .dvc/.gitignore and .dvcignore."""
    try:
        with dvc_guest.initialising(root), dvc_guest.quiet():
            if os.path.exists(os.path.join(root, ".dvc", "config")):
                return root  # another run initialised it at the same moment
            from dvc.repo import Repo

            Repo.init(root).close()
    except Exception as error:
        fact = f"DVC cannot be initialised in {root}: {dvc_guest.reason(error)}"
        raise DvcliveError("dvc-init-failed", fact, "Run `dvc init` there to see why.") from error
    return root


def _ref(baseline: str, name: str) -> str:
    """An experiment's reference: refs/exps/<2 digits>/<38 digits>/<name> (dvc/repo/experiments/refs.py)."""
    return f"refs/exps/{baseline[:2]}/{baseline[2:]}/{name}"


def _taken_names(root: str, baseline: str) -> set[str]:
    return {ref.rpartition("/")[2] for ref in snapshot.refs(root, _ref(baseline, ""))}


def _name_trouble(root: str, name: str) -> str | None:
    """Say why DVC would refuse a name, or None: the rules of git-check-ref-format(1), and no `/`."""
    if not name:
        return None
    if "/" in name or not name.isprintable() or len(os.fsencode(name)) > 200:
        return "is not allowed (no `/`, no control characters, at most 200 bytes)"
    try:
        vcs.git(root, "check-ref-format", f"refs/exps/{name}")
    except vcs.GitError:
        return "is not allowed by Git (see `git help check-ref-format`)"
    return None


def random_name() -> str:
    """A readable name for a run that no experiment is saved of: `adjective-noun`."""
    return _generate_name(())


def _generate_name(taken: Iterable[str]) -> str:
    with dvc_guest.quiet():
        from dvc.repo.experiments.utils import gen_random_name

        while (name := str(gen_random_name())) in taken:
            pass
    return name


# --- the experiment -------------------------------------------------------------------------------


def save(
    prepared: Prepared,
    *,
    dir: str,  # noqa: A002
    message: str | None,
    include_untracked: list[str],
    push: bool = True,
) -> Saved:
    """Save the working tree and the run's files as a DVC experiment on top of HEAD.

    The user's files, index, branch and stash stay as they are. Only data that DVC tracks and that changed
    is committed to its cache, with its `.dvc` file or dvc.lock, as `dvc exp save` does. An exception that a
    signal handler raises meanwhile leaves the whole experiment or none; it must not be an `Exception`, else
    it counts as a failure to save.

    Parameters:
        prepared: from `prepare`.
        dir: the run directory. Our own outputs in it go in, and whatever else there Git does not ignore.
        message: the commit message; None for DVC's own.
        include_untracked: more files and folders that go in even if Git ignores them; data tracked by DVC
            never does. Relative to the current directory if not absolute.
        push: False leaves the push that DVC's configuration asks for to a later call of `push_saved`.

    Raises:
        DvcliveError: `exp-save-failed`, with the command that saves by hand; `exp-save-unavailable` where the
            workspace saves nothing.
    """
    workspace = prepared.workspace
    git_root, dvc_root = workspace.git_root, workspace.dvc_root
    if not workspace.saves or git_root is None or dvc_root is None:
        fact = f"No experiment can be saved from {dir}"
        raise DvcliveError("exp-save-unavailable", fact, " ".join(workspace.notes))
    notes: list[str] = []
    try:
        with dvc_guest.open_repo(dvc_root) as repo:
            commit_data(repo, notes)
            outs = {os.path.realpath(out.fs_path) for out in repo.index.outs if out.use_cache}
            wanted = _wanted(git_root, dir, [*include_untracked, *_declared(repo)], notes)
            files = {path for path in wanted if not snapshot.held(os.path.join(git_root, path), outs)}
            tree = snapshot.write_tree(git_root, _scratch(dvc_root), sorted(files))
            name, rev = _record(prepared, git_root, tree, message or _default_message(repo), notes)
    except Exception as error:
        command = retry_command(prepared, dir, message, include_untracked)
        raise DvcliveError(
            "exp-save-failed",
            f"The experiment {prepared.exp_name!r} is not saved: {dvc_guest.reason(error)}",
            f"The files are all in {dir}; save them with: {command}",
        ) from error
    saved = Saved(name, rev, None, tuple(notes))
    return push_saved(prepared, saved) if push else saved


def find_saved(prepared: Prepared) -> Saved | None:
    """The experiment that a killed process has saved under the prepared name, or None."""
    root, baseline = prepared.workspace.git_root or "", prepared.workspace.baseline_rev or ""
    found = snapshot.refs(root, _ref(baseline, ""))
    ref = _ref(baseline, prepared.exp_name)
    return Saved(prepared.exp_name, vcs.git(root, "rev-parse", ref).strip(), None) if ref in found else None


def _declared(repo: Any) -> list[str]:
    """Metrics, params and plots that dvc.yaml files declare: DVC takes them in even if Git never saw them.

    Private parts of DVC, the same from 3.50 to 3.67; should they move, the run's own files are still there.
    """
    try:
        from dvc.repo.metrics.show import _collect_top_level_metrics
        from dvc.repo.params.show import _collect_top_level_params

        metrics, params = _collect_top_level_metrics(repo), _collect_top_level_params(repo)
        paths = [os.path.join(repo.root_dir, name) for name in (*metrics, *params, *repo.index._plot_sources)]
    except Exception:
        return []
    return [path for path in paths if os.path.lexists(path)]


def _wanted(git_root: str, directory: str, more: Iterable[str], notes: list[str]) -> set[str]:
    """Files for the experiment that Git may not know yet, relative to the Git root."""
    run_dir = snapshot.plain(directory)
    open_run = os.path.relpath(os.path.join(run_dir, OPEN_RUN), git_root)
    wanted = set(snapshot.untracked(git_root, run_dir)) - {open_run}  # saved by the command that ends it
    for given in (*(os.path.join(run_dir, name) for name in OWN_OUTPUTS), *more):
        entry = snapshot.plain(given)
        if entry == run_dir or not os.path.lexists(entry):
            continue
        if vcs.find_root(os.path.dirname(entry)) == git_root:
            wanted.update(os.path.relpath(path, git_root) for path in snapshot.files(entry))
        else:
            notes.append(f"{given} is not in the experiment: it is outside of the Git repository {git_root}.")
    return wanted


def _scratch(dvc_root: str) -> str:
    folder = os.path.join(dvc_root, ".dvc", "tmp")  # DVC keeps it out of Git
    os.makedirs(folder, exist_ok=True)
    return folder


def _record(prepared: Prepared, root: str, tree: str, message: str, notes: list[str]) -> tuple[str, str]:
    """Make the commit and then, as the last and only visible step, the experiment's reference."""
    head = vcs.head(root) or ""
    was = prepared.workspace.baseline_rev or ""
    if head != was:
        notes.append(
            f"HEAD moved from {was[:7]} to {head[:7]} during the run; the experiment is on {head[:7]}."
        )
    known = snapshot.has_identity(root)
    if not known:
        notes.append(
            f"Git knows no name and e-mail to commit with, so the experiment's author is {ANONYMOUS[0]!r}. "
            "Set them with `git config --global user.name` and `user.email`."
        )
    rev = snapshot.commit(root, tree, head, message, None if known else ANONYMOUS)
    name = prepared.exp_name
    if prepared.replaces and snapshot.move_ref(root, _ref(head, name), rev, prepared.replaces):
        return name, rev
    while not snapshot.create_ref(root, _ref(head, name), rev):
        name = _generate_name(_taken_names(root, head))
    if name != prepared.exp_name:
        notes.append(f"The experiment name {prepared.exp_name!r} is taken; this run is saved as {name!r}.")
    return name, rev


def _default_message(repo: Any) -> str:
    """DVC's own commit message: the hash of the pipeline's state."""
    from dvc.stage import PipelineStage
    from dvc.stage.serialize import to_lockfile
    from dvc.utils import dict_sha256

    state: dict[str, Any] = {}
    for stage in repo.index.stages:
        if isinstance(stage, PipelineStage) and stage.outs and all(out.hash_info for out in stage.outs):
            state.update(to_lockfile(stage))
    return f"dvc: commit experiment {dict_sha256(state)}"


def push_saved(prepared: Prepared, saved: Saved) -> Saved:
    """Push a saved experiment if DVC's configuration says so (`exp.auto_push`, `DVC_EXP_AUTO_PUSH`).

    The Git remote is `DVC_EXP_GIT_REMOTE`, else `exp.git_remote`, else `origin`; the data goes to DVC's
    default remote. A failed push raises nothing: `pushed` is False and a note has the command to retry.
    """
    root, remote = prepared.workspace.dvc_root or "", "origin"
    try:
        with dvc_guest.open_repo(root) as repo:
            from dvc.utils import env2bool

            settings = repo.config.get("exp", {})
            if not env2bool(env.DVC_EXP_AUTO_PUSH, settings.get("auto_push", False)):
                return saved
            remote = os.environ.get(env.DVC_EXP_GIT_REMOTE) or settings.get("git_remote") or remote
            with dvc_guest.no_questions():
                data = any(out.use_cache for out in repo.index.outs)  # without any, no DVC remote is needed
                repo.experiments.push(remote, [saved.exp_name], push_cache=data, run_cache=data)
    except Exception as error:
        command = _dvc_command(root, "exp", "push", remote, saved.exp_name)
        why = dvc_guest.reason(error)
        note = f"The experiment is saved, but not pushed to {remote!r}: {why}. Push it with: {command}"
        return saved._replace(pushed=False, notes=(*saved.notes, note))
    return saved._replace(pushed=True)


def retry_command(
    prepared: Prepared,
    dir: str,  # noqa: A002
    message: str | None,
    include_untracked: list[str],
) -> str:
    """Return the `dvc exp save` command, quoted for a shell, that saves the same from any folder."""
    git_root = prepared.workspace.git_root or ""
    root = prepared.workspace.dvc_root or git_root
    words = ["exp", "save", f"--name={prepared.exp_name}"]
    if message:
        words.append(f"--message={message}")
    try:
        wanted = _wanted(git_root, dir, include_untracked, [])
        # DVC would force its own data into Git; what `dvc add` tracks has a `.dvc` file beside it.
        wanted = {path for path in wanted if not _has_dvc_file(git_root, path)}
        entries = snapshot.folded(git_root, wanted)
    except DvcliveError:  # Git does not answer: the folders as they are
        entries = [os.path.relpath(snapshot.plain(path), git_root) for path in (dir, *include_untracked)]
    for entry in entries:
        words.append(f"--include-untracked={os.path.relpath(os.path.join(git_root, entry), root)}")
    return _dvc_command(root, *words)


def _has_dvc_file(git_root: str, path: str) -> bool:
    while path:
        if os.path.isfile(os.path.join(git_root, f"{path}.dvc")):
            return True
        path = os.path.dirname(path)
    return False


def _dvc_command(root: str, *words: str) -> str:
    import shutil

    program = ["dvc"] if shutil.which("dvc") else [sys.executable, "-m", "dvc"]
    return shlex.join([*program, "--cd", root, *words])
