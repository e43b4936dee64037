"""The experiment saver with real DVC in real repositories; processes and the network are watched."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from dvclive_cli.errors import DvcliveError
from dvclive_cli.repository import dvc_guest, saver

DVC = [sys.executable, "-m", "dvc"]
FILES = ["dvclive", "dvc.yaml"]


def sh(command: str, cwd: Path) -> str:
    done = subprocess.run(["sh", "-ec", command], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def dvc(cwd: Path, *words: str) -> str:
    done = subprocess.run([*DVC, *words], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module", autouse=True)
def _alone(tmp_path_factory: pytest.TempPathFactory) -> object:
    """No configuration, cache or pipeline of the machine that runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        patch.setenv("HOME", str(home))
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("DVC_NO_ANALYTICS", "1")
        patch.setenv("DVC_SITE_CACHE_DIR", str(home / "site"))
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", "tester")
            patch.setenv(f"GIT_{role}_EMAIL", "tester@example.com")
        for name in (
            "DVC_ROOT",
            "DVC_EXP_BASELINE_REV",
            "DVC_EXP_NAME",
            "DVC_EXP_AUTO_PUSH",
            "DVC_EXP_GIT_REMOTE",
        ):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("template") / "repo"
    root.mkdir()
    sh("git init -q -b main; for f in same changed staged both gone removed old; do echo 1 > $f; done", root)
    sh("printf '*.png\n' > .gitignore; git add .; git commit -qm one", root)
    dvc(root, "init", "-q")
    sh("git commit -qm dvc", root)
    return root


@pytest.fixture
def repo(template: Path, tmp_path: Path) -> Path:
    """A Git and DVC repository with a run's files."""
    root = tmp_path / "a repo"
    shutil.copytree(template, root, symlinks=True)
    write_run(root)
    return root


def write_run(root: Path, name: str = "dvclive") -> None:
    images = root / name / "plots" / "images"
    images.mkdir(parents=True)
    (images / "img.png").write_bytes(b"png")
    (root / name / "plots" / "metrics").mkdir()
    (root / name / "plots" / "metrics" / "loss.tsv").write_text("step\tloss\n0\t0.5\n")
    (root / name / "metrics.json").write_text('{"loss": 0.5}\n')
    (root / "dvc.yaml").write_text(
        f"metrics:\n- {name}/metrics.json\nplots:\n"
        f"- {name}/plots/metrics:\n    x: step\n- {name}/plots/images\n"
    )


def make_dirty(root: Path) -> None:
    """Every state that Git knows for a file."""
    sh(
        """
        echo 1 > stashed; git add stashed; git stash push -q
        echo 2 > changed; echo 2 > staged; git add staged; echo 2 > both; git add both; echo 3 > both
        rm gone; git rm -q removed; git mv old new; chmod +x same
        echo 1 > added; git add added; echo 2 > added
        echo x > intended; git add -N intended; echo x > untracked
        """,
        root,
    )


def look(root: Path) -> tuple[str, ...]:
    """All that a user could see change: state, index, stash, branch, contents, and times of the files."""
    names = [path for path in sorted(root.rglob("*")) if not {".git", ".dvc"} & set(path.parts)]
    files = [f"{path} {path.stat().st_mtime_ns} {path.read_bytes()!r}" for path in names if path.is_file()]
    commands = (
        "git status --porcelain=v2",
        "git diff --cached",
        "git stash list",
        "git symbolic-ref -q HEAD || :",
    )
    locks = [str(path) for path in root.rglob("*.lock") if path.name != "dvc.lock"]
    locks += [str(path) for path in root.rglob("dvclive-index-*")]
    return (*(sh(command, root) for command in commands), *files, *locks)


def save(root: Path, name: str | None = None, run: str = "dvclive", **more: object) -> saver.Saved:
    prepared = saver.prepare(saver.open_workspace(str(root / run), {}), name)
    files = [str(root / path) for path in FILES]
    options: dict[str, object] = {"message": None, "include_untracked": files, **more}
    return saver.save(prepared, dir=str(root / run), **options)  # type: ignore[arg-type]


def tree(root: Path, name: str) -> list[str]:
    """The experiment's files, without a temporary file of DVC's that `dvc exp save` commits by mistake."""
    ref = sh(f"git for-each-ref --format='%(refname)' refs/exps | grep '/{name}$'", root).strip()
    listed = sh(f"git ls-tree -r {ref}", root).splitlines()
    return [line for line in listed if not line.endswith(".dvc/tmp/repro.dat")]


def paths(root: Path, name: str) -> list[str]:
    return [line.split("\t")[1].strip('"') for line in tree(root, name)]


