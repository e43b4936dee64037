"""The system monitor: right names, sensible values, with and without a driver, never in the program's way."""

import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import psutil
import pytest

from dvclive_cli import protocol
from dvclive_cli.processes.monitor import GB, Monitor


def take(**options):
    """One window of a monitor that is not started: name -> metric."""
    monitor = Monitor(lambda metrics: None, num_samples=2, interval=0.01, **options)
    return {metric.name: metric for metric in monitor.sample()}, monitor


def until(true, limit=30.0):
    end = time.monotonic() + limit
    while not true():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.01)


class Missing:
    """NVML on a machine without a driver."""

    class NVMLError(Exception):
        pass

    def nvmlInit(self):  # noqa: N802 - NVML's name
        raise self.NVMLError("NVML Shared Library Not Found")


class Nvml(Missing):
    """The documented calls of NVML for two devices; the second is a slice that tells no utilisation."""

    def __init__(self):
        self.calls = []

    def nvmlInit(self):  # noqa: N802
        self.calls.append("init")

    def nvmlShutdown(self):  # noqa: N802
        self.calls.append("shutdown")

    def nvmlDeviceGetCount(self):  # noqa: N802
        return 2

    def nvmlDeviceGetHandleByIndex(self, at):  # noqa: N802
        return at

    def nvmlDeviceGetMemoryInfo(self, device):  # noqa: N802
        return SimpleNamespace(total=80 * GB, free=60 * GB, used=20 * GB)

    def nvmlDeviceGetUtilizationRates(self, device):  # noqa: N802
        if device == 1:
            raise self.NVMLError("Not Supported")
        return SimpleNamespace(gpu=75, memory=10)


MACHINE = {
    "system/cpu/usage (%)",
    "system/cpu/parallelization (%)",
    "system/cpu/count",
    "system/ram/usage (%)",
    "system/ram/usage (GB)",
    "system/ram/total (GB)",
    "system/disk/usage (%)/main",
    "system/disk/usage (GB)/main",
    "system/disk/total (GB)/main",
}


def test_the_machine_has_the_names_and_units_of_dvclive_3():
    found, _ = take(nvml=Missing())
    assert set(found) == MACHINE
    assert found["system/cpu/count"].value == psutil.cpu_count()
    assert found["system/ram/total (GB)"].value == psutil.virtual_memory().total / GB
    assert found["system/disk/total (GB)/main"].value == psutil.disk_usage("/").total / GB
    for name, metric in found.items():
        if "(%)" in name:
            assert 0 <= metric.value <= 100
        if "usage (GB)" in name:
            assert 0 < metric.value < found[name.replace("usage", "total")].value


def test_counts_and_totals_are_not_plotted():
    found, _ = take(nvml=Nvml(), pid=psutil.Process().pid)
    facts = {name for name, metric in found.items() if not metric.plot}
    assert facts == {name for name in found if name.endswith("/count") or "/total (GB)" in name}
    assert {"system/gpu/count", "system/vram/total (GB)/0", "system/process/count"} < facts


def test_a_window_has_the_time_of_the_clock_and_no_step():
    found, _ = take(clock=lambda: 1700000000.25, nvml=Missing())
    assert {(metric.timestamp, metric.step) for metric in found.values()} == {(1700000000250, None)}


def test_every_sample_fits_the_line_protocol():
    """The recorder sends samples over the same way as a program's lines."""
    found, _ = take(nvml=Nvml(), pid=psutil.Process().pid)
    for metric in found.values():
        assert protocol.parse(protocol.encode(metric)) == [metric]


def test_no_driver_is_silent_and_counted_once():
    found, monitor = take(nvml=Missing())
    assert not [name for name in found if "gpu" in name]
    monitor.sample()
    assert monitor.failures == {"gpu": "NVMLError: NVML Shared Library Not Found"}


