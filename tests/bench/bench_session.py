"""How fast a session takes points, in batches of 1 and 100. Prints only; run it by hand.

python tests/bench/bench_session.py [POINTS]
"""

from __future__ import annotations

import os
import pickle
import sys
import tempfile
import time

from dvclive_cli.events import Metric, NextStep
from dvclive_cli.outcome import Outcome
from dvclive_cli.recording.session import Session, SessionConfig


def measure(name: str, events: list, batch: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        session = Session(SessionConfig(os.path.join(folder, "run")), {"cwd": folder}, print)
        session.open()
        began = time.perf_counter()
        for at in range(0, len(events), batch):
            session.feed(events[at : at + batch], 0)
        took = time.perf_counter() - began
        size = len(pickle.dumps(session.checkpoint(), pickle.HIGHEST_PROTOCOL))
        began = time.perf_counter()
        session.sync()
        synced = time.perf_counter() - began
        session.close(Outcome("completed", 0, None, 0))
    rate = len(events) / took
    print(
        f"{name:32} batch {batch:4}: {took / len(events) * 1e6:6.2f} us/event {rate:10,.0f}/s"
        f"   sync {synced * 1000:6.1f} ms   checkpoint {size:,} B"
    )


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    one = [Metric("train/loss", 0.1234567 * step, step, text="0.1235") for step in range(count)]
    plain = [Metric("train/loss", 0.1234567 * step, step) for step in range(count)]
    five = [Metric(f"train/m{step % 5}", 0.5, step // 5, text="0.5") for step in range(count)]
    many = [Metric(f"m{step % 500}", 0.5, step // 500, text="0.5") for step in range(count)]
    for batch in (100, 1):
        measure("one series, text as printed", one, batch)
        measure("one series, float", plain, batch)
        measure("five series", five, batch)
        measure("500 series", many, batch)
    early = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        session = Session(SessionConfig(os.path.join(folder, "run")), {"cwd": folder}, print)
        session.open()
        for lap in range(5):
            early = time.perf_counter()
            for _ in range(1000):
                session.feed([Metric("a", 0.5), Metric("b", 0.5), NextStep()], 0)
                session.write_views()
            each = (time.perf_counter() - early) * 1000
            print(f"two metrics, next_step and views, steps {lap * 1000:5}+: {each:6.1f} us/step")
        session.close(Outcome("completed", 0, None, 0))


if __name__ == "__main__":
    main()
