"""The report in the output of a real notebook's cell."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import nbformat
import pytest
import scripts
from nbclient import NotebookClient

CELL = """
from dvclive import Live
with Live(report={report!r}, save_dvc_exp=False) as live:
    live.log_metric("loss", 0.5)
    live.next_step()
    live.log_metric("loss", 0.25)
"""


def outputs(report: str, cwd: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    monkeypatch.chdir(cwd)
    for name, value in scripts.environment(cwd).items():
        monkeypatch.setenv(name, value)
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL.format(report=report))])
    NotebookClient(book, timeout=100, kernel_name="python3").execute()
    return [one["data"] for one in book.cells[0].outputs if one.output_type == "display_data"]


@pytest.mark.parametrize("report", ["notebook", "auto"])
def test_one_output_that_ends_as_the_finished_report(
    report: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data,) = outputs(report, tmp_path, monkeypatch)
    page = html.unescape(re.findall('srcdoc="([^"]*)"', data["text/html"])[0])
    assert page == (tmp_path / "dvclive/report.html").read_text()
    assert "0.25" in page
    assert json.loads((tmp_path / "dvclive/run.json").read_text())["status"] == "completed"
