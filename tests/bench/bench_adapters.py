"""What one record costs a program, in each language that is here: `python tests/bench/bench_adapters.py`.

A program of four writers logs through a FIFO that is read at once; the cost is the slope between a short and
a long one, so that starting and compiling do not count. The last column is the ratio to C in the same run.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "adapters")]

from languages import ADAPTERS, LANGUAGES, built  # noqa: E402

from dvclive_cli.processes import fifo  # noqa: E402


def seconds(argv: list[str], count: int, cwd: str) -> float:
    """How long the program takes to log `count` records from each of its writers."""
    channel = fifo.create({"TMPDIR": cwd})
    over = threading.Event()

    def drain() -> None:
        while not over.is_set():
            try:
                os.read(channel.fd, 1 << 20)
            except BlockingIOError:
                time.sleep(0.0002)

    reader = threading.Thread(target=drain)
    reader.start()
    start = time.perf_counter()
    environ = {**os.environ, "DVCLIVE_FIFO": channel.path, "ADAPTERS": str(ADAPTERS)}
    subprocess.run([*argv, "flood", str(count)], cwd=cwd, env=environ, check=True, stderr=subprocess.DEVNULL)
    took = time.perf_counter() - start
    over.set()
    reader.join()
    os.close(channel.fd)
    channel.close()
    return took


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        programs = {}
        for name, language in sorted(LANGUAGES.items(), key=lambda item: item[0] != "c"):
            try:
                text = (HERE.parent / "adapters" / "programs" / language.source).read_text("utf-8")
                programs[name] = (built(name, Path(folder) / name, text), language.flood * 8)
            except BaseException as skipped:  # pytest.skip is no Exception
                print(f"{name}: {skipped}")
        base = 0.0
        print(f"{'':14} {'us/record':>10} {'x C':>7}")
        for name, (argv, count) in programs.items():
            more = count * 4
            best = min(seconds(argv, more, folder) - seconds(argv, count, folder) for _ in range(3))
            micros = best / (4 * (more - count)) * 1e6
            base = base or micros
            print(f"{name:14} {micros:10.1f} {micros / base:7.1f}")


if __name__ == "__main__":
    main()
