"""From a program's output to rows on disk, through `dvclive run`: what it costs, all in one run. Prints only.

    python tests/bench/bench_end_to_end.py [--lines 400000] [--only WORD] [--part points|noise|memory]

Points: points a second, from the program's start to the end of `dvclive run`, with the files synced; the
program is `cat` of a file in memory. Beside it, the processor time of all our processes together. Aims:
400,000 a second for the line protocol, 200,000 for known formats and pairs.
Noise: `dvclive run -- cat LOG > FILE` against `cat LOG | cat > FILE`, by turns. Aim: at most 1.15.
Memory: the most that any of our processes holds, and the tapes, for 1, 2 and 4 million points. Aim: flat.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator

Line = Callable[[int, random.Random], str]


def _keras(i: int, r: random.Random) -> str:
    if i % 2:
        return (
            f"8/8 - 0s - {r.randrange(100, 999)}us/step - loss: {r.random():.4f} - val_loss: {r.random():.4f}"
        )
    return f"Epoch {i // 2 + 1}/1000000"


def _spelled(i: int, r: random.Random) -> str:
    return (
        f"Epoch {i}: train loss {r.random():.4f}, val loss {r.random():.4f}, accuracy {100 * r.random():.2f}%"
    )


POINTS: dict[str, Line] = {
    "protocol, 1 metric": lambda i, r: f"@dvclive loss={r.random():.6f} step={i}",
    "protocol, 3 metrics": lambda i, r: (
        f"@dvclive train/loss={r.random():.5f} acc={r.random():.4f} lr=0.001 step={i}"
    ),
    "protocol, 3 floats by repr": lambda i, r: (
        f"@dvclive loss={r.random()} acc={r.random()} lr={r.random() / 1000} step={i}"
    ),
    "protocol, no step": lambda i, r: f"@dvclive loss={r.random():.6f}",
    "protocol, JSON": lambda i, r: f'@dvclive {{"metric": {{"loss": {r.random():.6f}}}, "step": {i}}}',
    "pairs, name=value": lambda i, r: f"step={i} loss={r.random():.5f} acc={r.random():.4f}",
    "pairs, by repr": lambda i, r: f"epoch {i}: loss {r.random()} acc {r.random()} f1 {r.random()}",
    "pairs, spelled out": _spelled,
    "pairs, logged": lambda i, r: (
        f"2026-11-21 10:{i // 60 % 60:02}:{i % 60:02},{i % 999:03} INFO train: epoch={i} "
        f"loss={r.random():.5f}"
    ),
    "json": lambda i, r: f'{{"step": {i}, "loss": {r.random():.6f}, "lr": 0.001}}',
    "json, by repr": lambda i, r: json.dumps({"step": i, "loss": r.random(), "acc": r.random()}),
    "table": lambda i, r: (
        f"{i:8d} {r.random():14.6f} {r.random():14.6f}" if i else "    step         loss     val_loss"
    ),
    "csv": lambda i, r: f"{i},{r.random():.6f},{r.random():.6f}" if i else "step,loss,val_loss",
    "xgboost": lambda i, r: f"[{i}]\ttrain-logloss:{r.random():.5f}\teval-logloss:{r.random():.5f}",
    "lightgbm": lambda i, r: (
        f"[{i + 1}]\ttraining's auc: {r.random():.6f}\tvalid_1's binary_logloss: {r.random():.6f}"
    ),
    "catboost": lambda i, r: (
        f"{i}:\tlearn: {r.random():.7f}\ttest: {r.random():.7f}\tbest: 0.6021345 (0)\ttotal: {i % 900}ms"
        f"\tremaining: {i % 50}ms"
    ),
    "keras": _keras,
    "hf-trainer": lambda i, r: (
        f"{{'loss': {r.random():.4f}, 'grad_norm': {r.random() * 3}, 'learning_rate': {r.random() / 1e4},"
        f" 'epoch': {i / 100:.2f}}}"
    ),
    "pytorch-mnist": lambda i, r: (
        f"Train Epoch: {i // 600 + 1} [{i % 600 * 100}/60000 ({i % 600 / 6:.0f}%)]\tLoss: {r.random():.6f}"
    ),
    "pytorch-imagenet": lambda i, r: (
        f"Epoch: [{i // 5000}][{i % 5000:5d}/5000]\tTime  0.504 ( 1.207)\tData  0.000 ( 0.106)"
        f"\tLoss {r.random():.4e} ({r.random():.4e})\tAcc@1 {100 * r.random():6.2f} ({100 * r.random():6.2f})"
    ),
    "nanogpt": lambda i, r: f"iter {i}: loss {r.random():.4f}, time {r.random() * 99:.2f}ms, mfu 4.22%",
    "llm.c": lambda i, r: (
        f"step {i:6}/999999 | loss {r.random():.6f} (+nanz)| norm {r.random():.4f} (+nanz)| lr 8.39e-07 | "
        f"{r.random() * 9999:.2f} ms | 40.1% bf16 MFU | {r.randrange(10**5, 10**6)} tok/s"
    ),
    "megatron": lambda i, r: (
        f" iteration {i:8}/ 9000000 | consumed samples: {i * 256:12} | elapsed time per iteration (ms): "
        f"{r.random() * 999:.1f} | learning rate: 1.500E-05 | global batch size:   256 | lm loss: "
        f"{r.random() * 9:.6E} | loss scale: 1.0 | grad norm: {r.random():.3f} | "
        "number of skipped iterations:   0 |"
    ),
    "fairseq": lambda i, r: (
        f"epoch 001: {i:6d} / 999999 loss={r.random() * 9:.3f}, ppl={r.random() * 999:.1f}, wps=40000, "
        f"num_updates={i}, lr=1e-05, gnorm={r.random():.3f}"
    ),
    "sklearn": lambda i, r: f"Iteration {i}, loss = {r.random():.8f}",
    "fasttext": lambda i, r: (
        f"Progress: {i % 1000 / 10:5.1f}% words/sec/thread: {r.randrange(10**6, 10**7)} "
        f"lr:  {r.random():.6f} avg.loss:  {r.random():.6f} ETA:   0h 0m{i // 1000 % 60:2d}s"
    ),
    "mmengine": lambda i, r: (
        f"11/21 10:00:{i % 60:02} - mmengine - INFO - Iter(train) [{i:6}/999999]  lr: 1.0000e-02  "
        f"eta: 0:10:00  time: 0.5{i % 10}  data_time: 0.1  memory: 300  loss: {r.random():.4f}"
    ),
    "tqdm": lambda i, r: (
        f"Epoch {i}: 100%|##########| 3/3 [00:00<00:00, {r.random() * 99:.2f}it/s, loss={r.random():.3f}]"
    ),
}

NOISE: dict[str, Line] = {
    "noise, few shapes": lambda i, r: (
        f"2026-11-21 10:{i // 60 % 60:02}:{i % 60:02} INFO worker {i % 8}: loaded part-{i % 100000:05} in "
        f"{r.randrange(1000)} ms"
    ),
    "noise, many shapes": lambda i, r: (
        f"worker loaded shard from disk queue for request {r.randrange(10**6)} {r.getrandbits(32):08x}"
    ),
}


def written(folder: str, make: Line, count: int) -> str:
    """A log of so many lines; its path."""
    path = os.path.join(folder, "log")
    r = random.Random(1)
    with open(path, "w", encoding="utf-8") as file:
        for at in range(0, count, 10_000):
            file.write("".join(f"{make(i, r)}\n" for i in range(at, min(at + 10_000, count))))
    return path


def seconds(command: list[str], folder: str, out: str) -> tuple[float, float]:
    """How long a command takes, and the processor time of it and of what it waited for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    with open(out, "wb") as file:
        subprocess.run(command, cwd=folder, stdout=file, stderr=subprocess.DEVNULL, check=True)
    took = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def recorded(folder: str) -> int:
    """The points of the run that was just recorded."""
    with open(os.path.join(folder, "dvclive", "run.json"), encoding="utf-8") as file:
        return int(json.load(file)["sessions"][-1]["points"])