def test_without_the_binding_all_else_is_there(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    found, monitor = take()
    assert set(found) == MACHINE
    assert list(monitor.failures) == ["gpu"]


def test_each_device_tells_its_utilisation_and_memory():
    found, monitor = take(nvml=Nvml())
    gpus = {
        name.removeprefix("system/"): metric.value for name, metric in found.items() if name not in MACHINE
    }
    assert gpus == {
        "gpu/count": 2,
        "gpu/usage (%)/0": 75,  # the device's utilisation, not its memory's
        "vram/usage (%)/0": 25,
        "vram/usage (GB)/0": 20,
        "vram/total (GB)/0": 80,
        "vram/usage (%)/1": 25,
        "vram/usage (GB)/1": 20,
        "vram/total (GB)/1": 80,
    }
    assert monitor.failures == {"gpu": "NVMLError: Not Supported"}


def test_the_driver_is_opened_once_and_given_back():
    nvml, windows = Nvml(), []
    monitor = Monitor(windows.append, interval=0.01, num_samples=1, nvml=nvml)
    monitor.start()
    until(lambda: len(windows) > 2)
    monitor.stop()
    assert nvml.calls == ["init", "shutdown"]


def test_disks_by_name():
    found, _ = take(directories={"root": "/", "a b": "/tmp"}, nvml=Missing())
    disks = {name.rpartition("/")[2] for name in found if "/disk/" in name}
    assert disks == {"root", "a b"}


def test_a_missing_disk_is_said_once_and_left_out():
    said = []
    found, monitor = take(
        directories={"gone": "/no/such/folder", "main": "/"}, warn=said.append, nvml=Missing()
    )
    assert set(found) == MACHINE
    monitor.sample()
    assert said == ["Cannot read the disk of '/no/such/folder': it is left out."]


@pytest.mark.parametrize("name", ["", "/", "..", " ", 3])
def test_a_disk_needs_a_name(name):
    with pytest.raises(ValueError, match="should be names, but got"):
        Monitor(print, directories={name: "/"})


@pytest.mark.parametrize(
    ("given", "interval", "samples", "said"),
    [
        ({"interval": 1}, 0.1, 20, ["interval"]),
        ({"interval": 0}, 0.01, 20, ["interval"]),
        ({"num_samples": 31}, 0.05, 30, ["num_samples"]),
        ({"num_samples": 0, "interval": -1}, 0.01, 1, ["interval", "num_samples"]),
        ({}, 0.05, 20, []),
    ],
)
def test_out_of_range_is_corrected_and_said(given, interval, samples, said):
    warnings = []
    monitor = Monitor(print, warn=warnings.append, **given)
    assert (monitor.interval, monitor.num_samples) == (interval, samples)
    assert [text.split("`")[1] for text in warnings] == said


# --- the process tree ---------------------------------------------------------------------------------------

BUSY = """
import subprocess, sys, threading
threading.Thread(target=threading.Event().wait, daemon=True).start()
block = bytearray(64 << 20)
child = subprocess.Popen([sys.executable, "-c", "print('ready', flush=True)\\nwhile True: pass"])
child.wait()
"""


@pytest.fixture
def tree():
    process = subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    yield process
    for one in [*psutil.Process(process.pid).children(recursive=True), process]:
        one.kill()
    process.wait()
    process.stdout.close()


def test_a_process_tree_is_added_up(tree):
    """The parent waits with 64 MB and two threads, its child is busy."""
    monitor = Monitor(lambda metrics: None, num_samples=1, pid=tree.pid, nvml=Missing())
    values = {}

    def busy():
        values.update({metric.name: metric.value for metric in monitor.sample()})
        return values.get("system/process/cpu (%)", 0) > 10

    until(busy)
    assert values["system/process/count"] == 2
    assert values["system/process/threads"] == 3
    assert 64 / 1024 < values["system/process/rss (GB)"] < 1
    if sys.platform == "linux":
        assert values["system/process/read (GB)"] >= 0
        assert values["system/process/write (GB)"] >= 0


WRITES = """
import os
with open("block", "wb") as file:
    file.write(bytes(8 << 20))
    file.flush()
    os.fsync(file.fileno())
print(1, flush=True)
os.read(0, 1)
"""


def test_totals_keep_what_ended_processes_moved(tmp_path):
    """A curve of bytes written never falls when a child ends."""
    (tmp_path / "child.py").write_text(WRITES)
    source = "import os, subprocess, sys; subprocess.run([sys.executable, 'child.py']); os.write(1, b'2\\n')"
    source += "; os.read(0, 1)"
    process = subprocess.Popen(
        [sys.executable, "-c", source], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    monitor = Monitor(lambda metrics: None, num_samples=1, pid=process.pid, nvml=Missing())

    def written():
        return {metric.name: metric.value for metric in monitor.sample()}.get("system/process/write (GB)")

    assert process.stdout.readline() == "1\n"
    during = written()
    if not during:
        process.kill()
        process.communicate()
        pytest.skip("the kernel does not count the bytes of this disk")
    process.stdin.write("x")
    process.stdin.flush()
    assert process.stdout.readline() == "2\n"
    assert written() >= during >= 0.0078  # 8 MiB in GB, to six decimals
    process.communicate("x")


def test_a_process_that_has_ended_gives_nothing():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    found, monitor = take(pid=process.pid, nvml=Missing())
    assert set(found) == MACHINE
    assert list(monitor.failures) == ["gpu"]


# --- the thread ---------------------------------------------------------------------------------------------


def test_windows_come_until_stop_and_the_last_is_not_lost():
    windows = []
    monitor = Monitor(windows.append, interval=0.01, num_samples=3, nvml=Missing())
    monitor.start()
    monitor.start()
    until(lambda: len(windows) >= 2)
    assert sum(thread.name == "dvclive-monitor" for thread in threading.enumerate()) == 1
    monitor.stop()
    monitor.stop()
    count = len(windows)
    assert all({metric.name for metric in window} == MACHINE for window in windows)
    assert not [thread for thread in threading.enumerate() if thread.name == "dvclive-monitor"]
    assert len(windows) == count


def test_a_run_shorter_than_a_window_has_one():
    """The mean is over the readings taken, not over those planned."""
    windows = []
    monitor = Monitor(windows.append, interval=0.1, num_samples=30, nvml=Missing())
    monitor.start()
    monitor.stop()
    [window] = windows
    [disk] = [metric.value for metric in window if metric.name == "system/disk/usage (%)/main"]
    assert disk == pytest.approx(psutil.disk_usage("/").percent, abs=5)


def test_a_receiver_that_fails_does_not_end_the_monitor():
    calls = []

    def emit(metrics):
        calls.append(metrics)
        raise OSError("disk full")

    monitor = Monitor(emit, interval=0.01, num_samples=1, nvml=Missing())
    monitor.start()
    until(lambda: len(calls) > 2)
    monitor.stop()
    assert monitor.failures["emit"] == "OSError: disk full"


def test_a_program_may_end_without_stopping_it():
    source = "from dvclive_cli.processes.monitor import Monitor\nMonitor(lambda metrics: None).start()\n"
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
