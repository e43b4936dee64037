"""What reading and writing one line costs: `python tests/bench/bench_protocol.py`. Prints only."""

import sys
import time

from dvclive_cli import protocol

LINES = {
    "two points and a step": "train/loss=0.52 acc=0.91 step=3",
    "one point": "loss=0.4375",
    "one point as printf writes it": "loss=0.430000 step=12",
    "one integer": "reward=17 step=12",
    "ten points": " ".join(f"series/{at}=0.{at}25" for at in range(10)) + " step=12",
    "a time": "loss=0.4375 step=3 timestamp=1700000000000",
    "with care: a rank": "loss=0.4375 step=3 rank=0",
    "with care: JSON": '{"metric": {"train/loss": 0.52, "acc": 0.91}, "step": 3}',
    "with care: a text": 'message "warm-up done"',
}


def cost(function, argument, repeats: int = 5, number: int = 20_000) -> float:
    """Microseconds a call: the best of some rounds."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(number):
            function(argument)
        best = min(best, time.perf_counter() - start)
    return best / number * 1e6


def main() -> None:
    print(f"{'parse':34} {'us/line':>8} {'points/s':>11} {'encode us':>10}")
    for what, body in LINES.items():
        events = protocol.parse(body)
        micros = cost(protocol.parse, body)
        write = cost(protocol.encode, events[0])
        print(f"{what:34} {micros:8.2f} {len(events) / micros * 1e6:11,.0f} {write:10.2f}")
    for what, line in {
        "find_sentinel: at the start": "@dvclive train/loss=0.52 acc=0.91 step=3",
        "find_sentinel: none": "an ordinary line of output, sixty characters long, no record",
        "find_sentinel: behind a prefix": "2026-11-21 10:00:00,123 - train - INFO - @dvclive loss=0.52",
    }.items():
        print(f"{what:34} {cost(protocol.find_sentinel, line):8.2f}")


if __name__ == "__main__":
    sys.exit(main())
