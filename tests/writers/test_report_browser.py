"""report.html in a real Chromium, from the disk, with the network off."""

from __future__ import annotations

import json
import math
import random
import re
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import chromium
import pytest
from PIL import Image

from dvclive_cli import plots
from dvclive_cli.events import Message, Metric, Param
from dvclive_cli.outcome import Outcome
from dvclive_cli.run import Run
from dvclive_cli.runs.recorded import Folder
from dvclive_cli.writers.report import gather, html

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not chromium.PATH, reason="needs Chromium: apt-get install chromium"),
]
EVIL = '</script><img src=x onerror="document.title=1"><b>\x1b[31m'
DONE = Outcome("completed", 0, None, 61_000)
INK = """(selector) => [...document.querySelectorAll(selector)].map((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  for (let at = 0; at < data.length; at += 4)
    if (data[at + 3] > 200) colours.add(data.slice(at, at + 3).join());
  return [...colours];
})"""
PURPLE, PALE_PURPLE = "123,63,196", "183,148,246"  # of a chart's first line, in light and dark


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class Training:
    """A run whose report is written again and again, as a session does."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.run, self.now_ms = folder, Run(), 1000
        self.path = folder / "report.html"
        self.url = f"file://{self.path}"

    def steps(self, count: int) -> None:
        draw = random.Random(self.run.step)
        for _ in range(count):
            step = self.run.step + 1 if self.run.series else 0
            for part in ("train", "val"):
                self.feed(Metric(f"{part}/loss", math.exp(-step / 30) + draw.random() / 10, step))
            self.feed(Metric("acc", 1 - math.exp(-step / 20), step))
            self.now_ms += 1000
            self.run.reached(self.now_ms)

    def feed(self, *events: Any) -> None:
        self.run.feed(events, self.now_ms)
        for series in self.run.series.values():
            series.plotted, series.rows = 1, []

    def write(self, outcome: Outcome | None = None, tail: str = "", **facts: Any) -> None:
        about = gather.About("bold-fox", outcome, self.now_ms, {"start_ms": 1000, **facts}, tail)
        text = html.page(gather.of_run(self.run, Folder(str(self.folder)), about))
        part = self.folder / "part"
        part.write_text(text)
        part.replace(self.path)


@pytest.fixture
def training(tmp_path: Path) -> Training:
    one = Training(tmp_path)
    one.steps(60)
    one.feed(Param("lr", 0.1))
    return one


def box(page: chromium.Page) -> list[float]:
    """Where the first chart's plane is in the window: left, top, width, height."""
    page.js("document.querySelector('.u-over').scrollIntoView({block: 'center'})")
    sides = "({left, top, width, height}) => [left, top, width, height]"
    found: list[float] = page.js(f"({sides})(document.querySelector('.u-over').getBoundingClientRect())")
    return found


def zoom_by_mouse(page: chromium.Page) -> None:
    """Drag over the middle third of the first chart."""
    left, top, width, height = box(page)
    page.drag((left + width / 3, top + height / 2), (left + 2 * width / 3, top + height / 2))


def press(page: chromium.Page, selector: str, text: str) -> None:
    """Click on the first of such elements that says so."""
    found = f"[...document.querySelectorAll('{selector}')].find((one) => one.textContent === '{text}')"
    page.js(f"{found}.click()")


ZOOM = "JSON.parse(sessionStorage.getItem(Object.keys(sessionStorage)[0])).zooms['loss|step']"


def test_charts_are_drawn_and_nothing_complains(training: Training) -> None:
    training.write(DONE)
    with chromium.Page(training.url) as page:
        page.until("document.querySelectorAll('canvas').length === 2")
        page.until("requestAnimationFrame(() => 0) > 2")
        first, second = page.js(f"({INK})('canvas')")
        assert PURPLE in first
        assert PURPLE in second
        assert "194,65,12" in first  # the validation's line in the same chart
        assert page.js("document.querySelector('.badge').textContent") == "completed"
        assert page.js("[...document.querySelectorAll('.chart h3')].map((one) => one.textContent)") == [
            "loss",
            "acc",
        ]
        assert page.complaints == []


