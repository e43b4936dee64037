"""Runs read back from a directory, a revision, an experiment; and what `dvclive export` does with them."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from dvclive_cli.errors import DvcliveError
from dvclive_cli.events import Metric, Param
from dvclive_cli.export.values import Curve, number
from dvclive_cli.outcome import Outcome
from dvclive_cli.recording.session import Session, SessionConfig
from dvclive_cli.runs import curves, recorded


def record(folder: Path, points: list[Metric | Param], outcome: Outcome | None = None) -> Path:
    session = Session(SessionConfig(str(folder)), {"start_ms": 0}, pytest.fail)
    session.open()
    session.feed(points, 0)
    if outcome is not None:
        session.close(outcome)
    return folder


def dvclive(cwd: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DVC", "GITHUB"))}
    return subprocess.run(
        [sys.executable, "-m", "dvclive_cli", *words],
        cwd=cwd, env={**kept, **environ}, capture_output=True, text=True, check=False,
    )  # fmt: skip


class TestFolder:
    def test_everything_comes_back(self, tmp_path: Path) -> None:
        points = [Metric("b/loss", 0.5, 0), Metric("a", 1, 0), Metric("b/loss", 0.25, 1), Param("lr", 0.1)]
        folder = record(tmp_path / "run", points, Outcome("failed", 3, None, 2500))
        past = recorded.read("x", recorded.Folder(str(folder)))
        assert past.outcome is not None
        assert past.outcome.describe() == "failed, exit code 3"
        assert (past.title, past.seconds, past.step) == ("x", 2.5, 1)
        assert past.metrics == {"b/loss": 0.25, "a": 1}
        assert past.params == {"lr": 0.1}
        assert [curve.name for curve in past.curves] == ["b/loss", "a"]
        assert [tuple(point) for point in past.curves[0].points] == [(0, 0.5, None), (1, 0.25, None)]

    def test_a_run_that_goes_on_or_was_killed(self, tmp_path: Path) -> None:
        """Its rows are there before any view is."""
        folder = record(tmp_path / "run", [Metric("loss", 0.5, 0), Metric("loss", 0.25, 1)])
        past = recorded.read("x", recorded.Folder(str(folder)))
        assert past.outcome is None
        assert past.metrics == {"loss": 0.25}

    def test_names_that_are_no_paths_come_back_as_they_were(self, tmp_path: Path) -> None:
        session = Session(SessionConfig(str(tmp_path)), {}, lambda text: None)
        session.open()
        session.feed([Metric("../x", 1, 0), Metric("a%2Fb", 2, 0)], 0)
        session.close(Outcome("completed", 0, None, 0))
        past = recorded.read("x", recorded.Folder(str(tmp_path)))
        assert sorted(curve.name for curve in past.curves) == ["../x", "a%2Fb"]

    def test_times_and_texts(self, tmp_path: Path) -> None:
        folder = record(
            tmp_path,
            [Metric("m", "a\tb", 0, 77), Metric("m", "nan", 1, 78)],
            Outcome("completed", 0, None, 0),
        )
        (curve,) = recorded.read("x", recorded.Folder(str(folder))).curves
        assert curve.points[0] == (0, "a\tb", 77)

    def test_a_long_curve_is_sampled_in_whole_rows(self, tmp_path: Path) -> None:
        folder = tmp_path / "plots/metrics"
        folder.mkdir(parents=True)
        (folder / "m.tsv").write_text(
            "step\tm\n" + "".join(f"{step}\t{step / 7}\n" for step in range(100_000))
        )
        (folder / "short.tsv").write_text("step\tshort\n0\t1\n")
        short, curve = recorded.read("x", recorded.Folder(str(tmp_path)), 1000, 1000).curves
        assert short.whole
        steps = [point.step for point in curve.points]
        assert not curve.whole
        assert curve.best is None
        assert 900 < len(steps) < 1100
        assert steps[-1] == 99_999
        assert steps == sorted(steps)
        assert all(point.value == point.step / 7 for point in curve.points)

    def test_files_that_are_torn_say_nothing(self, tmp_path: Path) -> None:
        folder = record(tmp_path, [Metric("m", 1, 0), Param("p", 1)], Outcome("completed", 0, None, 0))
        (folder / "metrics.json").write_text('{"m": ')
        (folder / "run.json").write_text("[]")
        (folder / "params.yaml").write_text("a: [")
        with open(folder / "plots/metrics/m.tsv", "a") as file:
            file.write("1\t2\n3")
        past = recorded.read("x", recorded.Folder(str(folder)))
        assert past.metrics == {"m": 2}
        assert past.params == {}

    def test_rows_that_no_table_has(self, tmp_path: Path) -> None:
        """Zero bytes of a disk that was full, cells without end, numbers beyond the floats."""
        metrics = tmp_path / "plots/metrics"
        metrics.mkdir(parents=True)
        junk = b"0\t" + b"x" * 200_000 + b"\n" + b"\0" * 200_000 + b"\n" + b"9" * 5000 + b"\t1\n"
        (metrics / "m.tsv").write_bytes(b"step\tm\n" + junk + b"1\t2\n")
        (curve,) = recorded.read("x", recorded.Folder(str(tmp_path))).curves
        assert [point[:2] for point in curve.points] == [(1, 2)]

    def test_a_folder_without_a_run(self, tmp_path: Path) -> None:
        with pytest.raises(DvcliveError, match="holds no run"):
            recorded.read("x", recorded.Folder(str(tmp_path)))


class TestLongCurves:
    """Files whose points are not kept: what is known of them all the same."""

    def digested(self, tmp_path: Path, text: str) -> Curve:
        folder = tmp_path / "plots/metrics"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "loss.tsv").write_text(text, errors="surrogateescape")
        (curve,) = recorded.read("x", recorded.Folder(str(tmp_path)), whole=0).curves
        return curve

    def test_no_peak_is_lost(self, tmp_path: Path) -> None:
        values = [math.sin(step / 1000) + 2 for step in range(300_000)]  # several pieces
        values[123_457], values[222_221] = -5.0, 50.0
        curve = self.digested(tmp_path, rows(enumerate(values)))
        assert (curve.whole, curve.total, len(curve.points) < 1100) == (True, 300_000, True)
        assert curve.best == (123_457, -5.0, None)
        assert curve.extremes[1][:2] == (222_221, 50.0)
        assert (min(low for low, _ in curve.edges), max(high for _, high in curve.edges)) == (-5.0, 50.0)
        assert (curve.points[0][:2], curve.points[-1][:2]) == ((0, values[0]), (299_999, values[-1]))

    def test_few_rows_are_as_they_are(self, tmp_path: Path) -> None:
        curve = self.digested(tmp_path, rows([(0, 3.5), (5, 2.0), (7, 1e-9)]))
        assert [point[:2] for point in curve.points] == [(0, 3.5), (5, 2.0), (7, 1e-9)]
        assert not curve.edges

    @pytest.mark.parametrize(
        "odd",
        [
            *(
                "3\tnan\n",
                "3\tinf\n",
                "3\ta text\n",
                "3\n",
                "\n",
                "3\t\n",
                "\t3\n",
                "3\t4\t5\n",
                "1\t2\t3\n4\n",
            ),
            *(
                '3\t"a\tb"\n',
                '3\t"two\nlines"\n',
                "x\t1\n",
                "9" * 5000 + "\t1\n",
                "9" * 400 + "\t1\n",
                "1 2\t\n",
            ),
            *("3\t\x00\n", "3\t\udcff\n", "3\tTrue\n", "step\tloss\n"),
        ],
    )
    def test_rows_that_hold_no_numbers_cost_no_others(self, tmp_path: Path, odd: str) -> None:
        """The same points as of a file that is read row by row."""
        text = "step\tloss\n0\t5\n1\t4\n" + odd + "8\t3\n9\t2\n"
        curve = self.digested(tmp_path, text)
        data = text.encode(errors="surrogateescape")
        plain = [
            (point.step, float(point.value))
            for point in curves.points(data)
            if number(point.value) is not None and number(point.step) is not None
        ]
        assert [(point.step, point.value) for point in curve.points] == plain
        assert [point[:2] for point in curve.points][-2:] == [(8, 3), (9, 2)]

    def test_rows_with_times(self, tmp_path: Path) -> None:
        text = "timestamp\tstep\tloss\n" + "".join(
            f"{1_700_000_000_000 + step * 250}\t{step}\t{1 / (step + 1)}\n" for step in range(100_000)
        )
        curve = self.digested(tmp_path, text)
        for point in curve.points:
            assert point.at == pytest.approx(1_700_000_000_000 + point.step * 250, abs=1)

    def test_a_table_has_all_of_its_rows(self, tmp_path: Path) -> None:
        self.digested(tmp_path, rows((step, step / 7) for step in range(300_000)))
        made = dvclive(tmp_path, "export", ".", "--format", "csv")
        assert made.returncode == 0
        assert made.stdout.count("\n") == 300_001

    def test_the_same_from_a_commit(self, project: Path) -> None:
        (project / "run/plots/metrics").mkdir(parents=True)
        (project / "run/plots/metrics/loss.tsv").write_text(
            rows((step, abs(step - 777)) for step in range(5000))
        )
        for words in (["add", "run"], ["commit", "-qm", "long"]):
            subprocess.run(["git", *words], cwd=project, check=True)
        place = recorded.Revision(str(project), "HEAD", "run")
        (curve,) = recorded.read("x", place, whole=0).curves
        assert (curve.best, curve.total) == ((777, 0.0, None), 5000)


def rows(points: Iterable[tuple[int, float]]) -> str:
    return "step\tloss\n" + "".join(f"{step}\t{value}\n" for step, value in points)


TRAIN = "for e in range(4): print(f'epoch {e} loss={SLOPE*(4-e)}')"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository; two experiments, `first` and `second`, are saved on its only commit."""
    root = tmp_path
    subprocess.run(["git", "init", "-q", "-b", "main", root], check=True)
    for name, value in (("user.name", "n"), ("user.email", "a@b")):
        subprocess.run(["git", "-C", root, "config", name, value], check=True)
    (root / "x").write_text("x")
    subprocess.run(["git", "-C", root, "add", "."], check=True)
    subprocess.run(["git", "-C", root, "commit", "-qm", "one"], check=True)
    for day, name, slope in (("01", "first", 1.0), ("02", "second", 0.5)):
        code = f"SLOPE={slope}\n{TRAIN}"
        done = dvclive(
            root,
            "run",
            "--quiet",
            "--exp-name",
            name,
            "-P",
            f"slope={slope}",
            "--",
            sys.executable,
            "-c",
            code,
            GIT_COMMITTER_DATE=f"2026-11-{day}T00:00:00Z",
        )
        assert done.returncode == 0, done.stderr
    return root


