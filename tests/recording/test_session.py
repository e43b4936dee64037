"""One open run: its files while it goes on, after its end, after a crash, and as DVC reads them."""

from __future__ import annotations

import csv
import itertools
import json
import os
import pickle
import random
import shutil
import subprocess
import sys
import time

import pytest
from PIL import Image as Picture
from ruamel.yaml import YAML

from dvclive_cli.events import (
    Artifact,
    Image,
    Metric,
    NextStep,
    Param,
    Plot,
    Points,
    SklearnPlot,
    Step,
    Summary,
)
from dvclive_cli.outcome import Outcome
from dvclive_cli.recording.session import Session, SessionConfig
from dvclive_cli.repository.workspace import Workspace

DONE = Outcome("completed", 0, None, 2_000_000)


class Place:
    """A run directory and sessions on it."""

    def __init__(self, root):
        self.root = root
        self.dir = root / "dvclive"
        self.warnings = []

    def session(self, *, open_=True, workspace=None, **config):
        config = {"dvcyaml": str(self.root / "dvc.yaml"), **config}
        session = Session(
            SessionConfig(str(self.dir), **config),
            {"start_ms": 1_000_000, "pid": os.getpid(), "cwd": str(self.root), "argv": ["x"]},
            self.warnings.append,
            workspace,
        )
        if open_:
            session.open()
        return session

    def tree(self):
        return sorted(
            os.path.relpath(os.path.join(folder, name), self.root)
            for folder, _, names in os.walk(self.root)
            for name in names
        )

    def read(self, name):
        return (self.dir / name).read_text()

    def json(self, name):
        return json.loads(self.read(name))

    def rows(self, name):
        with open(self.dir / "plots/metrics" / f"{name}.tsv", newline="") as file:
            return list(csv.reader(file, delimiter="\t"))

    def yaml(self):
        return YAML(typ="safe", pure=True).load((self.root / "dvc.yaml").read_text())


@pytest.fixture
def spot(tmp_path):
    return Place(tmp_path)


def everything(place):
    """One of each event."""
    Picture.new("RGB", (4, 4)).save(place.root / "pic.png")
    (place.root / "model.pt").write_text("weights")
    return [
        Param("lr", 0.001),
        Param("net", {"layers": [64, 64]}),
        Metric("train/loss", 0.5, text="0.50"),
        Metric("acc", 0.9, timestamp=1623671484747),
        Metric("hidden", 1, plot=False),
        Image("confusion.png", str(place.root / "pic.png")),
        SklearnPlot("roc", [0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]),
        SklearnPlot("confusion_matrix", ["a", "b"], ["a", "a"], name="cm.json", title="T", normalized=True),
        Plot("pts", [{"x": 1, "y": float("nan")}, {"x": 2, "y": 2.5}], "x", ("y",), title="Points"),
        Artifact("model.pt", type="model", name="m", copy=True),
        NextStep(),
        Metric("train/loss", 0.25),
        Summary("best/acc", 0.95),
    ]


