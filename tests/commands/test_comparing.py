"""`dvclive compare`: on the terminal, and as a page."""

from __future__ import annotations

import io
import json
import os
import re
from typing import Any

import chromium
import pytest
from PIL import Image as Picture
from processes import DVCLIVE, Ended, Place, python
from test_show import losses, record

from dvclive_cli.events import Image, Metric, Param
from dvclive_cli.outcome import Outcome
from dvclive_cli.recording.session import Session, SessionConfig


def compare(place: Place, *words: str) -> Ended:
    return place.bare([*DVCLIVE, "compare", *words])


def with_image(folder: str, name: str, colour: tuple[int, int, int]) -> None:
    data = io.BytesIO()
    Picture.new("RGB", (4, 4), colour).save(data, "PNG")
    session = Session(SessionConfig(folder), {"start_ms": 0, "argv": ["train"]}, lambda text: None)
    session.open()
    session.feed([Param("lr", 1), Metric("loss", 1, 0), Metric("loss", 0.5, 1)], 0)
    session.feed([Image(f"{name}.png", data.getvalue())], 0)
    session.close(Outcome("completed", 0, None, 1))


def known(path: str) -> dict[str, Any]:
    """The data in a page."""
    with open(path) as file:
        found = re.search(r'<script type="application/json" id="data">(.*?)</script>', file.read(), re.S)
    assert found
    data = json.loads(found[1])
    assert isinstance(data, dict)
    return data


def test_directories(place: Place) -> None:
    record(place.path("a"), losses(2, 1))
    record(place.path("b"), losses(3, 0.5))
    ended = compare(place, "a", "b", "--width", "60")
    assert (ended.code, ended.err) == (0, b"")
    rows = [line.split() for line in ended.out.decode().splitlines()]
    assert ["lr", "2.0", "3.0"] in rows or ["lr", "2", "3"] in rows
    assert ["loss", "1", "0.5", "-0.5", "(-50.0%)", "better"] in rows
    assert any("A a" in " ".join(row) and "B b" in " ".join(row) for row in rows)


def test_one_word_is_what_the_run_directory_is_measured_against(repo: Place) -> None:
    """Here a revision that has a run."""
    repo.env["DVCLIVE_DIR"] = "run"
    for value in (2, 1):
        code = f"print('@dvclive step=0 loss=3'); print('@dvclive step=1 loss={value}')"
        options = ["--dir", "run", "--quiet", "--no-save-dvc-exp"]
        assert repo.bare([*DVCLIVE, "run", *options, "--", *python(code)]).code == 0
        if value == 2:
            repo.bare(["git", "add", "run"])
            assert repo.bare(["git", "commit", "-qm", "results"]).code == 0
    rows = [line.split() for line in compare(repo, "main").out.decode().splitlines()]
    assert ["metric", "main", "run", "change"] in rows
    assert ["loss", "2", "1", "-1", "(-50.0%)", "better"] in rows


def test_a_page(place: Place) -> None:
    with_image(place.path("a"), "roc", (255, 0, 0))
    with_image(place.path("b"), "roc", (0, 0, 255))
    with_image(place.path("c"), "other", (0, 0, 0))
    ended = compare(place, "a", "b", "c", "--html", "page.html")
    assert (ended.code, ended.out, ended.err) == (0, b"page.html\n", b"")
    data = known(place.path("page.html"))
    assert data["charts"] == [{"title": "loss", "lines": [0, 1, 2], "system": False, "group": ""}]
    assert [line["name"] for line in data["lines"]] == ["a", "b", "c"]
    same = {"said": "=", "kind": "dim"}
    assert data["metrics"] == [["loss", 0.5, 0.5, same, 0.5, same]]
    assert (data["runs"], data["differing"]) == (["a", "b", "c"], 0)
    pictures = data["pictures"]
    assert [one["name"] for one in pictures] == ["a: roc.png", "b: roc.png", "c: other.png"]
    assert pictures[0]["shots"] != pictures[1]["shots"]


def test_where_it_cannot_be_written(place: Place) -> None:
    """What was there before is still there."""
    record(place.path("a"), losses(2, 1))
    for target in ("a", "no/such/folder/page.html"):
        ended = compare(place, "a", "a", "--html", target)
        assert ended.code in (2, 125)
        assert b"compare-failed" in ended.err
    assert os.path.exists(place.path("a/metrics.json"))
    with open(place.path("page.html"), "w") as file:
        file.write("mine")
    assert compare(place, "a", "nowhere", "--html", "page.html").code == 2
    with open(place.path("page.html")) as file:
        assert file.read() == "mine"


EVIL = "</script><img src=x onerror=document.title='pwned'>"


def test_nothing_hostile_ends_the_data(place: Place) -> None:
    folder = place.path("a")
    record(folder, [Param(EVIL, EVIL), Metric(f"m{EVIL}", 1, 0), Metric(f"m{EVIL}", 2, 1)])
    assert compare(place, "a", "a", "--html", "page.html").code == 0
    with open(place.path("page.html")) as file:
        text = file.read()
    assert "<img" not in text
    assert known(place.path("page.html"))["charts"][0]["title"].startswith("m</script>")


@pytest.mark.integration
@pytest.mark.skipif(not chromium.PATH, reason="needs Chromium: apt-get install chromium")
def test_a_browser_draws_it(place: Place) -> None:
    """Charts, images beside each other, and no node that a name asked for."""
    with_image(place.path("a"), "roc", (255, 0, 0))
    with_image(place.path("b"), "roc", (0, 0, 255))
    record(place.path("evil"), [Param(EVIL, EVIL), Metric(f"m{EVIL}", 1, 0), Metric(f"m{EVIL}", 2, 1)])
    assert compare(place, "a", "b", "evil", "--html", "page.html").code == 0
    with chromium.Page(f"file://{place.path('page.html')}") as page:
        page.until("document.querySelectorAll('.chart canvas').length >= 1")
        assert page.js("document.querySelectorAll('.picture img').length") == 2
        assert page.js("document.querySelectorAll('img[onerror]').length") == 0
        assert page.js("document.title") == "a · b · evil"
        page.js("document.querySelectorAll('.runs button')[1].click()")
        legend = "[...document.querySelector('.chart .legend').children].map((one) => one.hidden)"
        assert page.js(legend)[:2] == [False, True]
        assert page.js("document.querySelectorAll('.runs button')[1].ariaPressed") == "false"
        rows = "[...document.querySelectorAll('.params tbody th')].map((one) => one.textContent)"
        assert page.js(rows) == ["lr", EVIL]  # what differs; a run without them counts
        assert page.complaints == []