def shown(root: Path) -> dict[str, dict[str, object]]:
    """Experiments of HEAD in `dvc exp show`: name -> metrics."""
    found = {}
    for baseline in json.loads(dvc(root, "exp", "show", "--json")):
        for experiment in baseline.get("experiments") or ():
            revision = experiment["revs"][0]
            data = revision["data"]["metrics"]
            found[revision["name"]] = {key: value["data"] for key, value in data.items()}
    return found


# --- the workspace -------------------------------------------------------------------------------


def test_no_git(tmp_path: Path) -> None:
    """Outside of Git nothing is saved, and it is said why and what to do."""
    found = saver.open_workspace(str(tmp_path / "new" / "dvclive"), {})
    assert (found.context, found.git_root, found.saves) == ("no-git", None, False)
    assert "git init" in found.notes[0]
    assert saver.prepare(found, "name") == saver.Prepared(found, "")
    with pytest.raises(DvcliveError, match="git init") as error:
        saver.save(saver.prepare(found, None), dir=str(tmp_path), message=None, include_untracked=[])
    assert error.value.slug == "exp-save-unavailable"


def test_no_commits(tmp_path: Path) -> None:
    sh("git init -q", tmp_path)
    found = saver.open_workspace(str(tmp_path / "dvclive"), {})
    assert (found.context, found.git_root) == ("empty-git", str(tmp_path))
    assert "git commit" in found.notes[0]


def test_no_git_program(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repo))
    found = saver.open_workspace(str(repo / "dvclive"), {})
    assert found.context == "no-git"
    assert "Install Git" in found.notes[0]


def test_pipeline_contexts(repo: Path) -> None:
    inside = {"DVC_ROOT": str(repo), "DVC_EXP_NAME": "given"}
    found = saver.open_workspace(str(repo / "dvclive"), inside)
    assert found.context == "repro"
    assert "dvc exp run" in found.notes[0]
    found = saver.open_workspace(str(repo / "dvclive"), {**inside, "DVC_EXP_BASELINE_REV": "a" * 40})
    assert (found.context, found.baseline_rev, found.notes) == ("exp-run", "a" * 40, ())
    assert saver.prepare(found, None).exp_name == "given"
    assert "ignored" in saver.prepare(found, "mine").notes[0]


def test_opening_imports_no_dvc(repo: Path) -> None:
    """Nor does preparing with a name of one's own: the recorder's start stays quick."""
    code = f"""
        import os, sys
        from dvclive_cli.repository import saver
        saver.prepare(saver.open_workspace({str(repo / "dvclive")!r}, {{}}), "mine")
        print([name for name in ("dvc", "re2", "rich", "numpy") if name in sys.modules])
    """
    assert python(code, repo) == "[]\n"


