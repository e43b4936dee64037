"""The calls of `Live`, in this process and without a repository: files, mirrors and refusals."""

from __future__ import annotations

import copy
import json
import math
import os
import pickle
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest
import scripts
from PIL import Image

import dvclive.error as errors
from dvclive import Live, messages

Opener = Callable[..., Live]


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("DVC") or name in scripts.RANKS]:
        monkeypatch.delenv(name)
    messages._said.clear()


@pytest.fixture
def opened() -> Iterator[Opener]:
    """Opens runs that save nothing, and ends those that a test leaves."""
    made: list[Live] = []

    def make(*args: Any, **options: Any) -> Live:
        live = Live(*args, **{"save_dvc_exp": False, **options})
        made.append(live)
        return live

    yield make
    for live in made:
        live._inside_with = False
        live.end()


@pytest.fixture
def live(opened: Opener) -> Live:
    return opened()


def read(path: str) -> Any:
    return json.loads(Path(path).read_text())


# --- metrics ---------------------------------------------------------------------------------------------


def test_the_row_is_on_disk_when_log_metric_returns(live: Live) -> None:
    for step in range(3):
        live.log_metric("train/loss", 0.5 / (step + 1))
        assert scripts.rows(Path("dvclive/plots/metrics/train/loss.tsv"))[-1] == [
            str(step),
            str(0.5 / (step + 1)),
        ]
        live.next_step()


def test_the_seed_s_tsv_has_a_timestamp_when_asked_for(live: Live) -> None:
    live.log_metric("loss", 0.4, timestamp=True)
    live.next_step()
    live.log_metric("loss", 0.2, timestamp=True)
    header, first, second = scripts.rows(Path("dvclive/plots/metrics/loss.tsv"))
    assert header == ["timestamp", "step", "loss"]
    assert first[1:] == ["0", "0.4"]
    assert second[1:] == ["1", "0.2"]
    assert 1_600_000_000_000 < int(first[0]) <= int(second[0])


@pytest.mark.parametrize("first", [True, False])
def test_toggling_the_timestamp_leaves_whole_columns(live: Live, first: bool) -> None:
    live.log_metric("loss", 1, timestamp=first)
    live.log_metric("loss", 2, timestamp=not first)
    live.log_metric("loss", 3, timestamp=first)
    assert {len(row) for row in scripts.rows(Path("dvclive/plots/metrics/loss.tsv"))} == {3 if first else 2}


def test_plot_false_goes_to_the_summary_only(live: Live) -> None:
    live.log_metric("best", 0.9, plot=False)
    live.next_step()
    assert not os.path.exists("dvclive/plots/metrics/best.tsv")
    assert read(live.metrics_file) == {"step": 0, "best": 0.9}


def test_float32_is_written_as_the_program_prints_it(live: Live) -> None:
    """The reference writes 0.1 to the TSV as well, and refuses a 0-d array of it."""
    live.log_metric("x", numpy.float32(0.1))
    live.log_metric("x", numpy.array(0.25))
    assert [row[-1] for row in scripts.rows(Path("dvclive/plots/metrics/x.tsv"))] == ["x", "0.1", "0.25"]


def test_nan_and_inf_are_words_in_the_files(live: Live) -> None:
    live.log_metric("x", math.nan)
    live.log_metric("y", -math.inf)
    live.make_summary()
    assert read(live.metrics_file) == {"x": "nan", "y": "-inf"}
    assert scripts.rows(Path("dvclive/plots/metrics/y.tsv"))[-1] == ["0", "-inf"]


def test_a_value_that_is_none_is_refused_and_the_run_goes_on(live: Live) -> None:
    with pytest.raises(errors.InvalidDataTypeError, match="Data 'm' has not supported type <class 'list'>"):
        live.log_metric("m", [1])
    live.log_metric("m", 1)
    assert len(scripts.rows(Path("dvclive/plots/metrics/m.tsv"))) == 2