class TestFiles:
    def test_the_whole_tree_of_a_run(self, spot):
        session = spot.session(report="html")
        session.feed(everything(spot), 1_500_000)
        session.close(DONE)
        assert spot.warnings == []
        assert spot.tree() == [
            "dvc.yaml",
            "dvclive/artifacts/model.pt",
            "dvclive/metrics.json",
            "dvclive/params.yaml",
            "dvclive/plots/custom/pts.json",
            "dvclive/plots/images/confusion.png",
            "dvclive/plots/metrics/acc.tsv",
            "dvclive/plots/metrics/train/loss.tsv",
            "dvclive/plots/sklearn/cm.json",
            "dvclive/plots/sklearn/roc.json",
            "dvclive/report.html",
            "dvclive/run.json",
            "model.pt",
            "pic.png",
        ]
        assert spot.rows("train/loss") == [["step", "loss"], ["0", "0.50"], ["1", "0.25"]]
        assert spot.rows("acc") == [["timestamp", "step", "acc"], ["1623671484747", "0", "0.9"]]
        assert spot.json("metrics.json") == {
            "step": 1,
            "train": {"loss": 0.25},
            "acc": 0.9,
            "hidden": 1,
            "best": {"acc": 0.95},
        }
        assert spot.read("params.yaml") == "lr: 0.001\nnet:\n  layers:\n  - 64\n  - 64\n"
        assert spot.json("plots/custom/pts.json") == [{"x": 1, "y": None}, {"x": 2, "y": 2.5}]
        assert spot.json("plots/sklearn/roc.json")["roc"][0] == {"fpr": 0.0, "tpr": 0.0, "threshold": None}
        run = spot.json("run.json")
        assert (run["status"], run["exit_code"], run["duration"]) == ("completed", 0, 1000.0)
        assert (run["sessions"][0]["points"], run["sessions"][0]["lost_rows"]) == (4, 0)
        assert spot.yaml() == {
            "metrics": ["dvclive/metrics.json", "dvclive/run.json"],
            "plots": [
                {"dvclive/plots/metrics": {"x": "step"}},
                "dvclive/plots/images",
                {
                    "dvclive/plots/sklearn/roc.json": {
                        "template": "simple",
                        "x": "fpr",
                        "y": "tpr",
                        "title": "Receiver operating characteristic (ROC)",
                        "x_label": "False Positive Rate",
                        "y_label": "True Positive Rate",
                    }
                },
                {
                    "dvclive/plots/sklearn/cm.json": {
                        "template": "confusion_normalized",
                        "x": "actual",
                        "y": "predicted",
                        "title": "T",
                        "x_label": "True Label",
                        "y_label": "Predicted Label",
                    }
                },
                {
                    "dvclive/plots/custom/pts.json": {
                        "template": "linear",
                        "x": "x",
                        "y": "y",
                        "title": "Points",
                    }
                },
            ],
            "params": ["dvclive/params.yaml"],
            "artifacts": {"m": {"path": "dvclive/artifacts/model.pt", "type": "model"}},
        }

    def test_a_run_that_logs_nothing_leaves_its_outcome(self, spot):
        spot.session().close(Outcome("failed", 3, None, 1_000_001))
        assert spot.tree() == ["dvc.yaml", "dvclive/metrics.json", "dvclive/run.json"]
        assert spot.yaml() == {"metrics": ["dvclive/metrics.json", "dvclive/run.json"]}
        assert spot.read("metrics.json") == "{}\n"

    def test_rows_are_on_disk_when_feed_returns_and_views_when_they_are_due(self, spot):
        session = spot.session()
        session.feed([Metric("a", 1, 0)], 0)
        assert spot.rows("a") == [["step", "a"], ["0", "1"]]
        assert not (spot.dir / "metrics.json").exists()
        session.tick(100.0)
        assert spot.json("metrics.json") == {"step": 0, "a": 1}
        session.feed([Metric("a", 2, 1)], 0)
        session.tick(100.4)
        assert spot.json("metrics.json")["a"] == 1
        session.tick(100.6)
        assert spot.json("metrics.json")["a"] == 2
        session.tick(102.0)
        assert not session.dirty

    def test_what_has_not_changed_is_not_written(self, spot):
        session = spot.session()
        session.feed([Metric("a", 1, 0), Param("p", 1)], 0)
        session.sync()
        names = ("metrics.json", "params.yaml", "../dvc.yaml")
        before = [(spot.dir / name).stat().st_mtime_ns for name in names]
        session.sync()
        session.feed([Metric("a", 1, 0)], 0)
        session.tick(1e9)
        after = [(spot.dir / name).stat().st_mtime_ns for name in names]
        assert [a == b for a, b in zip(before, after, strict=True)] == [False, True, True]

    def test_without_dvcyaml_none_is_written(self, spot):
        session = spot.session(dvcyaml=None)
        session.feed([Metric("a", 1)], 0)
        session.close(DONE)
        assert not (spot.root / "dvc.yaml").exists()

    def test_a_dvc_yaml_inside_the_run_directory(self, spot):
        """As the documentation's example lays it out."""
        session = spot.session(dvcyaml=str(spot.dir / "dvc.yaml"))
        session.feed(
            [Metric("a", 1), Param("p", 1), Artifact(str(spot.root), type="x", name="r", cache=False)], 0
        )
        session.close(DONE)
        assert YAML(typ="safe").load(spot.read("dvc.yaml")) == {
            "metrics": ["metrics.json", "run.json"],
            "plots": [{"plots/metrics": {"x": "step"}}],
            "params": ["params.yaml"],
            "artifacts": {"r": {"path": "..", "type": "x"}},
        }

    def test_vs_code_is_told(self, spot):
        (spot.root / ".dvc").mkdir()
        session = spot.session(workspace=Workspace("plain", str(spot.root), str(spot.root), "a" * 40))
        folder = spot.root / ".dvc/tmp/exps/run"
        assert json.loads((folder / "DVCLIVE_ONLY").read_text())["pid"] == os.getpid()
        session.feed([Metric("a", 1), NextStep(), Metric("a", 1), NextStep()], 0)
        session.tick(1.0)
        assert json.loads((folder / "DVCLIVE_STEP_COMPLETED").read_text()) == {"pid": os.getpid(), "step": 1}
        session.close(DONE)
        assert os.listdir(folder) == ["DVCLIVE_ONLY"]
        session.saved()
        assert os.listdir(folder) == []