def python(code: str, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=cwd, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# --- the name -------------------------------------------------------------------------------------


def test_name_from_option_then_environment(repo: Path) -> None:
    environ = {"DVC_EXP_NAME": "from-env"}
    workspace = saver.open_workspace(str(repo / "dvclive"), environ)
    assert saver.prepare(workspace, "option").exp_name == "option"
    assert saver.prepare(workspace, None).exp_name == "from-env"


def test_generated_name(repo: Path) -> None:
    adjective, _, noun = saver.prepare(saver.open_workspace(str(repo), {}), None).exp_name.partition("-")
    assert adjective.isalpha()
    assert noun.isalpha()


@pytest.mark.parametrize("name", ["a/b", "a..b", "a b", "a~1", "x.lock", ".a", "a\nb", "\udcff", "n" * 300])
def test_a_name_that_git_refuses_is_replaced(repo: Path, name: str) -> None:
    prepared = saver.prepare(saver.open_workspace(str(repo / "dvclive"), {}), name)
    assert prepared.exp_name != name
    assert "not allowed" in prepared.notes[0]
    assert prepared.exp_name in prepared.notes[0]


def test_a_taken_name_is_replaced(repo: Path) -> None:
    assert save(repo, "mine").exp_name == "mine"
    prepared = saver.prepare(saver.open_workspace(str(repo / "dvclive"), {}), "mine")
    assert prepared.exp_name != "mine"
    assert "taken" in prepared.notes[0]


def test_runs_that_save_at_the_same_moment_under_one_name(repo: Path) -> None:
    """Each is saved; one gets the name, the others are told theirs."""
    code = f"""
        import os
        from dvclive_cli.repository import saver
        prepared = saver.prepare(saver.open_workspace({str(repo / "dvclive")!r}, {{}}), "mine")
        message = str(os.getpid())
        saved = saver.save(prepared, dir={str(repo / "dvclive")!r}, message=message, include_untracked=[])
        print(saved.exp_name, len(saved.notes))
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = sorted(run.communicate()[0].split()[1] for run in runs)
    assert said == ["0", "1", "1"]
    names = sh("git for-each-ref --format='%(refname:lstrip=4)' refs/exps", repo).split()
    assert "mine" in names
    assert len(names) == 3


# --- saving ---------------------------------------------------------------------------------------


def test_dvc_shows_the_experiment(repo: Path) -> None:
    saved = save(repo, "mine", message="why\n\nfailed: exit 3")
    assert shown(repo) == {"mine": {"dvclive/metrics.json": {"loss": 0.5}}}
    ref = sh("git for-each-ref --format='%(refname)' refs/exps", repo).strip()
    assert saved == saver.Saved("mine", sh(f"git rev-parse {ref}", repo).strip(), None, ())
    assert sh(f"git log -1 --format=%B {saved.exp_rev}", repo).strip() == "why\n\nfailed: exit 3"
    assert (
        sh(f"git rev-parse {saved.exp_rev}^ HEAD", repo).split()[0] == sh("git rev-parse HEAD", repo).strip()
    )


def test_a_change_within_the_second_of_git_add_is_seen(repo: Path) -> None:
    """Same size, same second, same inode: Git's index cannot tell, unless it knows its own age."""
    sh("git config core.trustctime false", repo)
    second = (1_700_000_000, 1_700_000_000)
    (repo / "quick").write_text("aaa")
    os.utime(repo / "quick", second)
    sh("git add quick", repo)
    (repo / "quick").write_text("bbb")
    os.utime(repo / "quick", second)
    os.utime(repo / ".git" / "index", second)
    save(repo, "mine")
    ref = sh("git for-each-ref --format='%(refname)' refs/exps", repo).strip()
    assert sh(f"git show {ref}:quick", repo) == "bbb"


def test_same_tree_and_message_as_dvc_exp_save(repo: Path, tmp_path: Path) -> None:
    """With every state that Git knows for a file, changed data of DVC, and a changed pipeline."""
    (repo / "data").write_text("1")
    dvc(repo, "add", "-q", "data")
    with (repo / "dvc.yaml").open("a") as file:
        file.write("stages:\n  train:\n    cmd: cp data model\n    deps: [data]\n    outs: [model]\n")
    dvc(repo, "repro", "-q")
    sh("git add data.dvc dvc.lock dvc.yaml .gitignore; git commit -qm data", repo)
    make_dirty(repo)
    sh("echo 22 > data; echo 333 > model", repo)
    twin = tmp_path / "twin"
    shutil.copytree(repo, twin, symlinks=True)
    saved = save(repo, "mine")
    dvc(twin, "exp", "save", "--name=mine", "--include-untracked=dvclive", "--include-untracked=dvc.yaml")
    assert tree(repo, "mine") == tree(twin, "mine")
    ref = sh("git for-each-ref --format='%(refname)' refs/exps | grep mine", twin).strip()
    theirs = sh(f"git log -1 --format=%B {ref}", twin)
    assert sh(f"git log -1 --format=%B {saved.exp_rev}", repo) == theirs


def test_the_users_work_stays_untouched(repo: Path) -> None:
    """Files, index, stash and branch are exactly as before."""
    make_dirty(repo)
    before = look(repo)
    save(repo)
    assert look(repo) == before


def test_an_index_lock_does_not_hinder(repo: Path) -> None:
    """Another Git command is busy, or was killed and left its lock."""
    (repo / ".git" / "index.lock").touch()
    assert save(repo, "mine").exp_name == "mine"


def test_files_that_git_ignores(repo: Path) -> None:
    """The run's own files are in the experiment whatever .gitignore says; others in the folder are not."""
    (repo / "dvclive" / "mine.png").write_text("x")
    (repo / "dvclive" / "notes.txt").write_text("x")
    save(repo, "mine")
    found = paths(repo, "mine")
    assert "dvclive/plots/images/img.png" in found
    assert "dvclive/notes.txt" in found
    assert "dvclive/mine.png" not in found


def test_a_run_directory_that_git_ignores(repo: Path) -> None:
    sh("echo /dvclive >> .gitignore; echo ckpt > dvclive/big.ckpt", repo)
    save(repo, "mine")
    found = paths(repo, "mine")
    assert "dvclive/metrics.json" in found
    assert "dvclive/plots/metrics/loss.tsv" in found
    assert "dvclive/big.ckpt" not in found


def test_include_untracked_beats_gitignore(repo: Path) -> None:
    sh(
        "mkdir -p extra/deep; echo x > extra/deep/a.png; ln -s nowhere extra/link; git init -q extra/nested",
        repo,
    )
    sh("echo x > extra/nested/file", repo)
    save(repo, "mine", include_untracked=[str(repo / "extra"), str(repo / "missing")])
    found = paths(repo, "mine")
    assert "extra/deep/a.png" in found
    assert "extra/link" in found
    assert not [path for path in found if "nested" in path]


def test_a_file_outside_of_the_repository(repo: Path, tmp_path: Path) -> None:
    (tmp_path / "dvc.yaml").write_text("")
    saved = save(repo, "mine", include_untracked=[str(tmp_path / "dvc.yaml")])
    assert "outside" in saved.notes[0]


def test_relative_paths(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo / "dvclive")
    prepared = saver.prepare(saver.open_workspace(".", {}), "mine")
    saver.save(prepared, dir=".", message=None, include_untracked=["../dvc.yaml"])
    assert {"dvc.yaml", "dvclive/metrics.json"} <= set(paths(repo, "mine"))


def test_the_repository_is_the_run_directory(repo: Path) -> None:
    (repo / "metrics.json").write_text("{}")
    prepared = saver.prepare(saver.open_workspace(str(repo), {}), "mine")
    saver.save(prepared, dir=str(repo), message=None, include_untracked=[str(repo)])
    assert "metrics.json" in paths(repo, "mine")


def test_metrics_that_the_user_declares(repo: Path) -> None:
    """Like DVC: what dvc.yaml names is in the experiment, though Git has never seen it."""
    (repo / "eval").mkdir()
    (repo / "eval" / "scores.json").write_text('{"bleu": 3}')
    (repo / "eval" / "dvc.yaml").write_text("metrics:\n- scores.json\n")
    save(repo, "mine")
    assert "eval/scores.json" in paths(repo, "mine")


def test_the_current_directory_is_gone(repo: Path, tmp_path: Path) -> None:
    """The folder that the program was started in may be removed before the end."""
    code = f"""
        import os
        from dvclive_cli.repository import saver
        os.mkdir({str(tmp_path / "gone")!r})
        os.chdir({str(tmp_path / "gone")!r})
        os.rmdir({str(tmp_path / "gone")!r})
        prepared = saver.prepare(saver.open_workspace({str(repo / "dvclive")!r}, {{}}), "mine")
        saver.save(prepared, dir={str(repo / "dvclive")!r}, message=None, include_untracked=[])
    """
    python(code, repo)
    assert "dvclive/metrics.json" in paths(repo, "mine")


def test_head_moves_during_the_run(repo: Path) -> None:
    prepared = saver.prepare(saver.open_workspace(str(repo / "dvclive"), {}), "mine")
    sh("git commit -qam more --allow-empty", repo)
    saved = saver.save(prepared, dir=str(repo / "dvclive"), message=None, include_untracked=[])
    assert "HEAD moved" in saved.notes[0]
    assert sh(f"git rev-parse {saved.exp_rev}^", repo) == sh("git rev-parse HEAD", repo)


def test_nobody_to_commit_as(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container without user.name loses no experiment."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{role}_NAME")
        monkeypatch.delenv(f"GIT_{role}_EMAIL")
    sh("git config user.useConfigOnly true", repo)
    saved = save(repo, "mine")
    assert "user.name" in saved.notes[0]
    assert sh(f"git log -1 --format=%an {saved.exp_rev}", repo).strip() == "dvclive"


# --- kinds of repositories ------------------------------------------------------------------------


def test_git_without_dvc(tmp_path: Path) -> None:
    """DVC is initialised and staged, with a message, and the experiment shows."""
    sh("git init -q -b main; echo 1 > f; git add .; git commit -qm one", tmp_path)
    write_run(tmp_path)
    prepared = saver.prepare(saver.open_workspace(str(tmp_path / "dvclive"), {}), "mine")
    assert prepared.workspace.dvc_root == str(tmp_path)
    assert "initialised" in prepared.notes[0]
    assert sh("git diff --cached --name-only", tmp_path).split() == [
        ".dvc/.gitignore",
        ".dvc/config",
        ".dvcignore",
    ]
    saver.save(
        prepared, dir=str(tmp_path / "dvclive"), message=None, include_untracked=[str(tmp_path / "dvc.yaml")]
    )
    assert shown(tmp_path) == {"mine": {"dvclive/metrics.json": {"loss": 0.5}}}


def test_dvc_cannot_be_initialised(tmp_path: Path) -> None:
    sh("git init -q; echo .dvc > .gitignore; git add .; git commit -qm one", tmp_path)
    with pytest.raises(DvcliveError, match=r"ignored.*dvc init") as error:
        saver.prepare(saver.open_workspace(str(tmp_path / "dvclive"), {}), None)
    assert error.value.slug == "dvc-init-failed"


def test_monorepo(repo: Path) -> None:
    """`dvc init --subdir` inside a repository that has DVC at its top too."""
    project = repo / "projects" / "one"
    project.mkdir(parents=True)
    dvc(project, "init", "-q", "--subdir")
    write_run(project)
    workspace = saver.open_workspace(str(project / "dvclive"), {})
    assert (workspace.git_root, workspace.dvc_root) == (str(repo), str(project))
    files = [str(project / "dvc.yaml")]
    saver.save(
        saver.prepare(workspace, "mine"), dir=str(project / "dvclive"), message=None, include_untracked=files
    )
    assert shown(project)["mine"] == {"dvclive/metrics.json": {"loss": 0.5}}


def test_worktree(repo: Path) -> None:
    sh("git worktree add -q ../tree -b side", repo)
    root = repo.parent / "tree"
    write_run(root)
    before = look(root)
    save(root, "mine")
    assert look(root) == before
    assert "dvclive/metrics.json" in paths(root, "mine")
    assert shown(root)["mine"] == {"dvclive/metrics.json": {"loss": 0.5}}


def test_submodule(repo: Path, template: Path) -> None:
    """A run inside a submodule belongs to the submodule; a run beside it leaves it alone."""
    sh(f"git -c protocol.file.allow=always submodule --quiet add {template} sub; git commit -qm sub", repo)
    write_run(repo / "sub")
    save(repo / "sub", "inner")
    assert "dvclive/metrics.json" in paths(repo / "sub", "inner")
    before = look(repo)
    save(repo, "outer", include_untracked=[str(repo / "sub" / "dvclive")])
    assert look(repo) == before
    assert not [path for path in paths(repo, "outer") if path.startswith("sub/")]


def test_detached_head(repo: Path) -> None:
    sh("git checkout -q --detach", repo)
    before = look(repo)
    save(repo, "mine")
    assert look(repo) == before
    assert "mine" in shown(repo)


def test_a_link_into_the_repository(repo: Path, tmp_path: Path) -> None:
    """A path through a link outside finds the repository that the files are in."""
    (tmp_path / "link").symlink_to(repo / "dvclive")
    workspace = saver.open_workspace(str(tmp_path / "link"), {})
    assert workspace.git_root == str(repo)
    saver.save(
        saver.prepare(workspace, "mine"), dir=str(tmp_path / "link"), message=None, include_untracked=[]
    )
    assert "dvclive/metrics.json" in paths(repo, "mine")


# --- data of DVC ----------------------------------------------------------------------------------


def test_track_and_save(repo: Path) -> None:
    """The artifact is in DVC's cache, its `.dvc` file in the experiment, its bytes not in Git."""
    (repo / "dvclive" / "artifacts").mkdir()
    model = repo / "dvclive" / "artifacts" / "mo del.pt"
    model.write_text("weights")
    workspace = saver.open_workspace(str(repo / "dvclive"), {})
    tracked = saver.track(workspace, str(model))
    assert tracked == saver.TrackResult(True, (f"{model}.dvc", str(model.parent / ".gitignore")), ())
    save(repo, "mine", include_untracked=[str(repo / "dvclive"), str(model), *tracked.files])
    assert [path for path in paths(repo, "mine") if "artifacts" in path] == [
        "dvclive/artifacts/.gitignore",
        "dvclive/artifacts/mo del.pt.dvc",
    ]
    command = saver.retry_command(saver.prepare(workspace, "again"), str(repo / "dvclive"), None, [])
    sh(f"PATH={Path(sys.executable).parent}:$PATH; {command}", Path("/"))
    assert tree(repo, "again") == tree(repo, "mine")
    model.unlink()
    dvc(repo, "checkout", "-q")
    assert model.read_text() == "weights"


def test_tracking_again_updates(repo: Path) -> None:
    workspace = saver.open_workspace(str(repo / "dvclive"), {})
    (repo / "data").mkdir()
    hashes = []
    for content in ("1", "22"):
        (repo / "data" / "file").write_text(content)
        saver.track(workspace, str(repo / "data"))
        hashes.append((repo / "data.dvc").read_text())
    assert hashes[0] != hashes[1]


@pytest.mark.parametrize(
    ("path", "slug", "said"),
    [
        ("missing", "artifact-missing", "does not exist"),
        ("../outside", "artifact-not-tracked", "copy=True"),
        ("same", "artifact-not-tracked", "git rm"),
        ("out", "artifact-not-tracked", "stage 'train'"),
    ],
)
def test_what_dvc_cannot_track(repo: Path, path: str, slug: str, said: str) -> None:
    (repo / ".." / "outside").write_text("x")
    (repo / "out").write_text("x")
    (repo / "dvc.yaml").write_text("stages:\n  train:\n    cmd: echo x > out\n    outs: [out]\n")
    with pytest.raises(DvcliveError, match=said) as error:
        saver.track(saver.open_workspace(str(repo / "dvclive"), {}), str(repo / path))
    assert error.value.slug == slug


def test_track_without_dvc(tmp_path: Path) -> None:
    (tmp_path / "model").write_text("x")
    tracked = saver.track(saver.open_workspace(str(tmp_path), {}), str(tmp_path / "model"))
    assert (tracked.tracked, tracked.files) == (False, ())
    assert "dvc init" in tracked.notes[0]


def test_changed_data_is_saved(repo: Path) -> None:
    """Like `dvc exp save`: changed data that DVC tracks goes to the cache, its hash to the experiment."""
    (repo / "data").write_text("1")
    dvc(repo, "add", "-q", "data")
    sh("git add .; git commit -qm data", repo)
    (repo / "data").write_text("22")
    save(repo, "mine")
    sh("git checkout -q data.dvc; rm data", repo)
    dvc(repo, "exp", "apply", "-q", "mine")
    assert (repo / "data").read_text() == "22"


def test_data_that_cannot_be_saved(repo: Path) -> None:
    """Half of a stage's outputs are gone: the experiment is saved, with a note."""
    with (repo / "dvc.yaml").open("a") as file:
        file.write("stages:\n  train:\n    cmd: touch a b\n    outs: [a, b]\n")
    (repo / "a").write_text("x")
    saved = save(repo, "mine")
    assert "train (output 'b' does not exist)" in saved.notes[0]
    assert "dvclive/metrics.json" in paths(repo, "mine")


def test_data_that_is_not_on_this_disk(repo: Path) -> None:
    """A stage that never ran and data that was not pulled fail `dvc exp save`; here they are left out."""
    (repo / "data").write_text("1")
    (repo / "seen").write_text("1")
    dvc(repo, "add", "-q", "data", "seen")
    with (repo / "dvc.yaml").open("a") as file:
        file.write("stages:\n  train:\n    cmd: cp data model\n    deps: [data]\n    outs: [model]\n")
    sh("git add .; git commit -qm data; rm data", repo)
    (repo / "seen").write_text("22")
    saved = save(repo, "mine")
    assert saved.notes == ()
    assert shown(repo)["mine"] == {"dvclive/metrics.json": {"loss": 0.5}}
    assert "size: 2" in sh(f"git show {saved.exp_rev}:seen.dvc", repo)


# --- inside pipelines -----------------------------------------------------------------------------

STAGE = """
import os, sys
from pathlib import Path
from dvclive_cli.repository import saver

workspace = saver.open_workspace("dvclive", os.environ)
prepared = saver.prepare(workspace, None)
Path("dvclive").mkdir(exist_ok=True)
Path("dvclive/metrics.json").write_text('{"loss": 0.25}')
Path("dvclive/ignored.png").write_text("x")
Path("dvclive/model").write_text("weights")
Path("extra").write_text("x")
print("context", workspace.context, prepared.exp_name, *workspace.notes)
print("out", saver.track(workspace, "dvclive/model"))
print("extra", saver.track(workspace, "extra"))
if workspace.context == "exp-run":
    print("staged", saver.stage_outputs(workspace, "dvclive"))
"""


@pytest.fixture
def pipeline(repo: Path) -> Path:
    shutil.rmtree(repo / "dvclive")
    (repo / "stage.py").write_text(STAGE)
    stage = f"stages:\n  train:\n    cmd: {sys.executable} stage.py\n    outs: [dvclive/model]\n"
    (repo / "dvc.yaml").write_text(stage + "metrics:\n- dvclive/metrics.json\n")
    sh("git add .; git commit -qm pipeline", repo)
    return repo


def test_dvc_exp_run(pipeline: Path) -> None:
    """DVC saves the one experiment; the run's new files are in it; outputs of the stage stay DVC's."""
    said = dvc(pipeline, "exp", "run", "--name", "mine")
    assert "context exp-run mine" in said
    assert "out TrackResult(tracked=False" in said
    assert "extra TrackResult(tracked=True" in said
    assert "staged ('dvclive/metrics.json',)" in said
    assert shown(pipeline) == {"mine": {"dvclive/metrics.json": {"loss": 0.25}}}
    assert "dvclive/model" not in paths(pipeline, "mine")


def test_dvc_repro(pipeline: Path) -> None:
    said = dvc(pipeline, "repro")
    assert "context repro" in said
    assert "dvc exp run" in said
    assert sh("git for-each-ref refs/exps", pipeline) == ""


# --- failures -------------------------------------------------------------------------------------


@pytest.mark.parametrize("run", ["dvclive", "it's a\trun"])
def test_the_command_to_retry_works_by_hand(repo: Path, run: str) -> None:
    """Nothing but the data is left of a failed save, and the printed command makes the same experiment."""
    if run != "dvclive":
        (repo / "dvclive").rename(repo / run)
        (repo / "dvc.yaml").unlink()
    make_dirty(repo)
    before = look(repo)
    obstacle = repo / ".git" / "refs" / "exps"
    obstacle.write_text("")
    workspace = saver.open_workspace(str(repo / run), {})
    prepared = saver.prepare(workspace, "mine")
    files = [str(repo / run), str(repo / "dvc.yaml")]
    with pytest.raises(DvcliveError, match="refs/exps") as error:
        saver.save(prepared, dir=str(repo / run), message="it's\n$HOME", include_untracked=files)
    assert error.value.slug == "exp-save-failed"
    command = saver.retry_command(prepared, str(repo / run), "it's\n$HOME", files)
    assert error.value.next_step.endswith(f": {command}")
    assert look(repo) == before
    obstacle.unlink()
    saver.save(prepared._replace(exp_name="ours"), dir=str(repo / run), message="x", include_untracked=files)
    sh(f"PATH={Path(sys.executable).parent}:$PATH; {command}", Path("/"))
    assert tree(repo, "mine") == tree(repo, "ours")
    ref = sh("git for-each-ref --format='%(refname)' refs/exps | grep mine", repo).strip()
    assert sh(f"git log -1 --format=%B {ref}", repo).strip() == "it's\n$HOME"


def test_a_dvc_yaml_that_does_not_parse(repo: Path) -> None:
    (repo / "dvc.yaml").write_text("stages: [\n")
    with pytest.raises(DvcliveError, match=r"dvc\.yaml.*dvc.* exp save") as error:
        save(repo)
    assert error.value.slug == "exp-save-failed"


def test_another_dvc_command_is_busy(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where DVC tracks no data its lock is not needed; else a lock that stays is a failed save."""
    hold = "import sys, zc.lockfile; l = zc.lockfile.LockFile(sys.argv[1]); print(); sys.stdin.read()"
    command = [sys.executable, "-c", hold, str(repo / ".dvc" / "tmp" / "lock")]
    monkeypatch.setattr(dvc_guest, "LOCK_PATIENCE", 0.0)
    (repo / "data").write_text("1")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        holder.stdout.readline()
        assert save(repo, "mine").exp_name == "mine"
        holder.stdin.close()
    dvc(repo, "add", "-q", "data")
    (repo / "data").write_text("22")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(DvcliveError, match="Unable to acquire lock"):
            save(repo, "other")
        assert holder.stdin is not None
        holder.stdin.close()
    assert save(repo, "other").exp_name == "other"


INTERRUPTED = """
import os, signal, sys, time
from dvclive_cli.repository import saver

class Hurry(BaseException):
    pass

def hurry(*_):
    raise Hurry

run, kind = sys.argv[1:3]
workspace = saver.open_workspace(run, {})
started = time.monotonic()
saver.save(saver.prepare(workspace, None), dir=run, message=None, include_untracked=[])
started = time.monotonic()
saver.save(saver.prepare(workspace, "whole"), dir=run, message=None, include_untracked=[])
length = time.monotonic() - started
for number in range(15):
    ready, go = os.pipe()
    pid = os.fork()
    if not pid:
        signal.signal(signal.SIGTERM, hurry)
        prepared = saver.prepare(workspace, f"cut-{number}")
        os.write(go, b"x")
        try:
            saver.save(prepared, dir=run, message=None, include_untracked=[])
        except Hurry:
            pass
        os._exit(0)
    os.read(ready, 1)
    time.sleep(length * number / 14)
    os.kill(pid, signal.SIGKILL if kind == "kill" else signal.SIGTERM)
    os.waitpid(pid, 0)
"""


@pytest.mark.parametrize("kind", ["hurry", "kill"])
def test_interrupted_at_any_moment(repo: Path, kind: str) -> None:
    """An exception from a signal handler, or `kill -9`: the user's work is untouched, whole saves or none."""
    make_dirty(repo)
    (repo / "data").write_text("1")
    dvc(repo, "add", "-q", "data")
    before = look(repo)
    subprocess.run([sys.executable, "-c", INTERRUPTED, str(repo / "dvclive"), kind], check=True)
    time.sleep(0.2)  # a git that lost its parent may still be writing an object
    # a git that was just being started may write its index after the cleaning: the next save removes it
    assert tuple(line for line in look(repo) if "dvclive-index-" not in line) == before
    whole = tree(repo, "whole")
    names = sh("git for-each-ref --format='%(refname:lstrip=4)' refs/exps", repo).split()
    assert all(tree(repo, name) == whole for name in names)
    assert len(names) < 17, "no save was cut short"
    assert save(repo, "cut-0").exp_name in ("cut-0", *names) or "cut-0" in names
    assert not list(repo.rglob("dvclive-index-*"))
    sh("git fsck --connectivity-only", repo)


# --- pushing --------------------------------------------------------------------------------------


@pytest.fixture
def remotes(repo: Path, tmp_path: Path) -> Path:
    sh('git init -q --bare ../git-remote; git remote add origin "$PWD/../git-remote"', repo)
    sh("git push -q origin main", repo)
    dvc(repo, "config", "exp.auto_push", "true")
    return repo


def test_auto_push(remotes: Path, tmp_path: Path) -> None:
    """As DVC's configuration says: the reference to the Git remote, the data to the DVC remote."""
    dvc(remotes, "remote", "add", "-q", "-d", "store", str(tmp_path / "dvc-remote"))
    (remotes / "model").write_text("weights")
    tracked = saver.track(saver.open_workspace(str(remotes), {}), str(remotes / "model"))
    saved = save(remotes, "mine", include_untracked=list(tracked.files))
    assert saved.pushed is True, saved.notes
    assert "/mine" in sh("git for-each-ref refs/exps", tmp_path / "git-remote")
    assert [path for path in (tmp_path / "dvc-remote").rglob("*") if path.is_file()]


def test_auto_push_of_metrics_alone(remotes: Path, tmp_path: Path) -> None:
    """Where DVC tracks no data, a Git remote is enough."""
    saved = save(remotes, "mine")
    assert saved.pushed is True, saved.notes
    assert "/mine" in sh("git for-each-ref refs/exps", tmp_path / "git-remote")


def test_a_failed_push_is_a_note(remotes: Path, tmp_path: Path) -> None:
    """The experiment stands; the note has a command that pushes it once the remote is back."""
    (tmp_path / "git-remote").rename(tmp_path / "away")
    saved = save(remotes, "mine")
    assert saved.pushed is False
    assert "mine" in shown(remotes)
    (tmp_path / "away").rename(tmp_path / "git-remote")
    command = saved.notes[-1].partition("Push it with: ")[2]
    sh(f"PATH={Path(sys.executable).parent}:$PATH; {command}", Path("/"))
    assert "/mine" in sh("git for-each-ref refs/exps", tmp_path / "git-remote")


# --- a quiet guest --------------------------------------------------------------------------------

WATCHED = """
import json, os, sys, threading
seen = []

def watch(event, args):
    if event in ("socket.connect", "subprocess.Popen", "os.fork", "os.posix_spawn", "signal.signal"):
        seen.append([event, repr(args[1] if event == "subprocess.Popen" else args)])

sys.addaudithook(watch)
from dvclive_cli.repository import saver
root = sys.argv[1]
run = os.path.join(root, "dvclive")
before = (sys.stdout, sys.stderr)
prepared = saver.prepare(saver.open_workspace(run, {}), None)
tracked = saver.track(prepared.workspace, os.path.join(root, "model"))
saved = saver.save(prepared, dir=run, message=None, include_untracked=[run, *tracked.files])
with open(sys.argv[2], "w") as file:
    threads = [thread.name for thread in threading.enumerate()]
    streams = before == (sys.stdout, sys.stderr)
    json.dump({"seen": seen, "threads": threads, "streams": streams, "pushed": saved.pushed}, file)
"""


def test_not_a_byte_on_the_terminal(remotes: Path, tmp_path: Path) -> None:
    """Initialising, tracking, saving and pushing: nothing on a terminal; only git is started; no network, no
    signal handler, no thread left, and the host's streams stay its own."""
    dvc(remotes, "remote", "add", "-q", "-d", "store", str(tmp_path / "dvc-remote"))
    (remotes / "model").write_bytes(os.urandom(1 << 20))
    report = tmp_path / "report.json"
    master, terminal = pty.openpty()
    command = [sys.executable, "-c", WATCHED, str(remotes), str(report)]
    done = subprocess.run(command, stdin=terminal, stdout=terminal, stderr=terminal)
    os.write(terminal, b"end of output")  # lets the read below return
    os.close(terminal)
    assert os.read(master, 4096) == b"end of output"
    os.close(master)
    assert done.returncode == 0
    found = json.loads(report.read_text())
    assert found["pushed"] is True
    assert found["streams"]
    assert found["threads"] == ["MainThread"]
    assert not [entry for entry in found["seen"] if entry[0] != "subprocess.Popen"]
    assert all(entry[1].startswith("['git', ") for entry in found["seen"])


def test_threads_take_turns(repo: Path) -> None:
    """Preparing in one thread, tracking in another: DVC gets its loggers and console back unchanged."""
    import logging
    import threading

    with dvc_guest.quiet():
        from dvc.ui import ui
    before = (dict(vars(ui)), list(logging.getLogger("dvc").handlers))
    workspace = saver.open_workspace(str(repo / "dvclive"), {})
    for number in range(4):
        (repo / f"data-{number}").write_text(str(number))
    threads = [
        threading.Thread(target=saver.track, args=(workspace, str(repo / f"data-{number}")))
        for number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(path.name for path in repo.glob("*.dvc")) == [".dvc", *(f"data-{n}.dvc" for n in range(4))]
    assert (dict(vars(ui)), list(logging.getLogger("dvc").handlers)) == before