def test_log_metrics_logs_all_or_none(live: Live) -> None:
    with pytest.raises(errors.InvalidDataTypeError):
        live.log_metrics({"a": 1, "b": None})
    assert not os.path.exists("dvclive/plots/metrics/a.tsv")
    live.log_metrics({"a": 1, "b": 2})
    assert live.summary == {"a": 1, "b": 2}


def test_a_name_and_a_longer_name_lose_nothing(live: Live) -> None:
    """The reference loses `a`, or fails, when `a/b` comes."""
    for name in ("a", "a/b", "c/d", "c"):
        live.log_metric(name, 1)
    live.make_summary()
    assert read(live.metrics_file) == {"a": 1, "a/b": 1, "c/d": 1, "c": 1}
    assert live.summary == {"a": 1, "a/b": 1, "c/d": 1, "c": 1}
    assert {str(path) for path in Path("dvclive/plots/metrics").rglob("*.tsv")} == {
        f"dvclive/plots/metrics/{name}.tsv" for name in ("a", "a/b", "c/d", "c")
    }


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "..", "a\nb"])
def test_no_name_leads_out_of_the_directory(live: Live, name: str, tmp_path: Path) -> None:
    live.log_metric(name, 1)
    live.log_image(f"{name}/p.png", numpy.zeros((2, 2), "uint8"))
    live.next_step()
    files = {path for path in tmp_path.rglob("*") if path.is_file() and path.name != "dvc.yaml"}
    assert len(files) >= 4
    assert all((tmp_path / "dvclive") in path.parents for path in files)