class TestRevisions:
    def test_experiments_and_revisions(self, project: Path) -> None:
        found = dvclive(project, "export", "first", "--format", "json", "--compare", "second")
        told = json.loads(found.stdout)
        assert (told["title"], told["status"]) == ("first", "completed")
        assert told["metrics"] == {"loss": 1.0}
        assert told["change"] == {"loss": 0.5}
        assert (
            dvclive(project, "export", "first", "--format", "csv").stdout
            == "step,loss\n0,4.0\n1,3.0\n2,2.0\n3,1.0\n"
        )

    def test_a_commit_without_a_run_means_the_newest_experiment_on_it(self, project: Path) -> None:
        text = dvclive(project, "export", "--compare", "main").stdout
        assert "### ✅ dvclive: completed" in text
        assert "Compared with main (second)." in text

    def test_a_long_curve_in_a_commit_is_sampled_too(self, project: Path) -> None:
        metrics = project / "dvclive/plots/metrics"
        with open(metrics / "loss.tsv", "a") as file:
            file.write("".join(f"{step}\t{step / 7}\n" for step in range(4, 20_000)))
        subprocess.run(["git", "-C", project, "add", "-f", "dvclive"], check=True)
        subprocess.run(["git", "-C", project, "commit", "-qm", "long"], check=True)
        run = recorded.read(*recorded.find("HEAD", str(project), "dvclive"), whole=1000, samples=50)
        (curve,) = run.curves
        assert (curve.whole, len(curve.points)) == (False, 50)
        assert (curve.points[0].step, curve.points[-1][:2]) == (0, (19_999, 19_999 / 7))

    def test_objects_are_read_by_one_git(self, project: Path) -> None:
        """Also those that are missing, are no files, or have a name that could mislead it."""
        asked = ["HEAD:x", "HEAD:no", "HEAD:", "HEAD:x\nHEAD:x", "first:dvclive/plots", "HEAD:x"]
        assert list(recorded.blobs(str(project), asked)) == [b"x", b"", b"", b"", b"", b"x"]

    def test_what_cannot_be_found(self, project: Path) -> None:
        done = dvclive(project, "export", "nowhere")
        assert done.returncode == 2
        assert "run-not-found" in done.stderr
        assert dvclive(project, "export", "--output", "no/such/file").returncode == 125