class TestClean:
    def test_a_new_run_removes_the_outputs_of_the_last_and_nothing_else(self, spot):
        session = spot.session(report="md")
        session.feed(everything(spot), 0)
        session.close(DONE)
        for name in ("mine.txt", "plots/mine.json", "old.dvc.yaml", "report.html", "model.json"):
            (spot.dir / name).write_text("{}")
        spot.session()
        assert [name for name in spot.tree() if name.startswith("dvclive/")] == [
            "dvclive/artifacts/model.pt",
            "dvclive/mine.txt",
            "dvclive/model.json",
            "dvclive/plots/mine.json",
            "dvclive/run.json",
        ]

    def test_a_repeated_run_leaves_dvc_yaml_untouched(self, spot):
        found = []
        for _ in range(2):
            session = spot.session()
            session.feed(everything(spot), 0)
            session.tick(1.0)
            session.close(DONE)
            found.append((spot.root / "dvc.yaml").stat())
        assert found[0].st_ino == found[1].st_ino

    def test_entries_of_the_last_run_that_this_one_does_not_make_are_removed_at_the_end(self, spot):
        session = spot.session()
        session.feed(everything(spot), 0)
        session.close(DONE)
        session = spot.session()
        session.feed([Metric("a", 1)], 0)
        session.tick(1.0)
        assert len(spot.yaml()["plots"]) == 5
        session.close(DONE)
        assert spot.yaml()["plots"] == [{"dvclive/plots/metrics": {"x": "step"}}]
        assert "params" not in spot.yaml()

    def test_a_project_as_run_directory_keeps_what_is_the_users(self, tmp_path):
        (tmp_path / ".git").mkdir()
        mine = {"params.yaml": "lr: 1\n", "metrics.json": "{}\n", "dvc.yaml": "stages:\n  a:\n    cmd: b\n"}
        for name, text in mine.items():
            (tmp_path / name).write_text(text)
        warnings = []
        config = SessionConfig(str(tmp_path), dvcyaml=str(tmp_path / "dvc.yaml"))
        session = Session(config, {"cwd": str(tmp_path)}, warnings.append)
        session.open()
        session.feed([Param("x", 1), Metric("a", 1)], 0)
        session.close(DONE)
        assert (tmp_path / "params.yaml").read_text() == "lr: 1\n"
        assert (tmp_path / "metrics.json").read_text() == "{}\n"
        assert (tmp_path / "dvc.yaml").read_text().startswith(mine["dvc.yaml"])
        assert len([text for text in warnings if "project's own" in text]) == 2

    def test_a_linked_folder_is_unlinked_and_not_emptied(self, spot):
        outside = spot.root / "outside"
        outside.mkdir()
        (outside / "precious").touch()
        (spot.dir / "plots").mkdir(parents=True)
        (spot.dir / "plots/images").symlink_to(outside)
        spot.session()
        assert (outside / "precious").exists()


