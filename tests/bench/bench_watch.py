"""How fast metric files are read, beside the line protocol that carries the same points.

python tests/bench/bench_watch.py

Ratios of one run: each reader against `Capture` on `@dvclive` lines. Records and their sizes are those that
programs write: a row of four values, an object of two, an event of one.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from typing import Any

from dvclive_cli.capture import Capture, CaptureOptions
from dvclive_cli.metricfiles import reader_for
from dvclive_cli.metricfiles.tfevents import masked_crc

RECORDS = 20_000
CHUNK = 1 << 16
BEST_OF = 3


def event(step: int) -> bytes:
    """One scalar as SummaryWriter.add_scalar writes it."""
    value = b"\x0a\x0atrain/loss\x15" + struct.pack("<f", 1 / (step + 1))
    summary = b"\x0a" + bytes([len(value)]) + value
    number = bytes([0x80 | step & 0x7F, 0x80 | step >> 7 & 0x7F, step >> 14])
    body = b"\x09" + struct.pack("<d", 1.7e9) + b"\x10" + number + b"\x2a" + bytes([len(summary)]) + summary
    head = struct.pack("<Q", len(body))
    crcs = (struct.pack("<I", masked_crc(part)) for part in (head, body))
    return head + next(crcs) + body + next(crcs)


def contents() -> dict[str, bytes]:
    points = [(step, 1 / (step + 1), step / RECORDS) for step in range(RECORDS)]
    rows = [b"%d,%d,%.5f,%.5f,0.001\n" % (step // 100, step, loss, acc) for step, loss, acc in points]
    objects = [b'{"step": %d, "train": {"loss": %.5f}, "acc": %.5f}\n' % point for point in points]
    lines = [b"@dvclive step=%d train/loss=%.5f acc=%.5f\n" % point for point in points]
    return {
        "protocol": b"".join(lines),
        "csv": b"".join([b"epoch,step,train/loss,acc,lr\n", *rows]),
        "jsonl": b"".join(objects),
        "tfevents": b"".join(map(event, range(RECORDS))),
    }


def read(feed: Callable[[bytes], list[Any]], data: bytes) -> tuple[int, float]:
    """Points, and seconds."""
    points, began = 0, time.perf_counter()
    for at in range(0, len(data), CHUNK):
        for found in feed(data[at : at + CHUNK]):
            points += len(found.events) if hasattr(found, "events") else 1
    return points, time.perf_counter() - began


def main() -> None:
    rates: dict[str, float] = {}
    for kind, data in contents().items():
        best = 0.0
        for _ in range(BEST_OF):
            options = CaptureOptions()
            feed: Callable[[bytes], list[Any]]
            feed = Capture("stdout", options).feed if kind == "protocol" else reader_for(kind, options).feed
            points, seconds = read(feed, data)
            best = max(best, points / seconds)
        rates[kind] = best
        ratio = best / rates["protocol"]
        print(f"{kind:9} {best:9,.0f} points/s  {ratio:5.2f} x protocol")


if __name__ == "__main__":
    main()
