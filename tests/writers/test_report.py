"""The report: one page, and nothing in it that acts."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from PIL import Image

from dvclive_cli.events import Metric, Param
from dvclive_cli.run import Run
from dvclive_cli.writers.report import render

EVIL = '</title><script>alert("x")</script><img src=x onerror=y>|`*[a](b)`\n# h\x1b[31m'


def made(*events):
    run = Run()
    run.feed(events, 0)
    for series in run.series.values():
        series.plotted = len(series.rows)
    return run


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.seen, self.texts = [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.seen if name == tag]


def test_a_page_shows_params_values_charts_and_pictures(tmp_path):
    Image.new("RGB", (2, 2)).save(tmp_path / "p.png")
    run = made(Param("lr", 0.1), *(Metric("train/loss", 1 / step, step) for step in range(1, 500)))
    page = Tags(render("html", run, "bold-run", {"p.png": str(tmp_path / "p.png")}, running=False))
    assert {"bold-run", "lr", "0.1", "train/loss"} <= set(page.texts)
    assert [attrs["aria-label"] for attrs in page.all("svg")] == ["train/loss"]
    assert len(page.all("polyline")[0]["points"].split()) > 100
    assert page.all("img")[0]["src"].startswith("data:image/png;base64,")
    assert not any(attrs.get("http-equiv") for attrs in page.all("meta"))


def test_a_running_page_refreshes_itself():
    assert Tags(render("html", Run(), "x", {}, running=True)).all("meta")[1]["http-equiv"] == "refresh"


def test_names_and_values_are_text_in_html(tmp_path):
    run = made(Param(EVIL, EVIL), Metric(EVIL, 1.0, 0), Metric("s", EVIL, 0))
    page = Tags(render("html", run, EVIL, {EVIL: "/no/such"}, running=False))
    assert not page.all("script")
    assert not page.all("img")
    assert "\x1b" not in "".join(page.texts)


def test_names_and_values_are_text_in_markdown():
    run = made(Param(EVIL, EVIL), Metric(EVIL, 1.0, 0))
    text = render("md", run, "t", {}, running=False)
    lines = text.splitlines()
    assert [line for line in lines if line.startswith("#")] == ["# t", "## Params", "## Metrics"]
    assert "<script" not in text.replace("\\<", "")
    assert all(line.replace("\\|", "").count("|") in (0, 3, 6) for line in lines)


@pytest.mark.parametrize("values", [[1.0], [2.0, 2.0], [1e308, -1e308], [float("nan"), 3.0], [5e-324, 0.0]])
def test_any_numbers_have_a_chart_within_the_frame(values):
    run = made(*(Metric("a", value, step) for step, value in enumerate(values)))
    (line,) = Tags(render("html", run, "t", {}, running=False)).all("polyline")
    for point in line["points"].split():
        x, y = map(float, point.split(","))
        assert 0 <= x <= 360
        assert 0 <= y <= 200


def test_a_series_without_numbers_has_no_chart():
    assert not Tags(render("html", made(Metric("a", "text", 0)), "t", {}, running=False)).all("svg")
