"""What has to hold whatever bytes a reader is given: a function for each, for hypothesis and for atheris.

A function takes bytes and raises where it does not hold.
"""

from __future__ import annotations

import os
import tempfile
from typing import Any

from dvclive_cli import protocol
from dvclive_cli.capture import Capture, CaptureOptions, validate_options
from dvclive_cli.errors import DvcliveError
from dvclive_cli.run import PlotEntry, Run
from dvclive_cli.writers import dvc_yaml, metrics_tsv, run_json


def protocol_line(data: bytes) -> None:
    """A record is events or a refusal; an event's text gives the event back, and a run can take it."""
    body = data.decode("utf-8", "replace").replace("\n", " ")
    try:
        events = protocol.parse(body)
    except protocol.Refusal:
        return
    for event in events:
        for form in (protocol.encode, protocol.encode_json):
            text = form(event)
            assert "\n" not in text
            again = protocol.parse(text.removeprefix(protocol.SENTINEL).strip())
            assert repr(again) == repr([event]), (event, text)
    Run().feed(events, 0)


def stream(data: bytes) -> None:
    """However the bytes are cut, the same comes out, and nothing of ours fails."""
    cut = data[0] % (len(data) + 1) if data else 0
    found = []
    for parts in ((data,), (data[:cut], data[cut:])):
        capture = Capture("stdout", CaptureOptions(trust_stdout=True))
        matches = [match for part in parts for match in capture.feed(part)] + capture.close()
        assert capture.counts.errors == 0
        found.append([(match.rule, event) for match in matches for event in match.events])
    assert repr(found[0]) == repr(found[1])


def torn_rows(data: bytes) -> None:
    """Mending only ever cuts the end off, leaves whole lines, and mending again changes nothing."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x.tsv")
        with open(path, "wb") as file:
            file.write(data)
        torn = metrics_tsv.is_torn(path)
        row = metrics_tsv.mend(path)
        with open(path, "rb") as file:
            left = file.read()
        assert data.startswith(left)
        assert torn == (left != data)
        assert left == b"" or left.endswith(b"\n")
        assert metrics_tsv.mend(path) == row
        assert not metrics_tsv.is_torn(path)
        if row is not None:
            metrics_tsv.last_value(row)
        metrics_tsv.MetricsTsv(folder).resume()


_WANTED = dvc_yaml.Wanted(
    prefix="run",
    metrics=("run/metrics.json", "run/run.json"),
    plots={"run/plots/metrics": PlotEntry({}, {"x": "step"})},
    params=("run/params.yaml",),
    artifacts={"model": {"path": "model.pt", "type": "model"}},
)


def users_yaml(data: bytes) -> None:
    """The user's file is left alone and said to be bad, or holds all that it held and what we want; once."""
    from dvclive_cli.yamltext import parse

    old = data.decode("utf-8", "replace")
    try:
        new = dvc_yaml.merged(old, _WANTED, lambda entry: False)
    except DvcliveError:
        return
    now: Any = parse(new)
    assert "run/metrics.json" in now["metrics"]
    assert dvc_yaml.merged(new, _WANTED, lambda entry: False) == new
    if old.strip():
        before: Any = parse(old) or {}
        plain = [key for key in before if type(key) is str]  # others (a tag, a mapping) equal nothing
        for key in {*plain} - {"metrics", "plots", "params", "artifacts"}:
            assert repr(now[key]) == repr(before[key]), key


def users_format(data: bytes) -> None:
    """A table of a user's format is refused with a reason, or reads whatever is printed."""
    text = data.decode("utf-8", "replace")
    table, _, printed = text.partition("\0")
    try:
        import tomllib
    except ImportError:  # 3.10
        return
    try:
        known = tomllib.loads(table)
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    options = CaptureOptions(user_formats=(("mine", known),))
    try:
        validate_options(options)
    except DvcliveError:
        return
    capture = Capture("stdout", options)
    capture.feed(printed.encode())
    capture.close()
    assert capture.counts.errors == 0


def earlier_record(data: bytes) -> None:
    """Whatever run.json holds, a run that goes on can write its own."""
    sessions = run_json.parse(data.decode("utf-8", "replace"))
    assert isinstance(run_json.render({"start_ms": 0}, sessions, None), str)


TARGETS = {
    target.__name__: target
    for target in (protocol_line, stream, torn_rows, users_yaml, users_format, earlier_record)
}

# What a reader meets, in pieces: hypothesis and atheris put them together.
PIECES: dict[str, tuple[bytes, ...]] = {
    "protocol_line": (
        *(b"metric ", b"param ", b"step ", b"next-step", b"summary ", b"image ", b"plot ", b"artifact "),
        *(b"loss", b"=", b"0.5", b"nan", b"-inf", b"1e999", b'"', b"\\u0000", b"{", b"}", b"[", b"]", b":"),
        *(
            b",",
            b" ",
            b"step=",
            b"timestamp=",
            b"rank=",
            b"true",
            b"null",
            b"9" * 40,
            b'{"metric": {"a": 1}}',
        ),
    ),
    "stream": (
        *(
            b"@dvclive ",
            b"loss=0.5",
            b" step=3",
            b"\n",
            b"\r",
            b"\r\n",
            b"\x1b[2K",
            b"\x1b[1A",
            b"\b",
            b"\xff",
        ),
        *(
            b"epoch 1/3",
            b" 50%|#####     | 5/10",
            b'{"loss": 0.5, "step": 1}',
            b"{'a': 1}",
            b"| a | b |",
            b"\t",
        ),
        *(b"epoch,loss\n1,0.5\n", b"+---+---+", b"nan", b"Iter ", b"[0]\ttrain-rmse:0.5", b"  ", b":"),
        b"\0",
    ),
    "torn_rows": (
        b"step\tloss\n",
        b"timestamp\tstep\tloss\n",
        b"1\t0.5\n",
        b"2\t",
        b'3\t"a\nb"\n',
        b'"',
        b"\n",
    ),
    "users_yaml": (
        *(b"stages:\n", b"  train:\n    cmd: x\n", b"metrics:\n", b"- run/metrics.json\n", b"plots:\n"),
        *(
            b"  - a.csv: {x: 1}\n",
            b"params: []\n",
            b"# note\n",
            b"artifacts:\n  m:\n    path: p\n",
            b"&a ",
            b"*a",
        ),
        *(
            b"!!python/object:x ",
            b"---\n",
            b"\t",
            b"'",
            b'"',
            b"{",
            b"}",
            b"\xef\xbb\xbf",
            b"\r\n",
            b": ",
            b"? ",
        ),
    ),
    "users_format": (
        *(b"line = 'a'\n", b"pattern = '(?P<loss>.*)'\n", b"patterns = ['(?P<a>x)']\n", b"step = 'epoch'\n"),
        *(
            b"[",
            b"]",
            b"=",
            b"1",
            b"'",
            b"\n",
            b"\0",
            b"kind = 'pairs'\n",
            b"example = 'loss 0.5'\n",
            b"loss 0.5",
        ),
    ),
    "earlier_record": (
        b'{"sessions": [',
        b"{}",
        b"]}",
        b'{"status": "running"}',
        b",",
        b"null",
        b'"duration": 1',
    ),
}