def test_hovering_reads_all_series(training: Training) -> None:
    training.write(DONE)
    with chromium.Page(training.url) as page:
        page.until("document.querySelectorAll('canvas').length === 2")
        left, top, width, _ = box(page)
        page.move(left + width / 2, top + 20)
        page.until("document.querySelector('.at').textContent.startsWith('step ')")
        at = int(page.js("document.querySelector('.at').textContent").split()[1])
        assert 20 < at < 40
        values = page.js("[...document.querySelectorAll('.legend output')].map((one) => one.textContent)")
        assert len(values) == 3
        assert float(values[2]) == pytest.approx(1 - math.exp(-at / 20), rel=1e-4)  # the other chart's too
        assert page.complaints == []


def test_zoom_stays_while_the_run_goes_on_and_over_a_reload(training: Training) -> None:
    training.write()
    with chromium.Page(training.url, height=500) as page:
        page.until("document.querySelectorAll('canvas').length > 0")
        zoom_by_mouse(page)
        page.until(ZOOM)
        zoom, scroll = page.js(ZOOM), page.js("scrollY")
        assert 15 < zoom[0] < zoom[1] < 45
        training.steps(40)
        training.feed(Metric("new", 1.0, 100))
        training.write()
        page.until("document.querySelectorAll('.chart').length === 3")
        assert "step 100" in page.js("document.querySelector('.facts').textContent")
        assert page.js(ZOOM) == zoom
        assert page.js("scrollY") == scroll
        page.reload()
        page.until("document.querySelectorAll('canvas').length > 0")
        page.until("!document.querySelector('.chart button').hidden")
        assert page.js(ZOOM) == pytest.approx(zoom)
        training.write(DONE)
        page.until("document.querySelector('.badge').textContent === 'completed'")
        assert page.js(ZOOM) == pytest.approx(zoom)
        page.until("document.querySelectorAll('iframe').length === 0")
        assert page.complaints == []