class TestResume:
    def first(self, spot, *events, **config):
        session = spot.session(**config)
        session.feed(events, 0)
        session.close(DONE)

    def test_it_goes_on_after_the_last_step_with_everything_kept(self, spot):
        self.first(spot, *everything(spot))
        plots = spot.yaml()["plots"]
        session = spot.session(resume=True)
        assert (session.run.step, session.run.params["lr"]) == (2, 0.001)
        session.feed([Metric("train/loss", 0.1), Param("more", 1)], 0)
        session.close(Outcome("completed", 0, None, 1_000_500))
        assert spot.rows("train/loss") == [["step", "loss"], ["0", "0.50"], ["1", "0.25"], ["2", "0.1"]]
        assert spot.json("metrics.json")["best"] == {"acc": 0.95}
        assert spot.json("metrics.json")["step"] == 2
        assert spot.read("params.yaml").endswith("more: 1\n")
        assert spot.yaml()["plots"] == plots
        assert spot.yaml()["artifacts"]["m"]["type"] == "model"
        assert spot.json("run.json")["duration"] == 1000.5
        assert len(spot.json("run.json")["sessions"]) == 2

    def test_step_0_is_a_step(self, spot):
        self.first(spot, Metric("a", 1))
        session = spot.session(resume=True)
        session.feed([Metric("a", 2)], 0)
        assert spot.rows("a") == [["step", "a"], ["0", "1"], ["1", "2"]]

    @pytest.mark.parametrize("torn", ["", "{", '{"a": 1,', "[]"])
    def test_a_torn_summary_is_rebuilt_from_the_rows(self, spot, torn):
        self.first(spot, Metric("a", 0.5, 0), Metric("t/b", 3, 4))
        (spot.dir / "metrics.json").write_text(torn)
        session = spot.session(resume=True)
        assert session.run.summary() == {"a": 0.5, "t/b": 3}
        assert session.run.step == 5

    def test_a_stale_summary_does_not_make_steps_double(self, spot):
        """Killed between two writings of the views: the rows know better."""
        self.first(spot, *(Metric("a", step, step) for step in range(10)))
        (spot.dir / "metrics.json").write_text('{"step": 3, "a": 3}')
        assert spot.session(resume=True).run.step == 10

    def test_nothing_to_resume_is_a_new_run(self, spot):
        session = spot.session(resume=True)
        assert (session.run.step, session.run.series) == (0, {})

    def test_params_that_do_not_parse_are_told(self, spot):
        self.first(spot, Param("a", 1))
        (spot.dir / "params.yaml").write_text("a: [")
        spot.session(resume=True)
        assert "params.yaml does not parse" in spot.warnings[0]