def points(under: list[str], folder: str, lines: int, only: str) -> None:
    """Points a second of each kind of line."""
    print(
        f"{'what':28} {'points':>9} {'seconds':>8} {'points/s':>10} {'cpu us/point':>13} {'x of cat|cat':>13}"
    )
    for name, make in POINTS.items():
        if only not in name:
            continue
        log = written(folder, make, lines)
        out = os.path.join(folder, "out")
        bare, _ = seconds(["sh", "-c", f"cat '{log}' | cat"], folder, out)
        took, cpu = seconds([*under, "cat", log], folder, out)
        count = recorded(folder)
        print(
            f"{name:28} {count:9,} {took:8.2f} {count / took:10,.0f} {cpu / max(count, 1) * 1e6:13.2f}"
            f" {took / bare:13.1f}"
        )


def noise(under: list[str], folder: str, lines: int, rounds: int) -> None:
    """The ratio to `cat | cat`, the median of some rounds by turns."""
    print(f"\n{'what':28} {'lines':>9} {'cat|cat s':>10} {'ours s':>8} {'ratio':>6} {'cpu us/line':>12}")
    for name, make in NOISE.items():
        log = written(folder, make, lines)
        out = os.path.join(folder, "out")
        pipe, run = ["sh", "-c", f"python3 -c '{_SLOW}' {log} | cat"], [*under, "python3", "-c", _SLOW, log]
        pairs = [(seconds(pipe, folder, out), seconds(run, folder, out)) for _ in range(rounds)]
        ratio = statistics.median(ours[0] / bare[0] for bare, ours in pairs)
        bare, ours, cpu = (
            statistics.median(column)
            for column in zip(*((b[0], o[0], o[1] - b[1]) for b, o in pairs), strict=True)
        )
        print(f"{name:28} {lines:9,} {bare:10.2f} {ours:8.2f} {ratio:6.2f} {cpu / lines * 1e6:12.2f}")


