"""A sender against a real server on this machine that can be as bad as a network."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from studio_server import CERTIFICATE, Reply, Studio

from dvclive_cli.errors import DvcliveError
from dvclive_cli.studio import bodies, delivery, gather, post, sender
from dvclive_cli.studio.bodies import Identity
from dvclive_cli.studio.gather import Snapshot
from dvclive_cli.studio.ledger import Ledger
from dvclive_cli.studio.post import Poster
from dvclive_cli.studio.sender import Sender

WHO = Identity("git@example.com:o/r.git", "a" * 40, "brave-fox")
CURVE = "plots/metrics/train/loss.tsv"


class Run:
    """A run directory that grows, and what is shown of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / CURVE).parent.mkdir(parents=True)
        self.file = open(folder / CURVE, "w")  # noqa: SIM115
        self.file.write("step\tloss\n")
        self.step = 0

    def grow(self, points: int) -> Snapshot:
        for _ in range(points):
            self.file.write(f"{self.step}\t{self.step / 8}\n")
            self.step += 1
        self.file.flush()
        return Snapshot(self.step, {"train": {"loss": self.step / 8}}, {"lr": 0.1}, {})

    @property
    def points(self) -> dict[tuple[str, int], float]:
        return {(f"d/{CURVE}", step): step / 8 for step in range(self.step)}


@pytest.fixture
def studio() -> Iterator[Studio]:
    with Studio() as server:
        yield server
        assert server.refused == []


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path / "d")


def make(run: Run, url: str, notes: list[str], *, token: str = "token", **more: object) -> Sender:
    place = str(run.folder / "ledger")
    ledger = Ledger.load(place) or Ledger(place, WHO, "1", {"prefix": "d/"})
    options = {"interval": 0.02, "note": notes.append, **more}
    return Sender(Poster(url, token), ledger, str(run.folder), **options)  # type: ignore[arg-type]