@pytest.mark.usefixtures("as_a_process")
class TestTakeover:
    @pytest.mark.parametrize("seed", range(8))
    def test_every_row_is_there_exactly_once_wherever_the_first_process_died(self, tmp_path, seed):
        """Checkpoints, a death at any point, and a replay leave what an undisturbed run leaves."""
        draw = random.Random(seed)
        events = []
        for step in range(300):
            events += [Metric(f"m{draw.randrange(4)}", draw.random(), step, plot=draw.random() > 0.1)]
            if draw.random() < 0.05:
                events += [Param(f"p{step}", step), Metric(f"new{step}", step)]
            if draw.random() < 0.03:
                events += [Plot(f"c{step % 3}", [{"x": step, "y": 1}], "x", ("y",))]
        calm, rough = Place(tmp_path / "calm"), Place(tmp_path / "rough")
        for spot in (calm, rough):
            spot.root.mkdir()
        session = calm.session()
        session.feed(events, 5)
        session.close(DONE)

        session, done, kept = rough.session(), 0, None
        while done < len(events):
            if draw.random() < 0.3:
                kept = (done, pickle.dumps(session.checkpoint()))
            if kept and draw.random() < 0.2:  # the process is gone, its unsaved state with it
                session = rough.session(open_=False)
                done = kept[0]
                session.restore(pickle.loads(kept[1]))
            stop = done + draw.randrange(1, 40)
            session.feed(events[done:stop], 5)
            session.tick(draw.random() * 100)
            done = min(stop, len(events))
        session.close(DONE)
        assert rough.tree() == calm.tree()
        for name in calm.tree():
            if not name.endswith("run.json"):
                assert (rough.root / name).read_text() == (calm.root / name).read_text(), name

    def test_rows_that_waited_for_the_disk_are_in_the_checkpoint(self, spot):
        session = spot.session()
        (spot.dir / "plots/metrics/a.tsv").mkdir(parents=True)  # nothing can be appended to a folder
        session.feed([Metric("a", 1, 0)], 0)
        state = pickle.dumps(session.checkpoint())
        (spot.dir / "plots/metrics/a.tsv").rmdir()
        session = spot.session(open_=False)
        session.restore(pickle.loads(state))
        session.feed([Metric("a", 2, 1)], 0)
        session.close(DONE)
        assert spot.rows("a") == [["step", "a"], ["0", "1"], ["1", "2"]]

    def test_a_killed_process_leaves_whole_files_and_resume_finds_every_row(self, spot):
        code = (
            "import sys\nfrom dvclive_cli.recording.session import *\nfrom dvclive_cli.events import *\n"
            "config = SessionConfig(sys.argv[1], resume=True, dvcyaml=sys.argv[2])\n"
            "s = Session(config, {'start_ms': 0}, print)\ns.open()\nprint(s.run.step, flush=True)\n"
            "while True:\n"
            "    n = s.run.step\n"
            "    s.feed([Metric('a', n), Metric('b/c', 'x'), Param('p', n), NextStep()], 0)\n"
            "    s.write_views()\n    print(s.run.step, flush=True)\n"
        )
        said, draw = 0, random.Random(7)
        for _ in range(5):
            process = subprocess.Popen(
                [sys.executable, "-c", code, str(spot.dir), str(spot.root / "dvc.yaml")],
                stdout=subprocess.PIPE,
                text=True,
            )
            assert int(process.stdout.readline()) >= said
            for _ in range(draw.randrange(1, 60)):
                said = int(process.stdout.readline())
            process.kill()
            process.wait()
            process.stdout.close()
            assert spot.json("run.json")["status"] == "running"
            spot.yaml()
        session = spot.session(resume=True)
        session.close(DONE)
        steps = [int(row[0]) for row in spot.rows("a")[1:]]
        assert steps == list(range(len(steps)))
        assert len(steps) >= said
        assert [session["status"] for session in spot.json("run.json")["sessions"]] == [
            *["supervisor-lost"] * 5,
            "completed",
        ]
        assert not [name for name in spot.tree() if name.endswith(".tmp")]


