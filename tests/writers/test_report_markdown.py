"""report.md: the run for a pull request; nothing in it acts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PIL import Image

from dvclive_cli.events import Metric, Param
from dvclive_cli.outcome import Outcome
from dvclive_cli.run import Run
from dvclive_cli.runs.recorded import Folder
from dvclive_cli.writers.report import gather, markdown

EVIL = "</details><script>x</script><img src=x onerror=y>|`*[a](b)`\n# h\x1b[31m"


def made(
    folder: Path | str, *events: Any, end: Outcome | None = None, title: str = "t", tail: str = ""
) -> str:
    run = Run()
    run.feed(events, 0)
    for series in run.series.values():
        series.plotted = len(series.rows)
    about = gather.About(title, end, 1000, {"start_ms": 0}, tail)
    return markdown.text(gather.of_run(run, Folder(str(folder)), about))


def test_tables_charts_and_images(tmp_path: Path) -> None:
    images = tmp_path / "plots/images/s"
    images.mkdir(parents=True)
    for step in (1, 2):
        Image.new("RGB", (2, 2)).save(images / f"{step}.png")
    events = [Metric(f"{part}/loss", 1 / step, step) for step in range(1, 9) for part in ("train", "val")]
    text = made(tmp_path, *events, Param("lr", 0.1), end=Outcome("completed", 0, None, 2000))
    assert "### ✅ t: completed after 2.0 s" in text
    assert "| train/loss | 0.125 | 0.125 | 8 |" in text
    assert text.count("xychart-beta") == 1
    assert "| lr | 0.1 |" in text
    assert "![s/2.png](<plots/images/s/2.png>)" in text
    assert "s/1.png" not in text


def test_plots_are_charts_and_tables(tmp_path: Path) -> None:
    custom = tmp_path / "plots/custom"
    custom.mkdir(parents=True)
    for name, rows in (
        ("line", [{"x": x, "y": x * x, "z": 0.5} for x in (0, 1, 10)]),
        ("pairs", [{"actual": a, "predicted": b} for a, b in ("ab", "aa", "bb")]),
        ("evil", [{"actual": EVIL, "predicted": EVIL}]),
        ("classes", [{"actual": f"c{n}", "predicted": "c0"} for n in range(50)]),
    ):
        (custom / f"{name}.json").write_text(json.dumps(rows))
    text = made(tmp_path)
    assert '    x-axis "x" 0 --> 10\n' in text
    (first, second) = (line for line in text.splitlines() if line.startswith("    line ["))
    values = json.loads(first.removeprefix("    line "))
    assert (values[0], values[6], values[33], values[-1]) == (0, 1, 1 + 99 * 0.5, 100)
    assert set(json.loads(second.removeprefix("    line "))) == {0.5}
    assert "| a | 1 | 1 |" in text
    assert "| b | 0 | 1 |" in text
    assert "... and 1 more plots." in text
    assert "<script" not in text.replace("\\<", "")


def test_a_failure_has_the_last_words(tmp_path: Path) -> None:
    end = Outcome("failed", 1, None, 0)
    assert "    MemoryError: gone" in made(tmp_path, end=end, tail="a\nMemoryError: gone\n")
    assert "gone" not in made(tmp_path, end=Outcome("completed", 0, None, 0), tail="gone")


def test_names_values_and_output_are_text(tmp_path: Path) -> None:
    end = Outcome("failed", 1, None, 0)
    text = made(tmp_path, Param(EVIL, EVIL), Metric(EVIL, 1.0, 0), end=end, title=EVIL, tail=EVIL)
    bare = [line for line in text.splitlines() if not line.startswith("    ")]
    assert "<script" not in "\n".join(bare).replace("\\<", "")
    assert "\x1b" not in text
    assert not [line for line in bare if line.startswith("# ")]