# A program that prints 2 million lines as Python does: line by line, through its own buffer.
_SLOW = "import sys\nfor line in open(sys.argv[1]): sys.stdout.write(line)"


def memory(under: list[str], folder: str) -> None:
    """What our processes hold at most, and the tapes, while the points grow fourfold."""
    print(f"\n{'what':28} {'points':>9} {'largest process MB':>19} {'tapes MB':>9}")
    for name in ("protocol, 1 metric", "pairs, name=value"):
        for millions in (1, 2, 4):
            count = millions * 1_000_000 // (1 + (name == "pairs, name=value"))
            log = written(folder, POINTS[name], count)
            with open(os.path.join(folder, "out"), "wb") as out:
                process = subprocess.Popen([*under, "cat", log], cwd=folder, stdout=out, stderr=out)
                peaks = Peaks(process.pid)
                process.wait()
                peaks.stop()
            print(f"{name:28} {recorded(folder):9,} {peaks.private / 1e6:19.1f} {peaks.shared / 1e6:9.1f}")


class Peaks:
    """The most memory that a process or one of its descendants has of its own, and of shared memory."""

    def __init__(self, pid: int) -> None:
        self.private = self.shared = 0
        self._pid, self._stopped = pid, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopped.wait(0.02):
            for pid in [self._pid, *descendants(self._pid)]:
                try:
                    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
                        words = dict(line.split(":", 1) for line in file)
                    self.private = max(self.private, int(words["RssAnon"].split()[0]) * 1024)
                except (OSError, KeyError):
                    continue
                self.shared = max(self.shared, tapes(pid))


def tapes(pid: int) -> int:
    """Bytes in the memory files that a process holds."""
    total = 0
    folder = f"/proc/{pid}/fd"
    seen = set()
    try:
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            if os.readlink(path).startswith("/memfd:"):
                status = os.stat(path)
                if status.st_ino not in seen:
                    seen.add(status.st_ino)
                    total += status.st_blocks * 512
    except OSError:
        pass
    return total


def descendants(pid: int) -> Iterator[int]:
    """The children of a process, and theirs."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            children = [int(word) for word in file.read().split()]
    except OSError:
        return
    for child in children:
        yield child
        yield from descendants(child)


def main() -> None:
    """All parts, or the one that is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, default=300_000)
    parser.add_argument("--only", default="")
    parser.add_argument("--part", default="")
    given = parser.parse_args()
    dvclive = shutil.which("dvclive", path=os.path.dirname(sys.executable)) or "dvclive"
    under = [dvclive, "run", "--no-save-dvc-exp", "--quiet", "--"]
    place = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        if given.part in ("", "points"):
            points(under, folder, given.lines, given.only)
        if given.part in ("", "noise"):
            noise(under, folder, 2_000_000, 3)
        if given.part in ("", "memory"):
            memory(under, folder)


if __name__ == "__main__":
    main()