class TestTrouble:
    def test_a_full_disk_that_is_freed_loses_nothing(self, spot):
        """RLIMIT_FSIZE stands for the full disk."""
        code = (
            "import resource, sys\n"
            "from dvclive_cli.recording.session import *\nfrom dvclive_cli.events import *\n"
            "hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]\n"
            "warn = lambda text: print('WARN', text)\n"
            "s = Session(SessionConfig(sys.argv[1]), {'start_ms': 0}, warn)\n"
            "s.open()\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))\n"
            "for i in range(200):\n    s.feed([Metric('a', i, i), Summary(f'x{i}', 1)], 0)\n"
            "    s.tick(float(i))\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))\n"
            "s.tick(1e6)\n"
            "s.close(Outcome('completed', 0, None, 1))\n"
        )
        out = subprocess.run(
            [sys.executable, "-c", code, str(spot.dir)], capture_output=True, text=True, check=True
        )
        assert [line.split(":")[0] for line in out.stdout.splitlines()] == [
            "WARN metrics.json cannot be written",
            "WARN Rows of metrics cannot be written",
        ]
        assert spot.rows("a")[1:] == [[str(i), str(i)] for i in range(200)]
        assert spot.json("metrics.json")["x199"] == 1
        assert spot.json("run.json")["sessions"][0]["lost_rows"] == 0

    def test_a_disk_that_stays_full_costs_counted_rows_and_no_exception(self, spot):
        session = spot.session()
        (spot.dir / "plots/metrics/a.tsv").mkdir(parents=True)
        session.feed([Metric("a", 1, 0), Metric("a", 1, 1), Metric("b", 1, 1)], 0)
        session.close(DONE)
        assert spot.json("run.json")["sessions"][0]["lost_rows"] == 2
        assert spot.warnings[-1] == "2 rows of metrics could not be written and are lost."
        assert spot.rows("b") == [["step", "b"], ["1", "1"]]

    def test_a_directory_removed_in_mid_run_is_begun_anew_with_headers(self, spot):
        session = spot.session()
        session.feed([Metric("a", 1, 0), Param("p", 1)], 0)
        session.tick(1.0)
        shutil.rmtree(spot.dir)
        session.tick(2.0)
        session.feed([Metric("a", 2, 1)], 0)
        session.tick(10.0)
        session.feed([Metric("a", 3, 2)], 0)
        session.close(DONE)
        assert spot.rows("a")[0] == ["step", "a"]
        assert spot.rows("a")[-1] == ["2", "3"]
        assert {"metrics.json", "params.yaml", "run.json"} <= set(os.listdir(spot.dir))
        assert any("were removed" in text for text in spot.warnings)

    @pytest.mark.parametrize(
        ("event", "slug"),
        [
            (Image("x.bmp", "a.bmp"), "image-name"),
            (Image("x.png", "/no/such.png"), "image-data"),
            (Plot("p", "/no/such.csv", "x", ("y",)), "plot-file"),
            (Plot("p", [{"x": 1}], "x", ("y",)), "plot-data"),
            (SklearnPlot("pie", [], []), "plot-kind"),
            (SklearnPlot("roc", [0, 1], [1]), "plot-data"),
            (Artifact("/no/such"), "artifact-missing"),
        ],
    )
    def test_what_cannot_be_made_is_told_and_the_rest_goes_on(self, spot, event, slug):
        session = spot.session()
        session.feed([event, Metric("a", 1)], 0)
        session.close(DONE)
        assert [slug in text for text in spot.warnings] == [True]
        assert spot.rows("a") == [["step", "a"], ["0", "1"]]
        assert "plots/custom" not in str(spot.yaml())

    def test_an_artifact_with_an_impossible_name_is_told(self, spot):
        (spot.root / "my model.pt").touch()
        session = spot.session()
        session.feed([Artifact("my model.pt", type="model")], 0)
        assert ["artifact-name" in text for text in spot.warnings] == [True]

    def test_a_param_that_yaml_cannot_say_harms_no_other(self, spot):
        session = spot.session()
        session.feed([Param("a", 1), Param("bad", object()), Param("b", 2)], 0)
        session.sync()
        assert spot.read("params.yaml") == "a: 1\nb: 2\n"
        assert "'bad'" in spot.warnings[0]

    def test_a_broken_dvc_yaml_is_left_alone_told_once_and_picked_up_when_mended(self, spot):
        (spot.root / "dvc.yaml").write_text("stages:\n  a: [\n")
        session = spot.session()
        for step in range(3):
            session.feed([Metric("a", 1, step)], 0)
            session.tick(step * 10.0)
        assert ["line 3" in text for text in spot.warnings] == [True]
        assert (spot.root / "dvc.yaml").read_text() == "stages:\n  a: [\n"
        (spot.root / "dvc.yaml").write_text("stages: {}\n")
        session.close(DONE)
        assert spot.yaml()["metrics"] == ["dvclive/metrics.json", "dvclive/run.json"]

    def test_each_oddity_is_told_once(self, spot):
        session = spot.session()
        for step in (5, 3, 2):
            session.feed([Metric("../a", 1, step), Metric("b", 1, step, None if step == 5 else 7)], 0)
        session.close(DONE)
        assert len(spot.warnings) == 3
        assert spot.tree() == [
            "dvc.yaml",
            "dvclive/metrics.json",
            "dvclive/plots/metrics/%2E%2E/a.tsv",
            "dvclive/plots/metrics/b.tsv",
            "dvclive/run.json",
        ]


