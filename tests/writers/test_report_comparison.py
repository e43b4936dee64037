"""Several runs in one page: a line a run, in its own colour."""

from __future__ import annotations

import json

from dvclive_cli.export.values import Curve, Point, Recorded
from dvclive_cli.writers.report.comparison import Compared, Table, page


def run(title: str, *names: str) -> Compared:
    curves = [Curve(name, [Point(0, 1), Point(1, 2)]) for name in names]
    return Compared(Recorded(title, None, None, 1, dict.fromkeys(names, 2), {}, curves), "", "", ())


def test_a_run_keeps_its_colour_where_others_are_missing() -> None:
    nothing = Table([], [])
    text = page([run("a", "loss"), run("b", "loss", "acc")], nothing, nothing, 0)
    found = json.loads(text.split('id="data">')[1].split("</script>")[0])
    lines = [(line["name"], line["colour"]) for line in found["lines"]]
    assert lines == [("a", 0), ("b", 1), ("b", 1)]
    assert [(chart["title"], chart["lines"]) for chart in found["charts"]] == [("loss", [0, 1]), ("acc", [2])]