def test_a_page_from_a_server_goes_on_too(training: Training) -> None:
    """As notebooks and build servers show it: an own origin, and a query in its address."""
    training.write()
    handler = partial(Quiet, directory=str(training.folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with chromium.Page(f"http://127.0.0.1:{server.server_port}/report.html?token=1") as page:
            page.until("document.querySelectorAll('canvas').length === 2")
            training.steps(5)
            training.write(DONE)
            page.until("document.querySelector('.badge').textContent === 'completed'")
            assert page.complaints == []
        server.shutdown()


def test_another_origin_is_told_nothing(training: Training, tmp_path: Path) -> None:
    """A page elsewhere that frames the report, as the report frames itself."""
    training.write()
    handler = partial(Quiet, directory=str(training.folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/report.html"
        spy = tmp_path / "spy.html"
        spy.write_text(
            "<script>window.heard = 0; onmessage = () => heard++</script>"
            f"<iframe src='{address}#dvclive-probe' onload='window.loaded = 1'></iframe>"
        )
        with chromium.Page(f"file://{spy}") as page:
            page.until("window.loaded")
            assert page.js("new Promise((done) => setTimeout(() => done(heard), 500))") == 0
        server.shutdown()


def test_dark_where_the_system_is_and_where_the_reader_wants_it(training: Training) -> None:
    training.write(DONE)
    back = "getComputedStyle(document.body).backgroundColor"
    with chromium.Page(training.url, dark=True) as page:
        page.until("document.querySelectorAll('canvas').length === 2")
        assert page.js(back) == "rgb(13, 17, 23)"
        assert PALE_PURPLE in page.js(f"({INK})('canvas')")[0]
        page.js("document.querySelector('.theme').click()")
        assert page.js(back) == "rgb(255, 255, 255)"
        page.until(f"({INK})('canvas')[0].includes('{PURPLE}')")
        page.emulate("light")
        page.js("document.querySelector('.theme').click()")
        assert page.js(back) == "rgb(13, 17, 23)"
        assert page.complaints == []


def test_a_keyboard_is_enough(training: Training) -> None:
    training.write(DONE)
    with chromium.Page(training.url) as page:
        page.until("document.querySelectorAll('canvas').length === 2")
        for _ in range(60):
            page.key("Tab")
            if page.js("document.activeElement.className") == "stage":
                break
        assert "loss" in page.js("document.activeElement.getAttribute('aria-label')")
        page.key("Home")
        page.key("ArrowRight")
        page.key("ArrowRight")
        said = page.js("document.querySelector('.chart [role=status]').textContent")
        assert said.startswith("step 2: train/loss ")
        page.key("+", "+")
        page.until(ZOOM)
        page.key("0", "0")
        page.until(f"!{ZOOM}")
        assert page.complaints == []


SELECT = "(one => {{ one.value = '{}'; one.dispatchEvent(new Event('change')) }})"
ACROSS = SELECT + "(document.querySelector('select'))"


@pytest.mark.parametrize("choose", ["time", "clock", "log", "smooth"])
def test_charts_are_drawn_otherwise(training: Training, choose: str) -> None:
    training.write(DONE)
    with chromium.Page(training.url) as page:
        page.until("document.querySelectorAll('canvas').length === 2")
        page.js(
            {
                "time": ACROSS.format("time"),
                "clock": ACROSS.format("clock"),
                "log": "document.querySelectorAll('.toolbar [type=checkbox]').forEach((one) => one.click())",
                "smooth": "(one => { one.value = 0.9; one.dispatchEvent(new Event('input')) })"
                "(document.querySelector('[type=range]'))",
            }[choose]
        )
        page.until(f"({INK})('canvas').every((colours) => colours.includes('{PURPLE}'))")
        page.js("document.querySelector('.stage').focus()")
        page.key("End")
        said = page.js("document.querySelector('.chart [role=status]').textContent")
        begins = {
            "time": "at 1:00: ",
            "clock": r"\d+/\d+/19\d\d, \d+:\d\d:01",
            "log": "step 59: ",
            "smooth": "step 59: ",
        }
        assert re.match(begins[choose], said)
        assert page.complaints == []


def test_hostile_names_params_and_output_add_no_node(training: Training) -> None:
    counts = []
    for name in ("plain", EVIL):
        run = Training(training.folder)
        run.feed(
            Metric(name, 1.0, 0), Metric(name, 2.0, 1), Metric("s", name, 0), Param(name, name), Message(name)
        )
        run.write(Outcome("failed", 1, None, 5000), tail=name, argv=[name], cwd=name)
        with chromium.Page(run.url) as page:
            page.until("document.querySelectorAll('canvas').length === 1")
            tags = page.js("[...document.querySelectorAll('*')].map((one) => one.tagName)")
            counts.append(tags)
            assert page.js("document.querySelectorAll('img').length") == 0
            assert page.complaints == []
    assert counts[0] == counts[1]


def test_every_plot_and_picture_has_its_place(training: Training) -> None:
    folder = training.folder
    for kind in ("roc", "precision_recall", "det", "calibration", "confusion_matrix"):
        labels: list[Any] = [0, 1] * 20
        guesses = [(n * 7 % 10) / 10 for n in range(40)] if kind != "confusion_matrix" else [0, 1, 1, 1] * 10
        (folder / "plots/sklearn").mkdir(parents=True, exist_ok=True)
        found = plots.compute(kind, labels, guesses, {})
        (folder / f"plots/sklearn/{kind}.json").write_text(json.dumps(found))
    (folder / "plots/custom").mkdir()
    (folder / "plots/custom/xy.json").write_text(json.dumps([{"x": n, "y": n * n} for n in range(20)]))
    (folder / "plots/images/s").mkdir(parents=True)
    for step in range(3):
        Image.new("RGB", (8, 8), (step * 100, 0, 0)).save(folder / f"plots/images/s/{step}.png")
    training.write(DONE)
    with chromium.Page(training.url, height=4000) as page:
        page.until("document.querySelectorAll('.plots canvas').length === 5")
        page.until(f"({INK})('.plots canvas').every((colours) => colours.includes('{PURPLE}'))")
        cells = page.js("[...document.querySelectorAll('.confusion .heat')].map((one) => one.textContent)")
        assert cells == ["10", "10", "0", "20"]
        page.until("document.querySelector('.picture img').naturalWidth === 8")
        slider = "document.querySelector('.picture [type=range]')"
        assert page.js("document.querySelector('.picture output').textContent") == "step 2"
        page.js(f"{slider}.focus()")
        page.key("Home")
        page.until("document.querySelector('.picture output').textContent === 'step 0'")
        assert page.complaints == []


TOOL = "[...document.querySelectorAll('.toolbar label')].find((one) => one.textContent.includes({!r}))"
FIND = "(text => {const one = document.querySelector('[type=search]'); one.value = text;" + (
    " one.dispatchEvent(new Event('input'))})"
)
TITLES = "[...document.querySelectorAll('.chart:not([hidden]) h3')].map((one) => one.textContent)"


def test_what_is_looked_for_is_found_among_charts_and_rows(training: Training) -> None:
    training.write(DONE)
    with chromium.Page(training.url) as page:
        page.until("document.querySelectorAll('canvas').length === 2")
        page.js(f"{FIND}('ACC')")
        assert page.js(TITLES) == ["acc"]
        assert page.js(
            "[...document.querySelectorAll('.metrics tbody th')].map((one) => one.textContent)"
        ) == ["acc"]
        page.js(f"{FIND}('loss val')")
        assert page.js(TITLES) == ["loss"]
        page.js(f"{FIND}('nothing like it')")
        assert page.js(TITLES) == []
        assert page.js("[...document.querySelectorAll('.note')].some((one) => !one.hidden)")
        assert page.complaints == []


def test_many_charts_stand_in_groups_that_close(training: Training) -> None:
    for step in range(2):
        for index in range(8):
            training.feed(*(Metric(f"{part}/m{index}", 1.0 * step, step) for part in ("enc", "dec")))
    training.write()
    names = "[...document.querySelectorAll('.group h3')].slice(0).map((one) => one.textContent)"
    with chromium.Page(training.url) as page:
        page.until("document.querySelectorAll('canvas').length > 0")
        groups = page.js(
            "[...document.querySelectorAll('details.group > summary')].map((one) => one.textContent)"
        )
        assert groups == []  # eight charts of two lines are few
        for index in range(8):
            training.feed(*(Metric(f"net/n{index}", 1.0 * step, step) for step in range(2)))
        training.write()
        page.until("document.querySelectorAll('details.group').length === 1")
        assert page.js("document.querySelector('.group > summary').textContent") == "net 8 charts"
        assert "net/n7" in page.js(names)
        page.js("document.querySelector('.group > summary').click()")
        page.reload()
        page.until("document.querySelectorAll('details.group').length === 1")
        assert not page.js("document.querySelector('details.group').open")
        assert page.complaints == []


def test_a_table_keeps_its_order_and_its_scroll_while_the_run_goes_on(training: Training) -> None:
    training.feed(*(Metric(f"z{index:03}", float(index % 7), 60) for index in range(100)))
    training.write()
    with chromium.Page(training.url) as page:
        page.until("document.querySelectorAll('.metrics tbody tr').length === 103")
        press(page, ".metrics .sort", "last")
        last = (
            "[...document.querySelectorAll('.metrics tbody tr')].map((one) => +one.children[1].textContent)"
        )
        assert page.js(last) == sorted(page.js(last), reverse=True)
        assert page.js("document.querySelector('[aria-sort]').ariaSort") == "descending"
        page.js("document.querySelector('.metrics .scroller').scrollTop = 700")
        training.steps(5)
        training.write()
        page.until("document.querySelector('.facts').textContent.includes('step 65')")
        assert page.js("document.querySelector('.metrics .scroller').scrollTop") == 700
        assert page.js(last) == sorted(page.js(last), reverse=True)
        assert page.complaints == []


def test_charts_zoom_together(training: Training) -> None:
    training.write(DONE)
    zooms = "Object.keys(JSON.parse(sessionStorage.getItem(Object.keys(sessionStorage)[0])).zooms)"
    with chromium.Page(training.url) as page:
        page.until("document.querySelectorAll('canvas').length === 2")
        page.js(TOOL.format("zoom together") + ".firstChild.click()")
        zoom_by_mouse(page)
        page.until(f"{zooms}.length === 2")
        page.js("document.querySelector('.chart button:not([hidden])').click()")
        page.until(f"{zooms}.length === 0")
        assert page.complaints == []


def test_a_spike_does_not_flatten_the_rest(training: Training) -> None:
    training.feed(Metric("spiky", 1e6, 0), *(Metric("spiky", step % 5, step) for step in range(1, 400)))
    training.write(DONE)
    with chromium.Page(training.url, height=2000) as page:
        page.until("document.querySelectorAll('canvas').length === 3")
        ink = f"({INK})('canvas')[2].length"
        page.js(TOOL.format("no outliers") + ".firstChild.click()")
        page.until(f"{ink} > 0")
        page.js("document.querySelectorAll('.stage')[2].focus()")
        page.key("Home")
        assert "spiky 1000000" in page.js("document.querySelectorAll('.chart [role=status]')[2].textContent")
        assert page.complaints == []


def test_the_address_brings_back_what_was_seen(training: Training) -> None:
    training.write(DONE)
    with chromium.Page(training.url) as page:
        page.until("document.querySelectorAll('canvas').length === 2")
        zoom_by_mouse(page)
        page.until(ZOOM)
        zoom = page.js(ZOOM)
        page.js(
            "navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve(); }"
        )
        press(page, "button", "Copy link")
        page.until("window.copied")
        address = page.js("window.copied")
    with chromium.Page(address) as page:
        page.until("document.querySelectorAll('canvas').length === 2")
        page.until("!document.querySelector('.chart button').hidden")
        assert page.js(ZOOM) == pytest.approx(zoom)
        assert page.complaints == []


@pytest.mark.parametrize("view", ['{"x":"wrong","sorts":{"Metrics":1}}', '{"zooms":null}', "{", "%"])
def test_a_wrong_address_is_no_view(training: Training, view: str) -> None:
    training.write(DONE)
    with chromium.Page(f"{training.url}#view={view}") as page:
        page.until("document.querySelectorAll('canvas').length === 2")
        assert page.complaints == []


def test_a_chart_is_saved_as_a_table_and_as_a_picture(training: Training) -> None:
    training.write(DONE)
    folder = training.folder / "saved"
    with chromium.Page(training.url) as page:
        page.save_to(folder)
        page.until("document.querySelectorAll('canvas').length === 2")
        for kind in ("CSV", "PNG"):
            press(page, ".chart button", kind)
        limit = time.monotonic() + 30
        while len([*folder.glob("loss.[cp]*")]) < 2 and time.monotonic() < limit:
            page.js("new Promise((done) => setTimeout(done, 50))")
        assert page.complaints == []
    rows = (folder / "loss.csv").read_text().splitlines()
    assert rows[0] == "step,train/loss,val/loss"
    assert len(rows) == 61
    assert float(rows[1].split(",")[1]) == pytest.approx(training.run.series["train/loss"].first, rel=1e-6)
    with Image.open(folder / "loss.png") as picture:
        assert picture.width > 300
        colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 20) or []}
    assert {(123, 63, 196), (194, 65, 12)} <= colours


def test_one_slider_moves_all_images(training: Training) -> None:
    for name in ("a", "b"):
        (training.folder / f"plots/images/{name}").mkdir(parents=True)
        for step in range(3 if name == "a" else 5):
            Image.new("RGB", (8, 8), (step * 50, 0, 0)).save(
                training.folder / f"plots/images/{name}/{step}.png"
            )
    training.write(DONE)
    labels = "[...document.querySelectorAll('.picture output')].map((one) => one.textContent)"
    with chromium.Page(training.url) as page:
        page.until("document.querySelectorAll('.picture').length === 2")
        assert page.js(labels) == ["step 2", "step 4"]
        page.js("document.querySelector('.common input').focus()")
        page.key("Home")
        page.until(f"{labels}.join() === 'step 0,step 0'")
        page.js("document.querySelector('.common input').value = 3")
        page.js("document.querySelector('.common input').dispatchEvent(new Event('input'))")
        assert page.js(labels) == ["step 2", "step 3"]
        assert page.complaints == []


def test_what_went_wrong_stands_before_all_else(training: Training) -> None:
    training.write(Outcome("failed", 1, None, 5000), tail="\n".join(map(str, range(100))))
    with chromium.Page(training.url) as page:
        page.until("document.querySelectorAll('canvas').length > 0")
        assert page.js("document.querySelector('details').id") == "output"
        pre = "document.querySelector('pre')"
        assert page.js(f"{pre}.scrollTop + {pre}.clientHeight >= {pre}.scrollHeight - 4")
        assert page.complaints == []