@pytest.mark.parametrize(
    "name",
    ["../x", "/etc/x", "a/../../x", "..", "x\0y", "x\ny", "a//b", "~/x", "%2e%2e/x", "x" * 5000, "d/" * 3000],
)
def test_hostile_names_stay_inside_on_every_path(spot, name):
    session = spot.session()
    Picture.new("RGB", (1, 1)).save(spot.root / "p.png")
    session.feed(
        [
            Metric(name, 1),
            Image(f"{name}.png", str(spot.root / "p.png")),
            Plot(name, [{"x": 1, "y": 1}], "x", ("y",)),
            SklearnPlot("confusion_matrix", [1], [1], name=name),
        ],
        0,
    )
    session.close(DONE)
    spot.yaml()
    assert sorted(os.listdir(spot.root)) == ["dvc.yaml", "dvclive", "p.png"]
    assert len(spot.tree()) == 8  # one file each, metrics.json, run.json, dvc.yaml and the picture


def test_thousands_of_names_take_few_descriptors(spot):
    session = spot.session()
    before = len(os.listdir("/proc/self/fd"))
    session.feed([Metric(f"g{index % 100}/m{index}", index) for index in range(3000)], 0)
    assert len(os.listdir("/proc/self/fd")) - before <= 128
    session.close(DONE)
    assert len(os.listdir("/proc/self/fd")) <= before
    assert spot.rows("g99/m2999") == [["step", "m2999"], ["0", "2999"]]


def test_what_dvc_reads(spot):
    """Real DVC shows the metrics, the plots, the artifact, and the outcome as columns of the table."""
    git = ["git", "-c", "user.name=n", "-c", "user.email=e", "-C", str(spot.root)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "i"], check=True)
    from dvc.repo import Repo

    Repo.init(str(spot.root)).close()
    session = spot.session()
    session.feed(everything(spot), 0)
    session.feed([Metric("a", 1), Metric("a/b", 2), Metric("step", 3), Metric("odd", float("nan"))], 0)
    session.close(Outcome("failed", 3, None, 1_002_500))
    with Repo(str(spot.root)) as repo:
        metrics = repo.metrics.show()[""]["data"]
        assert metrics["dvclive/metrics.json"]["data"]["train"] == {"loss": 0.25}
        assert metrics["dvclive/metrics.json"]["data"]["a/b"] == 2
        assert metrics["dvclive/run.json"]["data"] == {"status": "failed", "exit_code": 3, "duration": 2.5}
        shown = repo.plots.show()["workspace"]
        assert "error" not in json.dumps(shown, default=str)
        files = {name: entry["data"] for name, entry in shown["sources"]["data"].items()}
        assert files["dvclive/plots/metrics/train/loss.tsv"][1] == {"step": "1", "loss": "0.25"}
        assert files["dvclive/plots/custom/pts.json"][0] == {"x": 1, "y": None}
        assert files["dvclive/plots/sklearn/roc.json"]["roc"][1]["fpr"] == 0.0
        assert repo.artifacts.read()["dvc.yaml"]["m"].type == "model"
        (workspace, *_) = repo.experiments.show()
        assert workspace.data.metrics["dvclive/run.json"]["data"]["status"] == "failed"
        assert workspace.data.params["dvclive/params.yaml"]["data"] == {
            "lr": 0.001,
            "net": {"layers": [64, 64]},
        }


def test_dvc_tracks_artifacts_and_pictures(spot):
    """Once DVC is ready: a run may begin before DVC is initialised in the repository."""
    git = ["git", "-c", "user.name=n", "-c", "user.email=e", "-C", str(spot.root)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "i"], check=True)
    from dvclive_cli.repository import saver

    def ready():
        return saver.prepare(saver.open_workspace(str(spot.dir), {}), None).workspace

    config = SessionConfig(str(spot.dir), dvcyaml=str(spot.root / "dvc.yaml"), cache_images=True)
    session = Session(config, {"cwd": str(spot.root)}, spot.warnings.append, ready=ready)
    session.open()
    session.feed(everything(spot), 0)
    (spot.root / "data").mkdir()
    (spot.root / "data/x").touch()
    session.feed([Artifact("data"), Artifact("pic.png", type="picture", cache=False)], 0)
    session.close(DONE)
    assert spot.warnings == []
    tracked = [os.path.relpath(path, os.path.realpath(spot.root)) for path in session.tracked]
    assert sorted(tracked) == [
        ".gitignore",
        "data.dvc",
        "dvclive/artifacts/.gitignore",
        "dvclive/artifacts/model.pt.dvc",
        "dvclive/plots/.gitignore",
        "dvclive/plots/images.dvc",
    ]
    assert spot.yaml()["artifacts"]["pic"] == {"path": "pic.png", "type": "picture"}