class TestSummary:
    def test_github_gets_a_summary_of_each_run(self, project: Path) -> None:
        """Compared with another experiment than itself, and behind what the step wrote before."""
        (project / "summary.md").write_text("before\n")
        code = [sys.executable, "-c", f"SLOPE=0.25\n{TRAIN}"]
        words = ["run", "--quiet", "--exp-name", "third", "--compare", "main", "--", *code]
        done = dvclive(project, *words, GITHUB_STEP_SUMMARY="summary.md")
        assert (done.returncode, done.stderr) == (0, "")
        text = (project / "summary.md").read_text()
        assert text.startswith("before\n### ✅ third: completed after")
        assert "Compared with main (second)." in text
        assert "| loss | 0.25 | 0.5 | -0.25 (-50.0%) 🟢 |" in text

    def test_it_can_be_chosen_and_turned_off(self, project: Path) -> None:
        run = ["run", "--no-save-dvc-exp", "--", sys.executable, "-c", f"SLOPE=1\n{TRAIN}"]
        run[1:1] = ["--summary-file", "mine.md"]
        assert dvclive(project, *run, GITHUB_STEP_SUMMARY="summary.md").returncode == 0
        run[2] = "none"
        assert dvclive(project, *run, GITHUB_STEP_SUMMARY="summary.md").returncode == 0
        assert (project / "mine.md").read_text().count("###") == 1
        assert not (project / "summary.md").exists()

    def test_what_is_wrong_with_it_touches_no_run(self, project: Path) -> None:
        run = ["run", "--no-save-dvc-exp", "--", sys.executable, "-c", f"SLOPE=1\n{TRAIN}"]
        run[1:1] = ["--summary-file", "no/such/file", "--compare", "nowhere"]
        done = dvclive(project, *run)
        assert done.returncode == 0
        assert "no/such/file cannot be written" in done.stderr
