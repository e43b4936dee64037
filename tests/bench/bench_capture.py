"""How fast capture is: lines a second for noise, records, pairs, known formats. Prints, asserts nothing.

python tests/bench/bench_capture.py [MILLIONS]
"""

import random
import sys
import time

from dvclive_cli.capture import Capture, CaptureOptions

WORDS = b"worker loaded shard from disk queue waiting for next request thread handler cache hit path".split()


def same_noise(i, r):
    return b"2026-11-21 10:%02d:%02d INFO worker %d: loaded part-%05d in %d ms" % (
        i % 60, i % 60, i % 8, i % 100000, r.randrange(1000),
    )  # fmt: skip


def varied_noise(i, r):
    return b" ".join(r.choice(WORDS) for _ in range(7)) + b" %d %08x" % (
        r.randrange(10**6),
        r.getrandbits(32),
    )


KINDS = {
    "noise, few shapes": same_noise,
    "noise, every line another": varied_noise,
    "noise with metric words": lambda i, r: (
        b"step loader: no error in batch of %d records, score cache at %x" % (i, i)
    ),
    "record, one metric": lambda i, r: b"@dvclive loss=0.%06d step=%d" % (r.randrange(10**6), i),
    "record, three metrics": lambda i, r: (
        b"@dvclive loss=%.5f acc=%.4f lr=0.001 step=%d" % (1 / (i + 1), i % 7 / 7, i)
    ),
    "pairs": lambda i, r: b"step=%d loss=%.5f acc=%.4f" % (i, 1 / (i + 1), r.random()),
    "pairs, logged": lambda i, r: (
        b"2026-11-21 10:00:00,%03d INFO train: epoch=%d loss=%.5f" % (i % 999, i, r.random())
    ),
    "xgboost": lambda i, r: b"[%d]\ttrain-logloss:%.5f\teval-logloss:%.5f" % (i, r.random(), r.random()),
    "json": lambda i, r: b'{"step": %d, "loss": %.6f, "lr": 0.001}' % (i, r.random()),
    "table": lambda i, r: (
        b"%8d %14.6f %14.6f" % (i, r.random(), r.random()) if i else b"    step         loss     val_loss"
    ),
}


def measure(kind, count, stream="stdout", chunk=65536):
    r = random.Random(1)
    data = b"\n".join(KINDS[kind](i, r) for i in range(count)) + b"\n"
    capture = Capture(stream, CaptureOptions())
    points = 0
    start = time.perf_counter()
    for at in range(0, len(data), chunk):
        for match in capture.feed(data[at : at + chunk]):
            points += len(match.events)
    capture.close()
    took = time.perf_counter() - start
    line = f"{kind:28} {stream:7} {chunk:6} {count / took:12,.0f} {took / count * 1e6:8.2f}"
    print(f"{line} {points / took:12,.0f}" if points else line)
    assert capture.counts.errors == 0


if __name__ == "__main__":
    lines = int(float(sys.argv[1]) * 1e6) if len(sys.argv) > 1 else 200_000
    print(f"{'what':28} {'stream':7} {'chunk':>6} {'lines/s':>12} {'us/line':>8} {'points/s':>12}")
    for name in KINDS:
        measure(name, lines)
    measure("record, one metric", lines, "fifo")
    measure("noise, few shapes", lines, chunk=4096)
    measure("pairs", lines // 10, chunk=32)