def test_the_cost_of_a_step_does_not_grow_with_history(spot):
    """Counted in bytes written: what step 2000 writes is what step 100 wrote."""
    session = spot.session()

    def written():
        with open("/proc/self/io") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("wchar"))

    costs = []
    for _ in range(2001):
        before = written()
        session.feed([Metric("a", 0.5), NextStep()], 0)
        session.write_views()
        costs.append(written() - before)
    session.close(DONE)
    assert costs[2000] <= costs[100] + 10


def test_views_are_bounded_by_time_not_by_steps(spot):
    session = spot.session()
    began = time.monotonic()
    for step in range(1000):
        session.feed([Metric("a", step, step), Step(step)], 0)
        session.tick(began)
    assert spot.json("metrics.json")["a"] == 0


@pytest.mark.parametrize("seed", range(20))
def test_points_in_columns_leave_what_their_metrics_leave(tmp_path, seed):
    """Rows, views, statistics and warnings; with times, steps that go back, values of all kinds and counted
    steps between them."""
    r = random.Random(seed)
    batches = []
    for _ in range(40):
        batch = []
        for _ in range(r.randrange(1, 5)):
            name, count = r.choice("abc"), r.randrange(1, 90)
            first = r.randrange(200)
            steps = r.choice([None, range(first, first + count), [r.randrange(99) for _ in range(count)]])
            values = [r.choice([r.random(), r.randrange(-9, 9), float("nan")]) for _ in range(count)]
            events = [Points(name, steps, values, [f"{value}" for value in values])]
            events += r.choices([NextStep(), Step(7), Metric(name, 0.5, 3, 99), Metric(name, 2)], k=2)
            batch += events[: r.choice([1, 1, 3])]
        batches.append(batch)
    left = []
    for part, spread in (("columns", False), ("one-by-one", True)):
        (tmp_path / part).mkdir()
        place = Place(tmp_path / part)
        session = place.session()
        for batch in batches:
            lists = [e.metrics() if spread and isinstance(e, Points) else [e] for e in batch]
            session.feed([event for events in lists for event in events], 5)
        rows = {name: place.rows(name) for name in "abc"}
        assert pickle.loads(pickle.dumps(session.run)).points == session.run.points
        session.close(DONE)
        series = {
            name: (s.count, s.first, s.last, s.low, s.low_step, s.high, s.high_step, s.last_step, s.plotted)
            for name, s in session.run.series.items()
        }
        previews = [repr(s.preview[-1].last) for s in session.run.series.values()]
        left.append(repr((rows, place.read("metrics.json"), series, previews, sorted(place.warnings))))
    assert left[0] == left[1]


@pytest.mark.parametrize("many", [5, 200_000])
def test_the_report_of_a_resumed_run_shows_its_earlier_part(spot, many):
    """Also one of many rows."""
    first = spot.session()
    for start in range(0, many, 50_000):
        steps = range(start, min(many, start + 50_000))
        first.feed([Metric("loss", 2.0 - step / many, step) for step in steps], 0)
    first.feed([Metric("gone", 7, 0)], 0)
    first.close(DONE)
    second = spot.session(report="html", resume=True)
    second.feed([Metric("loss", 0.5, many + step) for step in range(3)] + [Metric("new", 1, many)], 0)
    second.close(DONE)
    text = spot.read("report.html")
    found = json.loads(text.split('id="data">')[1].split("</script>")[0])
    assert [line["name"] for line in found["lines"]] == ["loss", "gone", "new"]
    steps = found["lines"][0]["x"]
    assert (steps[0], steps[-1]) == (0, many + 2)
    assert steps == sorted(set(steps))
    assert max(later - step for step, later in itertools.pairwise(steps)) <= max(1, many // 100)
    rows = {row[0]: row[1:] for row in found["metrics"]}
    assert rows["loss"] == [0.5, 0.5, many, 0.5, 2, many + 3]
    assert rows["gone"] == [7, None, None, 7, 7, 1]