def test_chdir_does_not_move_the_run(live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reference follows os.chdir and starts a second directory."""
    (tmp_path / "elsewhere").mkdir()
    live.log_metric("x", 1)
    monkeypatch.chdir(tmp_path / "elsewhere")
    live.log_metric("x", 2)
    live.next_step()
    assert os.listdir(tmp_path / "elsewhere") == []
    assert len(scripts.rows(tmp_path / "dvclive/plots/metrics/x.tsv")) == 3
    assert read(live.metrics_file)["x"] == 2


def test_threads_lose_and_mix_nothing(live: Live) -> None:
    import threading

    def log(name: str) -> None:
        for number in range(500):
            live.log_metric(name, number)
            live.log_metric("shared", number)

    threads = [threading.Thread(target=log, args=(f"thread{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(4):
        rows = scripts.rows(Path(f"dvclive/plots/metrics/thread{number}.tsv"))
        assert [row[1] for row in rows[1:]] == [str(at) for at in range(500)]
    assert len(scripts.rows(Path("dvclive/plots/metrics/shared.tsv"))) == 2001


# --- step and summary --------------------------------------------------------------------------------------


def test_step_counts_and_can_be_set(live: Live) -> None:
    assert live.step == 0
    live.next_step()
    assert live.step == 1
    live.step = numpy.int64(7)
    assert (live.step, type(live.step)) == (7, int)
    live.log_metric("x", 1)
    live.set_step(9)
    assert live.get_step() == 9
    live.log("x", 2)
    live.make_summary()
    assert scripts.rows(Path("dvclive/plots/metrics/x.tsv"))[1:] == [["7", "1"], ["9", "2"]]
    assert read(live.metrics_file) == {"step": 9, "x": 2}
    assert (live.read_step(), live.read_latest()["x"]) == (9, 2)
    with pytest.raises(errors.InvalidDataTypeError):
        live.step = "three"  # type: ignore[assignment]


def test_the_summary_is_the_program_s_to_change(live: Live) -> None:
    live.log_metric("nested/metric", 1)
    live.log_metric("gone", 1)
    live.summary["additional"] = numpy.float64(1.5)
    live.summary["nested"]["more"] = 2
    del live.summary["gone"]
    live.next_step()
    assert read(live.metrics_file) == {"step": 0, "nested": {"metric": 1, "more": 2}, "additional": 1.5}
    live.summary = {"only": 1}
    live.make_summary()
    assert read(live.metrics_file) == {"step": 1, "only": 1}
    live.log_metric("back", 3)
    live.make_summary()
    assert live.summary == {"only": 1, "step": 1, "back": 3} == read(live.metrics_file)


def test_a_summary_that_was_kept_follows_the_run(live: Live) -> None:
    kept = live.summary
    live.log_metric("a/b", 1)
    live.next_step()
    assert kept == {"a": {"b": 1}, "step": 0}


# --- params ------------------------------------------------------------------------------------------------


def test_params_yaml_is_written_at_once_in_order(live: Live) -> None:
    live.log_param("z", 1)
    live.log_params({"a": {"b": [1, 2]}, "name": "x"})
    assert Path(live.params_file).read_text() == "z: 1\na:\n  b:\n  - 1\n  - 2\nname: x\n"


def test_a_bad_param_harms_neither_the_file_nor_later_calls(live: Live) -> None:
    """In the reference every later call fails too."""
    live.log_param("good", 1)
    with pytest.raises(errors.InvalidParameterTypeError, match="cannot represent an object"):
        live.log_params({"fine": 1, "bad": object()})
    live.log_param("later", numpy.float64(0.5))
    assert scripts.yaml(Path(live.params_file)) == {"good": 1, "later": 0.5}


# --- images ------------------------------------------------------------------------------------------------


def test_images_of_every_kind(live: Live, tmp_path: Path) -> None:
    Image.new("RGB", (3, 2), (9, 9, 9)).save(tmp_path / "source.png")
    live.log_image("array.png", numpy.full((2, 3, 3), 9, "uint8"))
    live.log_image("floats.png", numpy.full((2, 3), 1.0))
    live.log_image("pil.jpg", Image.new("RGBA", (3, 2)))
    live.log_image("path", tmp_path / "source.png")
    live.log_image("sub/text.gif", "source.png")
    sizes = {}
    for path in sorted(Path("dvclive/plots/images").rglob("*.*")):
        with Image.open(path) as image:
            sizes[str(path.relative_to("dvclive/plots/images"))] = (image.format, image.size)
    assert sizes == {
        "array.png": ("PNG", (3, 2)),
        "floats.png": ("PNG", (3, 2)),
        "path.png": ("PNG", (3, 2)),
        "pil.jpg": ("JPEG", (3, 2)),
        "sub/text.gif": ("GIF", (3, 2)),
    }


class Figure:
    """As Matplotlib's, which is too heavy for this suite: it saves itself."""

    def savefig(self, out: Any, format: str) -> None:  # noqa: A002
        Image.new("L", (4, 4)).save(out, format=format)


def test_a_figure_saves_itself_and_is_closed(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[object] = []
    pyplot = type("pyplot", (), {"close": staticmethod(closed.append)})
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.pyplot", pyplot)
    figure = Figure()
    live.log_image("figure.png", figure)
    assert closed == [figure]
    with Image.open("dvclive/plots/images/figure.png") as image:
        assert image.size == (4, 4)


def test_images_with_other_names_or_of_other_types_are_refused(live: Live) -> None:
    picture = numpy.zeros((2, 2), "uint8")
    for name in ("x.bmp", "x"):
        with pytest.raises(errors.InvalidImageNameError, match=f"Cannot log image with name '{name}'"):
            live.log_image(name, picture)
    for wrong in (5, [[1]], numpy.zeros(3)):
        with pytest.raises(errors.InvalidDataTypeError, match=r"Data 'x.png' has not supported type"):
            live.log_image("x.png", wrong)


# --- plots -------------------------------------------------------------------------------------------------


def test_a_plot_of_my_own(live: Live) -> None:
    live.log_plot("mine", [{"x": 1, "y": math.nan}, {"x": 2, "y": 3}], "x", "y", title="T", x_label="X")
    live.make_dvcyaml()
    assert read("dvclive/plots/custom/mine.json") == [{"x": 1, "y": None}, {"x": 2, "y": 3}]
    assert scripts.yaml(Path("dvc.yaml"))["plots"] == [
        {
            "dvclive/plots/custom/mine.json": {
                "template": "linear",
                "x": "x",
                "y": "y",
                "title": "T",
                "x_label": "X",
            }
        }
    ]


def test_columns_named_by_numbers_are_texts_in_dvc_yaml(live: Live) -> None:
    """An integer there blanks `dvc exp show`."""
    live.log_plot("array", numpy.array([[1, 2, 3]]), 0, [1, 2])
    live.make_dvcyaml()
    settings = scripts.yaml(Path("dvc.yaml"))["plots"][0]["dvclive/plots/custom/array.json"]
    assert (settings["x"], settings["y"]) == ("0", ["1", "2"])


@pytest.mark.parametrize("kind", ["calibration", "confusion_matrix", "det", "precision_recall", "roc"])
def test_sklearn_plots(live: Live, kind: str) -> None:
    live.log_sklearn_plot(kind, [0, 0, 1, 1], numpy.array([0.1, 0.4, 0.35, 0.8]) > 0.3, name="my.json")
    found = read("dvclive/plots/sklearn/my.json")
    assert found if kind == "confusion_matrix" else found[kind]


def test_the_old_log_plot_makes_a_sklearn_plot(live: Live) -> None:
    y_true, y_score = [0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]
    with pytest.warns(DeprecationWarning, match="log_sklearn_plot"):
        live.log_plot("roc", y_true, y_score)
    with pytest.warns(DeprecationWarning, match="log_sklearn_plot"):
        live.log_plot("confusion_matrix", labels=y_true, predictions=[1, 0, 1, 0])
    with pytest.warns(DeprecationWarning, match="log_sklearn_plot"):
        live.log_plot("roc", y_true, y_score, drop_intermediate=False)
    assert sorted(os.listdir("dvclive/plots/sklearn")) == ["confusion_matrix.json", "roc.json"]
    with pytest.raises(errors.InvalidPlotTypeError, match="Plot type 'nope' is not supported"):
        live.log_plot("nope", y_true, y_score)
    with pytest.raises(TypeError, match="missing"):
        live.log_plot("roc", y_true)


def test_what_no_plot_can_be_made_of(live: Live) -> None:
    with pytest.raises(errors.InvalidPlotTypeError, match="Supported types are"):
        live.log_sklearn_plot("nope", [0], [0])
    with pytest.raises(errors.InvalidDataTypeError, match="'datapoints'"):
        live.log_plot("x", 5, "a", "b")
    with pytest.raises(TypeError):
        live.log_plot("x", [{"a": 1}], "a", "a", wrong=1)


# --- artifacts ---------------------------------------------------------------------------------------------


def test_an_artifact_without_a_repository_is_described_and_copied(live: Live, tmp_path: Path) -> None:
    (tmp_path / "model.pt").write_text("w")
    live.log_artifact(
        tmp_path / "model.pt", type="model", name="mine", desc="d", labels=["a"], meta={"k": 1}, copy=True
    )
    live.make_dvcyaml()
    assert Path(live.artifacts_dir, "model.pt").read_text() == "w"
    assert scripts.yaml(Path("dvc.yaml"))["artifacts"] == {
        "mine": {
            "path": "dvclive/artifacts/model.pt",
            "type": "model",
            "desc": "d",
            "labels": ["a"],
            "meta": {"k": 1},
        }
    }


def test_an_artifact_that_is_no_path_is_refused(live: Live) -> None:
    with pytest.raises(errors.InvalidDataTypeError, match="Data '5' has not supported type <class 'int'>"):
        live.log_artifact(5)  # type: ignore[arg-type]


# --- the constructor ---------------------------------------------------------------------------------------


def test_positional_order(opened: Opener) -> None:
    live = Live("d", False, "html", False, None, False, "name", "message", False)
    assert live.report_file == os.path.abspath("d/report.html")
    live.end()
    assert Path("d/report.html").exists()
    assert not Path("dvc.yaml").exists()


def test_options_that_are_none(opened: Opener) -> None:
    with pytest.raises(errors.InvalidReportModeError, match="`report` can only be"):
        Live(report="x")  # type: ignore[arg-type]
    for wrong in ("foo.yaml", "dvc.yml", 5):
        with pytest.raises(errors.InvalidDvcyamlError, match="`dvcyaml` path must have filename"):
            Live(dvcyaml=wrong)  # type: ignore[arg-type]
    assert not Path("dvclive").exists()


def test_dvcyaml_inside_the_directory_as_the_seed_shows(opened: Opener) -> None:
    live = opened(dvcyaml="dvclive/dvc.yaml")
    live.log_metric("x", 1)
    live.end()
    assert scripts.yaml(Path("dvclive/dvc.yaml"))["plots"] == [{"plots/metrics": {"x": "step"}}]


def test_a_path_that_is_a_file_is_refused_with_words(opened: Opener) -> None:
    Path("taken").write_text("")
    with pytest.raises(errors.DvcLiveError, match="taken"):
        opened("taken/run")


def test_a_new_run_cleans_its_own_files_only(opened: Opener) -> None:
    live = opened()
    live.log_metric("old", 1)
    live.log_param("p", 1)
    Path("dvclive/notes.txt").write_text("mine")
    live.end()
    live = opened()
    live.end()
    assert Path("dvclive/notes.txt").exists()
    assert not Path("dvclive/plots/metrics/old.tsv").exists()
    assert not Path("dvclive/params.yaml").exists()


def test_two_runs_of_one_process_in_one_directory_follow_each_other(opened: Opener) -> None:
    """A notebook's cell, run again."""
    first = opened()
    first.log_metric("x", 1)
    second = opened()
    second.log_metric("x", 2)
    assert scripts.rows(Path("dvclive/plots/metrics/x.tsv"))[1:] == [["0", "2"]]
    second.end()
    first.end()


def test_two_directories_at_once(opened: Opener) -> None:
    a, b = opened("a"), opened("b")
    a.log_metric("x", 1)
    b.log_metric("x", 2)
    a.end()
    b.log_metric("x", 3)
    b.end()
    assert len(scripts.rows(Path("b/plots/metrics/x.tsv"))) == 3


def test_end_inside_with_does_nothing_and_end_twice_is_fine(opened: Opener) -> None:
    with opened() as live:
        live.end()
        live.log_metric("x", 1)
        assert read("dvclive/run.json")["status"] == "running"
    live.end()
    live.end()
    assert read("dvclive/run.json")["status"] == "completed"


def test_logging_after_end_is_kept(opened: Opener) -> None:
    """Trainers evaluate after they have ended the run."""
    live = opened()
    live.log_metric("x", 1)
    live.next_step()
    live.end()
    live.log_metric("x", 2)
    live.log_metric("late", 3)
    live.next_step()
    live.end()
    assert scripts.rows(Path("dvclive/plots/metrics/x.tsv"))[1:] == [["0", "1"], ["1", "2"]]
    assert read(live.metrics_file) == {"step": 1, "x": 2, "late": 3}


def test_a_step_set_after_end_is_that_step(opened: Opener) -> None:
    live = opened()
    live.log_metric("x", 1)
    live.next_step()
    live.end()
    assert live.step == 0
    live.step = 5
    live.log_metric("x", 2)
    live.end()
    assert scripts.rows(Path("dvclive/plots/metrics/x.tsv"))[1:] == [["0", "1"], ["5", "2"]]


# --- resume ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [1, 3])
def test_resume_goes_on_after_the_last_completed_step(opened: Opener, steps: int) -> None:
    """In the reference not after step 0."""
    live = opened()
    live.log_param("lr", 1)
    for step in range(steps):
        live.log_metric("x/y", step)
        live.next_step()
    live.end()
    live = opened(resume=True)
    assert live.step == steps
    assert live.summary == {"x": {"y": steps - 1}, "step": steps - 1}
    live.log_metric("x/y", steps)
    live.next_step()
    live.end()
    assert scripts.rows(Path("dvclive/plots/metrics/x/y.tsv"))[1:] == [
        [str(n), str(n)] for n in range(steps + 1)
    ]
    assert read(live.metrics_file)["step"] == steps
    assert scripts.yaml(Path(live.params_file)) == {"lr": 1}


@pytest.mark.parametrize("torn", ["", "{", None])
def test_resume_with_a_torn_metrics_json(opened: Opener, torn: str | None) -> None:
    live = opened()
    for step in range(3):
        live.log_metric("x", step * 0.5)
        live.next_step()
    live.end()
    if torn is None:
        os.unlink(live.metrics_file)
    else:
        Path(live.metrics_file).write_text(torn)
    live = opened(resume=True)
    assert (live.step, live.summary["x"]) == (3, 1.0)


def test_resume_by_the_environment(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    live = opened()
    live.next_step()
    live.end()
    monkeypatch.setenv("DVCLIVE_RESUME", "true")
    assert opened().step == 1


# --- the monitor -------------------------------------------------------------------------------------------


def test_the_monitor_takes_what_the_reference_takes(live: Live, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(
        ValueError, match="Keys for `directories_to_monitor` should be a valid name, but got 'a/b/'"
    ):
        live.monitor_system(directories_to_monitor={"a/b/": "/"})
    live.monitor_system(interval=1, num_samples=50)
    assert "Setting `interval` to 0.1" in caplog.text
    assert "Setting `num_samples` to 30" in caplog.text


def test_the_monitor_logs_without_a_gpu(opened: Opener) -> None:
    live = opened(monitor_system=True)
    live.monitor_system(interval=0.01, num_samples=1)
    from processes import until

    until(lambda: Path("dvclive/plots/metrics/system/cpu/usage (%).tsv").exists(), "a sample")
    live.end()
    assert read(live.metrics_file)["system"]["cpu"]["count"] == os.cpu_count()


# --- the object --------------------------------------------------------------------------------------------


def test_an_instance_is_true_and_copies_are_itself(live: Live) -> None:
    assert live
    assert copy.deepcopy({"callback": live})["callback"] is live
    assert copy.copy(live) is live


def test_a_pickled_live_knows_its_paths_and_records_nothing(
    live: Live, caplog: pytest.LogCaptureFixture
) -> None:
    """Spawned workers get their objects pickled; a lock inside would end them."""
    there = pickle.loads(pickle.dumps(live))
    assert there.dir == live.dir
    there.log_metric("x", 1)
    there.next_step()
    there.end()
    assert caplog.text.count("came from another process") == 1
    live.log_metric("x", 2)
    assert len(scripts.rows(Path("dvclive/plots/metrics/x.tsv"))) == 2


def test_no_warning_of_ours_on_ordinary_use(opened: Opener, caplog: pytest.LogCaptureFixture) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with opened() as live:
            live.log_metric("x", 1)
            live.log_param("p", 1)
            live.next_step()
    assert [record.message for record in caplog.records if "no Git" not in record.message] == []


def test_a_value_of_the_whole_run_begins_no_step(opened: Opener) -> None:
    """`plot=False` after the loop, as in the documentation of DVCLive 3.x."""
    live = opened()
    for step in range(3):
        live.log_metric("loss", step)
        live.next_step()
    live.log_metric("test/acc", 0.5, plot=False)
    live.end()
    assert read(live.metrics_file) == {"step": 2, "loss": 2, "test": {"acc": 0.5}}
