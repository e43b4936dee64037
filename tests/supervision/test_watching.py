"""`dvclive run --watch` end to end: real programs, their files, and a recorder that is killed."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from processes import DVCLIVE, PYTHON, Place, finish, python, read_file, until

from dvclive_cli.events import Event, Metric
from dvclive_cli.inputs.watch import Follower
from dvclive_cli.supervision.watching import MOST_KEPT, Watching

DATA = Path(__file__).parents[1] / "data/metricfiles"

KERAS = r"""
import sys, time
file = open("log.csv", sys.argv[1], buffering=1)
first = int(sys.argv[2])
if not first:
    file.write("epoch,loss,val_loss\n")
for epoch in range(first, first + 3):
    print(f"Epoch {epoch + 1}/9\n8/8 - 0s - 6ms/step - loss: 0.{9 - epoch} - val_loss: 0.{epoch}", flush=True)
    file.write(f"{epoch},0.{9 - epoch}01,0.{epoch}01\n")
    time.sleep(float(sys.argv[3]))
"""


def rows(place: Place, name: str) -> list[str]:
    return read_file(f"{place.dir}/plots/metrics/{name}.tsv").splitlines()[1:]


def watch(place: Place, command: list[str], *patterns: str, options: tuple[str, ...] = ()) -> bytes:
    """Run the command, quietly or not, and watch; what it says on stderr."""
    watched = [word for pattern in patterns for word in ("--watch", pattern)]
    argv = [*place.command(command, *watched, *options)]
    argv.remove("--quiet")
    ended = finish(place.popen(argv))
    assert ended.code == 0, ended.err
    return ended.err


def test_the_file_counts_and_not_what_is_printed_beside_it(place: Place) -> None:
    """Keras counts epochs from 1 where it prints, and from 0 where it writes."""
    watch(place, python(KERAS, "w", "0", "0.15"), "log.csv")
    assert rows(place, "loss") == ["0\t0.901", "1\t0.801", "2\t0.701"]
    assert rows(place, "val_loss") == ["0\t0.001", "1\t0.101", "2\t0.201"]
    assert json.loads(read_file(f"{place.dir}/metrics.json"))["step"] == 2


def test_a_second_run_records_what_it_appends(place: Place) -> None:
    watch(place, python(KERAS, "w", "0", "0"), "*.csv")
    watch(place, python(KERAS, "a", "3", "0"), "*.csv")
    assert rows(place, "loss") == ["3\t0.601", "4\t0.501", "5\t0.401"]


def test_without_a_file_what_was_printed_counts(place: Place) -> None:
    """And what was asked for is said to be missing."""
    said = watch(place, python("for i in range(3): print(f'step {i} loss {i}')"), "elsewhere/*.csv")
    assert rows(place, "loss") == ["0\t0", "1\t1", "2\t2"]
    assert b"--watch elsewhere/*.csv: no file that the program wrote" in said


def test_a_glob_without_quotes_is_pointed_out(place: Place) -> None:
    for name in ("a.csv", "b.csv"):
        Path(place.path(name)).touch()
    ended = finish(place.popen([*DVCLIVE, "run", "--watch", "a.csv", "b.csv", "--", "true"]))
    assert (ended.code, os.path.exists(place.dir)) == (127, False)
    assert b"A glob after --watch has to be in quotes." in ended.err


def test_a_run_that_captured_nothing_names_the_files_to_watch(place: Place) -> None:
    """Files that it has written beside it, and the folder of files that have another path each time."""
    os.makedirs(place.path("old"))
    with open(place.path("old/metrics.csv"), "w") as file:
        file.write("step,loss\n1,2\n")
    os.utime(place.path("old/metrics.csv"), (1, 1))
    program = """
import os, sys
os.makedirs("lightning_logs/version_0")
for path in ("my results.csv", "lightning_logs/version_0/metrics.csv", "notes.txt"):
    with open(path, "w") as file:
        file.write("step,loss\\n1,2\\n")
