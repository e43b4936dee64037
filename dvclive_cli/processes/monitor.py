"""Samples of the machine and of one process tree, as metrics. Knows psutil and NVML, and no run or file.

A reading a few hundredths of a second apart, their mean once a second (by default): single readings of a busy
machine say little. What cannot be read (no NVIDIA driver, a process of somebody else) is left out and counted
once; the program that is watched never notices.

Names and units are those of DVCLive 3: percentages, and GB of 1024^3 bytes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from ..events import Metric

GB = 1024**3
MAX_INTERVAL = 0.1
MIN_INTERVAL = 0.01
MAX_SAMPLES = 30
BUSY = 20.0
"""A core busier than this, in %, counts for `parallelization (%)`."""


def _silent(text: str) -> None:
    return None


def _is_fact(name: str) -> bool:
    """A count or a total is no curve: metrics.json has it, no plot."""
    return name.endswith("/count") or "/total (GB)" in name


class Monitor:
    """Emits the means of readings, from a thread of its own.

    Parameters:
        emit: gets the metrics of one window; called from the monitor's thread.
        interval: seconds between readings, at most 0.1.
        num_samples: readings in a window, 1 to 30.
        directories: for each name the folder whose disk is watched.
        pid: also watch this process and its descendants.
        clock: seconds since the epoch, the time of a window.
        warn: gets a sentence for each argument that had to be corrected.
        nvml: the module `pynvml`, or None to import it.

    Raises:
        ValueError: a name in `directories` is not a name.
    """

    def __init__(
        self,
        emit: Callable[[list[Metric]], None],
        *,
        interval: float = 0.05,
        num_samples: int = 20,
        directories: Mapping[str, str] | None = None,
        pid: int | None = None,
        clock: Callable[[], float] = time.time,
        warn: Callable[[str], None] = _silent,
        nvml: Any = None,
    ) -> None:
        self.interval = _within(interval, MIN_INTERVAL, MAX_INTERVAL, "interval", warn)
        self.num_samples = int(_within(num_samples, 1, MAX_SAMPLES, "num_samples", warn))
        self.directories = dict({"main": "/"} if directories is None else directories)
        for name in self.directories:
            if not isinstance(name, str) or not name.strip("/. "):
                raise ValueError(f"Keys of the directories to monitor should be names, but got {name!r}")
        self.failures: dict[str, str] = {}
        """What could not be read, with the first reason."""
        self._emit = emit
        self._clock = clock
        self._warn = warn
        self._tree = None if pid is None else _Tree(pid)
        self._gpus = _Gpus(nvml, self._failed)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to sample; a second call does nothing."""
        if self._thread is None:
            # a daemon: a program that ends without `stop` is not held up
            self._thread = threading.Thread(target=self._watch, name="dvclive-monitor", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Emit what was read since the last window, and end."""
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=5)  # a dead network disk can hold a reading for ever
            self._thread = None

    def _watch(self) -> None:
        # the first readings of times have nothing to compare with
        self._read("cpu", _cpu)
        if self._tree is not None:
            self._read("process", self._tree.read)
        while True:
            self._stop.wait(self.interval)  # a reading just behind the last one would find no time used
            try:
                self._emit(self.sample())
            except Exception as error:  # telemetry never breaks the run
                self._failed("emit", error)
            if self._stop.is_set():
                break
        self._gpus.close()

    def sample(self) -> list[Metric]:
        """Take the readings of one window; a stop cuts it short.

        Returns:
            The mean of each quantity, to six decimals (a KB of a GB); of counts and totals the last value.
        """
        sums: dict[str, float] = {}
        counts: dict[str, int] = {}
        last: dict[str, float] = {}
        for taken in range(self.num_samples):
            if taken and self._stop.wait(self.interval):
                break
            for name, value in self._reading().items():
                if _is_fact(name):
                    last[name] = value
                else:
                    sums[name] = sums.get(name, 0.0) + value
                    counts[name] = counts.get(name, 0) + 1
        means = {name: round(total / counts[name], 6) for name, total in sums.items()}
        if self._tree is not None:
            # once a window: walking the table of processes costs more than all the rest
            for name, value in self._read("process", self._tree.read).items():
                (last if _is_fact(name) else means)[name] = round(value, 6)
        now = int(self._clock() * 1000)
        metrics = [Metric(f"system/{name}", value, timestamp=now) for name, value in means.items()]
        return metrics + [
            Metric(f"system/{name}", value, None, now, plot=False) for name, value in last.items()
        ]

    def _reading(self) -> dict[str, float]:
        found = self._read("cpu", _cpu)
        found.update(self._read("ram", _ram))
        for name, path in list(self.directories.items()):
            disk = self._read(f"disk/{name}", _disk, name, path)
            if not disk:
                self._warn(f"Cannot read the disk of {path!r}: it is left out.")
                del self.directories[name]
            found.update(disk)
        found.update(self._read("gpu", self._gpus.read))
        return found

    def _read(self, what: str, read: Callable[..., dict[str, float]], *args: str) -> dict[str, float]:
        try:
            return read(*args)
        except Exception as error:  # whatever a driver or a kernel raises
            self._failed(what, error)
            return {}

    def _failed(self, what: str, error: Exception) -> None:
        self.failures.setdefault(what, f"{type(error).__name__}: {error}")


def _within(value: float, low: float, high: float, name: str, warn: Callable[[str], None]) -> float:
    kept = min(max(value, low), high)
    if kept != value:
        warn(f"System monitoring `{name}` should be between {low:g} and {high:g}. Setting it to {kept:g}.")
    return kept


def _cpu() -> dict[str, float]:
    import psutil

    cores = psutil.cpu_percent(percpu=True)
    return {
        "cpu/usage (%)": sum(cores) / len(cores),
        "cpu/parallelization (%)": 100 * sum(core >= BUSY for core in cores) / len(cores),
        "cpu/count": len(cores),
    }


def _ram() -> dict[str, float]:
    import psutil

    ram = psutil.virtual_memory()
    return {"ram/usage (%)": ram.percent, "ram/usage (GB)": ram.used / GB, "ram/total (GB)": ram.total / GB}


def _disk(name: str, path: str) -> dict[str, float]:
    import psutil

    disk = psutil.disk_usage(path)
    return {
        f"disk/usage (%)/{name}": disk.percent,
        f"disk/usage (GB)/{name}": disk.used / GB,
        f"disk/total (GB)/{name}": disk.total / GB,
    }


def count_gpus() -> int:
    """NVIDIA devices here; 0 where there is no driver."""
    import pynvml

    try:
        pynvml.nvmlInit()
        count = int(pynvml.nvmlDeviceGetCount())
        pynvml.nvmlShutdown()
    except pynvml.NVMLError:
        return 0
    return count


class _Gpus:
    """NVIDIA devices, asked through NVML; none where there is no driver."""

    def __init__(self, nvml: Any, failed: Callable[[str, Exception], None]) -> None:
        self._nvml = nvml
        self._failed = failed
        self._devices: list[Any] | None = None

    def read(self) -> dict[str, float]:
        """Utilisation of each device (not of its memory bus) and of its memory."""
        if self._devices is None:
            self._devices = []  # asked once, whatever comes of it
            if self._nvml is None:
                import pynvml

                self._nvml = pynvml
            self._nvml.nvmlInit()
            count = self._nvml.nvmlDeviceGetCount()
            self._devices = [self._nvml.nvmlDeviceGetHandleByIndex(at) for at in range(count)]
        found: dict[str, float] = {"gpu/count": len(self._devices)} if self._devices else {}
        for at, device in enumerate(self._devices):
            try:
                found[f"gpu/usage (%)/{at}"] = self._nvml.nvmlDeviceGetUtilizationRates(device).gpu
            except self._nvml.NVMLError as error:  # a MIG slice has memory, but no utilisation
                self._failed("gpu", error)
            try:
                memory = self._nvml.nvmlDeviceGetMemoryInfo(device)
            except self._nvml.NVMLError as error:  # unified memory (Grace, Jetson) has none of its own
                self._failed("vram", error)
                continue
            found[f"vram/usage (%)/{at}"] = 100 * memory.used / memory.total
            found[f"vram/usage (GB)/{at}"] = memory.used / GB
            found[f"vram/total (GB)/{at}"] = memory.total / GB
        return found

    def close(self) -> None:
        """Give the driver back."""
        if self._devices:
            try:
                self._nvml.nvmlShutdown()
            except Exception:  # noqa: S110 - at the end there is nobody left to tell
                pass


class _Tree:
    """A process and its descendants, those that have ended included in the totals."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._known: dict[Any, tuple[float, int, int]] = {}  # CPU seconds, bytes read, bytes written
        self._ended = [0, 0]
        self._when: float | None = None

    def read(self) -> dict[str, float]:
        """What the tree uses now; its CPU since the last reading, 100 % being one core."""
        import psutil

        try:
            root = psutil.Process(self._pid)
            processes = [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return {}
        now = time.monotonic()
        used, rss, threads, has_io = 0.0, 0, 0, False
        alive: dict[Any, tuple[float, int, int]] = {}
        for process in processes:
            before = self._known.get(process, (0.0, 0, 0))
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    rss += process.memory_info().rss
                    threads += process.num_threads()
            except psutil.Error:  # it has just ended, or is a zombie
                continue
            seconds = times.user + times.system
            used += seconds - before[0]
            moved = _moved(process)
            has_io = has_io or moved is not None
            alive[process] = (seconds, *(moved or before[1:]))
        for process, (_, read, written) in self._known.items():
            if process not in alive:
                self._ended[0] += read
                self._ended[1] += written
        elapsed = None if self._when is None else now - self._when
        self._known, self._when = alive, now
        if not alive:
            return {}
        found: dict[str, float] = {
            "process/rss (GB)": rss / GB,
            "process/threads": threads,
            "process/count": len(alive),
        }
        if elapsed:
            found["process/cpu (%)"] = 100 * used / elapsed
        if has_io:
            found["process/read (GB)"] = (self._ended[0] + sum(entry[1] for entry in alive.values())) / GB
            found["process/write (GB)"] = (self._ended[1] + sum(entry[2] for entry in alive.values())) / GB
        return found


def _moved(process: Any) -> tuple[int, int] | None:
    """Bytes that a process has read from and written to disks; None where the system does not say."""
    import psutil

    try:
        moved = process.io_counters()
    except (AttributeError, psutil.Error):  # macOS has no such count; Linux tells only the owner
        return None
    return moved.read_bytes, moved.write_bytes