FAULTS = {
    **{str(status): [Reply(status)] for status in (408, 425, 429, 500, 502, 503, 504)},
    "retry-after": [Reply(429, headers=(("Retry-After", "1"),))],
    "reset": [Reply(trouble="reset")],
    "hang-up": [Reply(trouble="hang-up")],
    "reply lost after the commit": [Reply(trouble="reset", commit=True)],
    "not text": [Reply(503, b"\xff\xfe\x00")],
    "a flood": [Reply(503, b"x" * 10_000_000)],
    "gzip": [Reply(503, b"\x1f\x8b" + bytes(1000), (("Content-Encoding", "gzip"),))],
    "several": [Reply(503), Reply(trouble="reset"), Reply(500), Reply(trouble="hang-up"), Reply(429)],
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("at", [0, 2])
def test_after_a_fault_the_server_has_every_point_once(
    fault: list[Reply], at: int, studio: Studio, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault meets the start of the run, or data in the middle."""
    monkeypatch.setattr(delivery, "FIRST_WAIT", 0.02)
    notes: list[str] = []
    studio.faults = lambda number: fault[number - at] if at <= number < at + len(fault) else None
    one = make(run, studio.url, notes)
    one.start()
    for _ in range(20):
        one.show(run.grow(10))
        time.sleep(0.01)
    assert one.finish(bodies.done(WHO, "b" * 40, []), 8)
    assert studio.only.points == run.points
    assert studio.only.events[-1] == "done"
    assert studio.only.metrics == {"d/metrics.json": {"train": {"loss": run.step / 8}}}
    assert studio.only.params == {"d/params.yaml": {"lr": 0.1}}
    assert notes == []


def test_posts_are_coalesced_and_the_connection_is_kept(studio: Studio, run: Run) -> None:
    one = make(run, studio.url, [], interval=0.2)
    one.start()
    until = time.monotonic() + 1.0
    while time.monotonic() < until:
        one.show(run.grow(1))
        time.sleep(0.001)
    assert one.finish(bodies.done(WHO, None, []), 5)
    assert studio.only.points == run.points
    assert studio.only.events.count("data") <= 7
    assert studio.connections == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_bad_token_is_said_once_and_not_tried_again(status: int, studio: Studio, run: Run) -> None:
    notes: list[str] = []
    studio.faults = lambda number: Reply(status)
    one = make(run, studio.url, notes)
    one.start()
    for _ in range(5):
        one.show(run.grow(1))
        time.sleep(0.05)
    assert not one.finish(bodies.done(WHO, None, []), 5)
    assert len(studio.bodies) == 1
    assert len(notes) == 1
    assert "dvc studio login" in notes[0]
    assert "token token" not in notes[0]


def test_what_one_thing_is_refused_for_holds_back_nothing_else(studio: Studio, run: Run) -> None:
    bad = run.folder / "plots/images"
    bad.mkdir()
    (bad / "bad.png").write_bytes(b"bad")
    (bad / "good.png").write_bytes(b"good")

    def refuse(number: int) -> Reply | None:
        return (
            Reply(400, b'{"detail": "no"}')
            if "d/plots/images/bad.png" in studio.bodies[-1].get("plots", {})
            else None
        )

    studio.faults = refuse
    notes: list[str] = []
    one = make(run, studio.url, notes)
    one.start()
    one.show(run.grow(5))
    assert one.finish(bodies.done(WHO, None, []), 5)
    assert studio.only.points == run.points
    assert studio.only.images == {"d/plots/images/good.png": b"good"}
    assert any("400" in note for note in notes)


def test_a_redirect_to_a_login_page_is_no_success(studio: Studio, run: Run) -> None:
    studio.faults = lambda number: Reply(302, headers=(("Location", f"{studio.url}/login"),))
    notes: list[str] = []
    one = make(run, studio.url, notes)
    one.start()
    one.show(run.grow(5))
    assert not one.finish(bodies.done(WHO, None, []), 0.5)
    assert studio.experiments == {}
    assert "302" in notes[0]


def test_a_server_that_is_away_delays_nothing_and_what_was_kept_is_sent_later(run: Run) -> None:
    with socket.socket() as away:
        away.bind(("127.0.0.1", 0))
        port = away.getsockname()[1]
    one = make(run, f"http://127.0.0.1:{port}", [])
    one.start()
    began = time.monotonic()
    for _ in range(100):
        one.show(run.grow(10))
    assert time.monotonic() - began < 0.5
    assert not one.finish(bodies.done(WHO, None, []), 0.2)
    with Studio() as studio:
        later = make(run, studio.url, [])
        assert later.ledger.ending == bodies.done(WHO, None, [])
        later.start()
        later.show(run.grow(0))
        assert later.finish(later.ledger.ending, 5)
        assert studio.only.points == run.points


def test_a_long_time_offline_then_a_server(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept in memory meanwhile: rows wait in the run's own files."""
    monkeypatch.setattr(delivery, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(delivery, "LONGEST_WAIT", 0.01)
    with socket.socket() as away:
        away.bind(("127.0.0.1", 0))
        port = away.getsockname()[1]
        one = make(run, f"http://127.0.0.1:{port}", [], interval=0.001)
        one.start()
        for _ in range(200):
            one.show(run.grow(100))
            time.sleep(0.002)
    with Studio(port=port) as studio:
        for _ in range(10):
            one.show(run.grow(100))
            time.sleep(0.01)
        assert one.finish(bodies.done(WHO, None, []), 10)
        assert studio.only.points == run.points
        assert studio.only.events[-1] == "done"


def test_more_curves_than_a_request_takes(studio: Studio, run: Run) -> None:
    """And a text among the metrics, a NaN among the params, a metric that is no number yet."""
    for number in range(230):
        (run.folder / f"plots/metrics/m{number}.tsv").write_text(f"step\tm{number}\n0\t{number}\n")
    (run.folder / "plots/metrics/word.tsv").write_text("step\tword\n0\t\n1\tone two\n")
    one = make(run, studio.url, [])
    one.start()
    run.grow(3)
    one.show(Snapshot(2, {"word": "one two"}, {"bad": float("nan"), "lr": 0.1}, {}))
    assert one.finish(bodies.done(WHO, None, []), 5)
    many = {(f"d/plots/metrics/m{number}.tsv", 0): number for number in range(230)}
    words = {("d/plots/metrics/word.tsv", 0): "", ("d/plots/metrics/word.tsv", 1): "one two"}
    assert studio.only.points == {**run.points, **many, **words}
    assert studio.only.params == {"d/params.yaml": {"bad": "nan", "lr": 0.1}}
    assert max(len(body.get("plots", {})) for body in studio.bodies) == 200


def test_a_server_that_accepts_and_is_silent(
    studio: Studio, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "READ_TIMEOUT", 0.2)
    studio.faults = [Reply(trouble="silence")]
    one = make(run, studio.url, [])
    one.start()
    one.show(run.grow(5))
    assert one.finish(bodies.done(WHO, None, []), 5)
    assert studio.only.points == run.points


def test_a_full_backlog(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """listen(0) and nobody accepts: connecting neither fails nor succeeds."""
    monkeypatch.setattr(post, "CONNECT_TIMEOUT", 0.2)
    with socket.socket() as server, socket.socket() as first, socket.socket() as second:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for client in (first, second):
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        one = make(run, f"http://127.0.0.1:{server.getsockname()[1]}", [])
        one.start()
        one.show(run.grow(5))
        assert not one.finish(None, 0.5)


def test_who_goes_on_sends_nothing_twice(studio: Studio, run: Run) -> None:
    """As after a recorder that was killed."""
    one = make(run, studio.url, [])
    one.start()
    one.show(run.grow(50))
    assert one.finish(None, 5)
    other = make(run, studio.url, [])
    other.start()
    other.show(run.grow(50))
    assert other.finish(bodies.done(WHO, None, []), 5)
    assert studio.only.events.count("start") == 1
    assert studio.only.points == run.points
    assert studio.only.duplicates == 0


def test_a_long_curve_is_sent_in_parts_that_fit(
    studio: Studio, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "MAX_PLOT", 20_000)
    monkeypatch.setattr(bodies, "MAX_REQUEST", 60_000)
    one = make(run, studio.url, [])
    one.start()
    one.show(run.grow(5000))
    assert one.finish(bodies.done(WHO, None, []), 8)
    assert studio.only.points == run.points
    assert max(len(json.dumps(body)) for body in studio.bodies) < 60_000


def test_half_a_row_waits_for_the_rest(run: Run) -> None:
    run.grow(2)
    run.file.write('2\t"a\nb')
    run.file.flush()
    now = Snapshot(0, {}, {}, {})
    (part,) = gather.parts(str(run.folder), "", now, {})
    assert len(part.content["data"]) == 2
    run.file.write('"\n3\t1')
    run.file.flush()
    (part,) = gather.parts(str(run.folder), "", now, {part.key: part.mark})
    assert part.content["data"] == [{"step": 2, "loss": "a\nb"}]


def test_a_file_of_rows_that_is_another_now(run: Run) -> None:
    """Removed and begun anew it is sent from its beginning; made again as it was, from where it had come."""
    run.grow(4)
    now = Snapshot(0, {}, {}, {})
    (part,) = gather.parts(str(run.folder), "", now, {})
    marks = {part.key: part.mark}
    path = run.folder / CURVE
    text = path.read_text()

    def left() -> list[int]:
        return [
            row["step"]
            for found in gather.parts(str(run.folder), "", now, marks)
            for row in found.content["data"]
        ]

    assert left() == []
    (run.folder / "again").write_text(text + "4\t0.5\n")
    os.replace(run.folder / "again", path)
    assert left() == [4]
    (run.folder / "anew").write_text("step\tloss\n7\t0.5\n")
    os.replace(run.folder / "anew", path)
    assert left() == [7]


def test_what_is_too_large_is_said_and_holds_back_nothing(studio: Studio, run: Run) -> None:
    (run.folder / "plots/images").mkdir()
    with open(run.folder / "plots/images/huge.png", "wb") as file:
        file.truncate(bodies.MAX_PLOT + 1)
    (run.folder / "plots/custom").mkdir()
    (run.folder / "plots/custom/odd.json").write_text("no table")
    notes: list[str] = []
    one = make(run, studio.url, notes)
    one.start()
    for _ in range(3):
        one.show(run.grow(5))
        time.sleep(0.05)
    assert one.finish(bodies.done(WHO, None, []), 5)
    assert studio.only.points == run.points
    assert [note.split(":")[0] for note in notes] == [
        "Studio is not sent d/plots/custom/odd.json",
        "Studio is not sent d/plots/images/huge.png",
    ]


@pytest.mark.parametrize("where", ["start", "done"])
def test_an_event_that_is_refused_is_not_asked_for_again(where: str, studio: Studio, run: Run) -> None:
    studio.faults = lambda number: Reply(400) if studio.bodies[-1]["type"] == where else None
    notes: list[str] = []
    one = make(run, studio.url, notes)
    one.start()
    one.show(run.grow(5))
    assert one.finish(bodies.done(WHO, None, []), 5)
    assert [body["type"] for body in studio.bodies].count(where) == 1
    assert studio.only.points == run.points
    assert len(notes) == 1


def test_a_server_that_refuses_everything_is_left_alone(
    studio: Studio, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "MAX_REFUSALS", 20)
    studio.faults = lambda number: Reply(422)
    notes: list[str] = []
    one = make(run, studio.url, notes, interval=0.001)
    one.start()
    until = time.monotonic() + 30
    while not one.hopeless and time.monotonic() < until:
        one.show(run.grow(1))
        time.sleep(0.005)
    assert not one.finish(bodies.done(WHO, None, []), 5)
    assert len(studio.bodies) == 20
    assert "refuses everything" in notes[-1]


def test_replies_that_drip_end_in_time(studio: Studio, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte a second, in the body or in the head, keeps no connection open for long."""
    monkeypatch.setattr(post, "READ_TIMEOUT", 0.3)
    studio.faults = [Reply(503, b"x" * 100, trouble="drip"), Reply(503, trouble="drip-head")]
    one = make(run, studio.url, [])
    one.start()
    one.show(run.grow(5))
    assert one.finish(bodies.done(WHO, None, []), 8)
    assert studio.only.points == run.points


def test_a_certificate_that_nobody_vouches_for(run: Run) -> None:
    """The token is not sent."""
    with Studio(secure=True) as studio:
        one = make(run, studio.url, [])
        one.start()
        one.show(run.grow(5))
        assert not one.finish(bodies.done(WHO, None, []), 1)
        assert "certificate" in one.trouble.lower()
        assert studio.headers == []


def test_a_certificate_that_is_trusted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", CERTIFICATE)
    with Studio(secure=True) as studio:
        one = make(run, studio.url.replace("127.0.0.1", "localhost"), [])
        one.start()
        one.show(run.grow(5))
        assert one.finish(bodies.done(WHO, None, []), 5)
        assert studio.only.points == run.points


def test_a_head_that_waits_for_the_first_value(studio: Studio, run: Run) -> None:
    """Until then the run may get another name."""
    one = make(run, studio.url, [], hold=60.0)
    one.start()
    one.show(Snapshot(0, {}, {"lr": 0.1}, {}))
    time.sleep(0.2)
    assert studio.bodies == []
    one.show(run.grow(1))
    assert one.finish(bodies.done(WHO, None, []), 5)
    assert studio.only.points == run.points


def test_a_heartbeat_says_that_the_run_goes_on(
    studio: Studio, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "HEARTBEAT", 0.1)
    one = make(run, studio.url, [], heartbeat=True)
    one.start()
    one.show(run.grow(3))
    time.sleep(0.6)
    assert one.finish(bodies.done(WHO, None, []), 5)
    assert studio.only.events.count("data") >= 3
    assert set(studio.only.steps) == {3}


@pytest.mark.parametrize(
    "url", ["", "studio.example.com", "ftp://x/", "http://studio.example.com", "https://"]
)
def test_a_url_that_cannot_be_used(url: str) -> None:
    with pytest.raises(DvcliveError, match="studio-url"):
        Poster(url, "token")


def test_the_token_is_no_proxys_and_no_netrcs_business(
    studio: Studio, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    one = make(run, studio.url, [])
    one.start()
    one.show(run.grow(1))
    assert one.finish(None, 5)
    assert studio.headers[0]["Authorization"] == "token token"
    assert "token" not in (run.folder / "ledger/ledger.json").read_text()
    assert os.stat(run.folder / "ledger/ledger.json").st_size < 1000
