"""report.html: one file, one policy, and hostile text in it as data alone."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from dvclive_cli.events import Message, Metric, Param
from dvclive_cli.outcome import Outcome
from dvclive_cli.run import Run
from dvclive_cli.runs.recorded import Folder
from dvclive_cli.writers.report import gather, html

EVIL = '</title></script><script>alert("x")</script><img src=x onerror=y><!--<script>\x1b[31m\u2028\udc80'
UPLOT = {  # of uplot 1.6.32 in the npm registry
    "uPlot.iife.min.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
    "uPlot.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
    "uPlot.LICENSE": "8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd",
}


def page(*events: Any, folder: Path | str = "/nonexistent", end: Outcome | None = None, **about: Any) -> str:
    run = Run()
    run.feed(events, 1000)
    for series in run.series.values():
        series.plotted = len(series.rows)
    given = {"title": "bold-run", "outcome": end, "now_ms": 5000, "facts": {"start_ms": 1000}, **about}
    return html.page(gather.of_run(run, Folder(str(folder)), gather.About(**given)))


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def data(text: str) -> Any:
    return json.loads(text.split('id="data">')[1].split("</script>")[0])


def test_uplot_is_as_its_author_made_it() -> None:
    for name, digest in UPLOT.items():
        with open(os.path.join(html.PAGE, name), "rb") as file:
            assert hashlib.sha256(file.read()).hexdigest() == digest


def test_it_is_small_before_any_data() -> None:
    assert len(page()) < 150_000


def test_it_asks_for_nothing() -> None:
    """No address in an attribute, no import, no fetch: everything is in the file."""
    text = page(Metric("a", 1.0, 0))
    for tag, attributes in Tags(text).tags:
        assert not {"src", "href", "srcset", "action"} & attributes.keys(), tag
    own = text[text.rindex("<script>") :]
    assert not re.search(r"https?://|fetch\(|XMLHttpRequest|@import|innerHTML|insertAdjacentHTML|eval\(", own)


def test_the_policy_names_each_script() -> None:
    text = page()
    scripts = re.findall(r"<script>(.*?)</script>", text, re.S)
    assert len(scripts) == 3
    policy = next(str(tag["content"]) for name, tag in Tags(text).tags if tag.get("http-equiv"))
    for script in scripts:
        assert html._hash(script) in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_hostile_text_adds_no_node() -> None:
    plain = Tags(page(Metric("a", 1.0, 0), Param("p", 1)))
    text = page(
        *(Metric(EVIL, 1.0, 0), Metric("s", EVIL, 0), Param(EVIL, EVIL), Param("l", [EVIL]), Message(EVIL)),
        title=EVIL,
        tail=EVIL,
        facts={"argv": [EVIL], "cwd": EVIL, "git": {"commit": EVIL, "branch": EVIL}},
    )
    found = Tags(text)
    assert [tag for tag, _ in found.tags] == [tag for tag, _ in plain.tags]
    assert "<" not in text.split('id="data">')[1].split("</script>")[0]
    assert "\x1b" not in text
    assert data(text)["params"][0][0] == EVIL
    text.encode()


def test_what_the_data_say() -> None:
    events = [Metric("loss", 1 / step, step) for step in range(1, 11)]
    end = Outcome("failed", 3, None, 4000)
    found = data(page(*events, Metric("n", math.nan, 10), Param("lr", 0.1), end=end, tail="last words\n"))
    assert found["status"] == {"kind": "bad", "text": "failed, exit code 3", "seconds": 3.0, "step": 10}
    assert found["metrics"][0] == ["loss", 0.1, 0.1, 10, 0.1, 1.0, 10]
    assert found["metrics"][1][:2] == ["n", "nan"]
    assert found["params"] == [["lr", 0.1]]
    assert found["tail"] == "last words"
    assert found["lines"][0]["x"] == list(range(1, 11))
    assert found["lines"][0]["best"] == [10, 0.1]
    assert found["charts"] == [{"title": "loss", "lines": [0], "group": "", "system": False}]
    assert found["running"] is False


def test_a_running_page_says_so() -> None:
    found = data(page(Metric("a", 1.0, 0)))
    assert (found["running"], found["status"]["kind"]) == (True, "running")


@pytest.mark.parametrize("values", [[1e308, -1e308], [5e-324, 0.0], [10**400, 1], [True, False], [2**60]])
def test_any_numbers_can_be_said(values: list[float]) -> None:
    assert data(page(*(Metric("a", value, step) for step, value in enumerate(values))))["metrics"]


def test_ten_million_points_are_a_small_page() -> None:
    from array import array

    from dvclive_cli.events import Points

    run = Run()
    for start in range(0, 10_000_000, 500_000):
        steps = range(start, start + 500_000)
        values = array("d", bytes(8 * 500_000))
        values[77] = start
        run.feed([Points("a", steps, values, [])], 0)
        for series in run.series.values():
            series.blocks, series.plotted = [], 1
    about = gather.About("t", None, 0, {})
    text = html.page(gather.of_run(run, Folder("/nonexistent"), about))
    (line,) = data(text)["lines"]
    assert (line["points"], max(line["high"])) == (10_000_000, 9_500_000)
    assert len(text) < 300_000


def test_output_as_a_terminal_would_show_it() -> None:
    tail = "one\n 1%\r 50%\r\x1b[32m100%\x1b[0m\nabc\x08\x08X\ntwo"
    assert data(page(tail=tail))["tail"] == "one\n100%\naXc\ntwo"
    assert data(page(tail="\n".join(map(str, range(1000)))))["tail"].split("\n")[-1] == "999"


def brightness(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((brightness(one), brightness(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("theme", "lines"), [(0, "LIGHT"), (1, "DARK"), (2, "DARK")])
def test_everything_stands_out_from_what_is_behind(theme: int, lines: str) -> None:
    """Texts by 4.5 to 1, lines by 3 to 1 (WCAG 2.2, 1.4.3 and 1.4.11); also on the hottest cell."""
    style, script = html._read("page.css"), html._read("scales.js")
    colours = dict(re.findall(r"--(\w+): (#\w+)", re.findall(r"\{([^{}]*--back[^{}]*)\}", style)[theme]))
    for back in (colours["back"], colours["card"]):
        for text in ("text", "soft", "accent", "good", "bad", "busy"):
            assert contrast(colours[text], back) >= 4.5, text
    found = re.search(lines + r" = \[(.*?)\]", script, re.S)
    assert found
    for line in re.findall(r"#\w{6}", found[1]):
        assert contrast(line, colours["card"]) >= 3
    share = re.search(r"\((\d+) \* part\)\.toFixed\(1\) \+ \"%, ", html._read("figures.js"))
    assert share
    heat, card = ([int(colours[name][at : at + 2], 16) for at in (1, 3, 5)] for name in ("heat", "card"))
    part = int(share[1]) / 100
    mixed = "#" + "".join(f"{round(a * part + b * (1 - part)):02x}" for a, b in zip(heat, card, strict=True))
    assert contrast(colours["text"], mixed) >= 4.5