"""
    said = watch(place, python(program)).decode()
    assert "--watch 'my results.csv'" in said
    assert "--watch lightning_logs`" in said
    assert said.count("--watch") == 2
    assert "--watch" not in watch(place, ["sh", "-c", "echo step 1 loss 2 | tee out.csv"]).decode()


def test_what_a_program_says_to_us_counts_beside_its_files(place: Place) -> None:
    program = "open('log.csv', 'w').write('step,loss\\n1,2\\n'); print('@dvclive acc=0.5 step=1', flush=True)"
    watch(place, python(program), "log.csv")
    assert (rows(place, "loss"), rows(place, "acc")) == (["1\t2"], ["1\t0.5"])


def test_patterns_in_the_settings(place: Place) -> None:
    with open(place.path("dvclive.toml"), "w") as file:
        file.write('watch = ["log.csv"]\n')
    watch(place, python(KERAS, "w", "0", "0"))
    assert len(rows(place, "val_loss")) == 3


def test_event_files_of_a_training_and_its_validation(place: Place) -> None:
    program = "import shutil, sys; shutil.copytree(sys.argv[1], 'logs')"
    watch(place, [PYTHON, "-c", program, str(DATA / "keras")], "logs")
    assert rows(place, "train/epoch_loss") == ["0\t2.0", "1\t1.0", "2\t0.6667", "3\t0.5", "4\t0.4"]
    assert rows(place, "validation/epoch_loss") == ["0\t0.5", "1\t0.6", "2\t0.7", "3\t0.8", "4\t0.9"]


def test_event_files_of_torch(place: Place) -> None:
    """Scalars of both forms, a folder for each key of add_scalars, hyperparameters as params."""
    program = "import shutil, sys; shutil.copytree(sys.argv[1], 'runs/Nov21_host')"
    watch(place, [PYTHON, "-c", program, str(DATA / "torch")], "runs")
    metrics = json.loads(read_file(f"{place.dir}/metrics.json"))
    assert metrics == {
        "Accuracy": {"val": 0.9},
        "Loss": {"train": 0.4},
        "double": 0.4,
        "final": 0.25,
        "lr": {"head": 0.04, "body": 0.004},
        "step": metrics["step"],
    }
    with open(f"{place.dir}/plots/images/picture.png", "rb") as file:
        assert file.read(4) == b"\x89PNG"
    params = read_file(f"{place.dir}/params.yaml").splitlines()
    assert sorted(params) == ["bias: 1", "lr: 0.1", "model: net"]


def test_recorders_killed_while_files_are_followed(place: Place) -> None:
    """Each point is recorded once: reading goes on where the last checkpoint stands."""
    steps = 600
    program = (
        "import sys, time\nfile = open('log.csv', 'w', buffering=1)\nfile.write('step,loss\\n')\n"
        f"for step in range({steps}):\n    file.write(f'{{step}},{{step * 7}}\\n'); time.sleep(0.004)"
    )
    process = place.start(python(program), "--watch", "log.csv")
    for _ in range(2):  # a third that dies at once would be the last
        time.sleep(0.6)
        place.kill_recorders()
    assert finish(process).code == 0
    assert rows(place, "loss") == [f"{step}\t{step * 7}" for step in range(steps)]


def test_the_supervisor_killed_while_files_are_followed(place: Place) -> None:
    """The recorder goes on to the program's end."""
    program = (
        "import time\nfile = open('log.csv', 'w', buffering=1)\nfile.write('step,loss\\n')\n"
        "for step in range(200):\n    file.write(f'{step},{step * 7}\\n'); time.sleep(0.004)"
    )
    process = place.start(python(program), "--watch", "log.csv")
    until(lambda: rows(place, "loss"))
    process.kill()
    process.communicate(timeout=60)
    until(lambda: json.loads(read_file(f"{place.dir}/run.json"))["status"] == "supervisor-lost")
    assert rows(place, "loss") == [f"{step}\t{step * 7}" for step in range(200)]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def watching(*, wrote: bool, folder: Path) -> Watching:
    """A watcher of a file that the program has written, or not yet."""
    from functools import partial

    from dvclive_cli.capture import CaptureOptions
    from dvclive_cli.metricfiles import reader_for

    if wrote:
        (folder / "log.csv").write_text("step,acc\n1,0.5\n")
    reader = partial(reader_for, options=CaptureOptions())
    return Watching(Follower(["log.csv"], str(folder), "", {}, reader), lambda text: None, Clock())


LOSS: list[Event] = [Metric("loss", 1.0, 0)]


def test_prints_wait_until_a_file_speaks(tmp_path: Path) -> None:
    here = watching(wrote=True, folder=tmp_path)
    assert here.printed(LOSS) == []
    assert here.poll() == [Metric("acc", 0.5, 1)]
    assert here.printed(LOSS) == []
    assert [event for events in here.finish() for event in events] == []


def test_prints_count_where_no_file_speaks(tmp_path: Path) -> None:
    """Those of a recorder's forerunner too; and not all of them wait for ever."""
    here = watching(wrote=False, folder=tmp_path)
    assert here.printed(LOSS) == []
    after = watching(wrote=False, folder=tmp_path)
    after.restore(here.checkpoint())
    assert [event for events in after.finish() for event in events] == LOSS
    assert len(here.printed(LOSS * MOST_KEPT)) == MOST_KEPT + 1
    assert here.printed(LOSS) == LOSS


def test_nothing_is_looked_at_before_it_is_due(tmp_path: Path) -> None:
    here = watching(wrote=False, folder=tmp_path)
    assert here.poll() == []
    (tmp_path / "log.csv").write_text("step,acc\n1,0.5\n")
    assert here.poll() == []
    assert 0 < here.due_in() <= 0.25
