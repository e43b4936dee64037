"""A Python under `--shims auto` behaves as it does bare; what it gets beside that."""

from __future__ import annotations

import glob
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from processes import PYTHON, Ended, Place, finish

from dvclive import __version__

PYTHONS = sorted(
    {
        sys.executable,
        "/usr/bin/python3",
        shutil.which("pypy3") or "",
        *glob.glob(os.path.expanduser("~/.pyenv/versions/*/bin/python")),
    }
)
PYTHONS = [path for path in PYTHONS if os.path.exists(path)]
SHIMS = ("--shims", "auto")
LOOK = """
import sys
print([path for path in sys.path if path[-5:] != '/boot'], sorted(sys.modules), sys.argv, sys.flags)
"""


def both(place: Place, command: list[str]) -> tuple[Ended, Ended]:
    """What a command says bare, and with shims; addresses in memory are as they come."""
    return plain(place.bare(command)), plain(place.under(command, *SHIMS))


def plain(ended: Ended) -> Ended:
    return Ended(*(re.sub(rb"0x[0-9a-f]{9,}", b"0x", text) for text in ended[:2]), ended.code)


@pytest.mark.parametrize("python", PYTHONS)
def test_every_python_starts_with_the_same_modules_and_path(place: Place, python: str) -> None:
    """Also those for which there are no shims, Python 2.7 among them."""
    place.env["PYTHONDONTWRITEBYTECODE"] = "1"
    script = 'for flags in "" -E -S -s "-u -B -O"; do "$1" $flags -c "$2" || exit; done'
    bare, under = both(place, ["sh", "-c", script, "sh", python, LOOK])
    assert bare.code == 0
    assert under == bare


@pytest.mark.parametrize("flags", [["-E"], ["-I"], ["-S"]], ids="".join)
def test_a_python_that_is_told_to_ignore_us_does(place: Place, flags: list[str]) -> None:
    bare, under = both(place, [sys.executable, *flags, "-c", "import sys; print(sys.meta_path)"])
    assert under == bare


OWN = {
    "prints": "import sys; print('own', __name__, __file__); sys.own = 1",
    "fails": "1 / 0",
    "exits": "raise SystemExit(3)",
    "imports": "import missing_module",
    "looks": "import sys; print(sys.modules['sitecustomize'].__spec__, sys.path)",
}


@pytest.mark.parametrize("own", OWN)
def test_a_sitecustomize_of_the_program_runs_as_without_ours(place: Place, own: str) -> None:
    folder = Path(place.cwd, "site")
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(OWN[own])
    place.env["PYTHONDONTWRITEBYTECODE"] = "1"
    program = "import sys, sitecustomize; print(getattr(sys, 'own', 0), sitecustomize.__file__)"
    script = 'PYTHONPATH="$PYTHONPATH:$1" exec "$2" -c "$3"'
    bare, under = both(place, ["sh", "-c", script, "sh", str(folder), sys.executable, program])
    assert b"site" in bare.out + bare.err
    if own == "exits" and sys.version_info < (3, 11):  # a traceback, where we are seen
        bare, under = (ended._replace(err=ended.err.splitlines()[-1]) for ended in (bare, under))
    assert under == bare


PROGRAMS = {
    "fork": """
import os
pid = os.fork()
if not pid:
    import json
    os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
""",
    "spawn": """
import multiprocessing, sys
def work(number):
    return number * 2, sys.path == PATH if 'PATH' in globals() else 'sitecustomize' in sys.modules
if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        print(pool.map(work, range(4)))
""",
    "exec": """
import os, sys
if sys.argv[1:] != ["again"]:
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:], "again"])
print(sys.argv, [path for path in sys.path if "boot" in path])
""",
    "subprocess": """
import subprocess, sys
look = "import sys; print(sys.path, 'sitecustomize' in sys.modules)"
print(subprocess.run([sys.executable, "-c", look], capture_output=True, text=True))
""",
    "atexit": """
import atexit, os
atexit.register(lambda: 1 / 0)
atexit.register(print, "bye")
raise SystemExit(5)
""",
    "uncaught": "def f(): return {}['x']\nf()\n",
    "killed": "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
    "own finder": """
import importlib.abc, sys, importlib.util
class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        print("asked for", name)
sys.meta_path.insert(0, Finder())
import wave, optparse
print(importlib.util.find_spec("xgboost") is not None, importlib.util.find_spec("no_such_module"))
""",
    "loader": """
import sklearn.base
spec = sklearn.base.__spec__
print(type(spec), sorted(vars(spec)), spec, type(spec.loader), vars(spec.loader))
""",
    "looked for, not imported": """
import importlib.util
spec = importlib.util.find_spec("argparse")
print(spec, vars(spec.loader))
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
import argparse, importlib
print(importlib.reload(argparse) is argparse is not module, argparse.ArgumentParser().parse_args([]))
""",
    "lazy": """
import importlib.util, sys
spec = importlib.util.find_spec("argparse")
spec.loader = importlib.util.LazyLoader(spec.loader)
module = sys.modules["argparse"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print(module.ArgumentParser().parse_args([]))
""",
    "threads": """
import threading
from importlib import import_module
found = []
names = "argparse", "sklearn.base", "xml.dom.minidom", "sklearn.base", "argparse"
threads = [threading.Thread(target=lambda name=name: found.append(import_module(name))) for name in names * 4]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(module.__name__ for module in found))
""",
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_does_what_it_does_bare(place: Place, program: str) -> None:
    path = Path(place.cwd, "program.py")
    path.write_text(PROGRAMS[program])
    bare, under = both(place, [sys.executable, str(path)])
    assert under == bare


FAILS = {
    "at import": "import torch",
    "at import, in a try": """
try:
    import torch
except ZeroDivisionError as error:
    raise KeyError from error
""",
    "of arguments": """
import argparse
parser = argparse.ArgumentParser(exit_on_error=False)
parser.add_argument("--number", type=lambda text: 1 / 0)
parser.parse_args(["--number", "1"])
""",
    "of a fit": """
from sklearn.linear_model import LogisticRegression
LogisticRegression().fit([[1], [2]], [0, 1, 1])
""",
    "of sitecustomize": "",
}


@pytest.mark.parametrize("program", FAILS)
@pytest.mark.skipif(sys.version_info < (3, 11), reason="an older Python keeps our frame in a traceback")
def test_a_traceback_is_the_programs_alone(place: Place, program: str) -> None:
    Path(place.cwd, "program.py").write_text(FAILS[program])
    Path(place.cwd, "torch.py").write_text("def half():\n  return 1 / 0\n\nhalf()\n")
    script = 'exec "$1" program.py'
    if program == "of sitecustomize":
        Path(place.cwd, "sitecustomize.py").write_text("raise SystemExit(3)")
        script = 'PYTHONPATH="$PYTHONPATH:$PWD" ' + script
    bare, under = both(place, ["sh", "-c", script, "sh", sys.executable])
    assert bare.err
    assert under == bare


@pytest.mark.parametrize("python", [path for path in PYTHONS if path != "/usr/bin/python3"])
def test_dvclive_is_lent_with_its_version(place: Place, python: str) -> None:
    """To every Python from 3.8 on, also ahead of another one that is installed."""
    version = subprocess.run(
        [python, "-c", "import sys; print('%s %s' % sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    if tuple(map(int, version)) < (3, 8):
        pytest.skip("a Python without shims")
    other = Path(place.cwd, "other")
    (other / "dvclive").mkdir(parents=True)
    (other / "dvclive" / "__init__.py").write_text("__version__ = '3.0.0'\n")
    (other / "dvclive-3.0.0.dist-info").mkdir()
    (other / "dvclive-3.0.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: dvclive\nVersion: 3.0.0\n"
    )
    program = """
import importlib.util, importlib.metadata
assert importlib.util.find_spec("dvclive")
import dvclive, dvclive.plots
from dvclive import Live
about = importlib.metadata.metadata("dvclive")
print(dvclive.__version__, importlib.metadata.version("dvclive"), about["Name"])
with Live() as live:
    live.log_metric("loss", 0.5)
    live.next_step()
"""
    script = 'PYTHONPATH="$PYTHONPATH:$1" exec "$2" -c "$3"'
    ended = place.under(["sh", "-c", script, "sh", str(other), python, program], *SHIMS)
    assert ended.out == b"4.0.0 4.0.0 dvclive\n", ended.err
    assert Path(place.dir, "plots", "metrics", "loss.tsv").read_text() == "step\tloss\n0\t0.5\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-c"], True),
        (["-m", "build"], False),
        (["-um", "build"], False),
        (["-W", "ignore", "-X", "dev", "-mbuild"], False),
        (["-u", "-c"], True),
        (["-Xutf8", "pip3.11"], False),
        (["-m", "look"], True),
        (["pip3.11"], False),
        (["train.py"], True),
        (["setup.py"], False),
    ],
)
def test_tools_are_left_alone(place: Place, words: list[str], told: bool) -> None:
    look = "import sys; print(any(type(finder).__module__ == 'sitecustomize' for finder in sys.meta_path))"
    for name in ("look.py", "build.py", "pip3.11", "train.py", "setup.py"):
        Path(place.cwd, name).write_text(look)
    if words[-1] == "-c":
        words = [*words, look]
    assert place.under([sys.executable, *words], *SHIMS).out.decode() == f"{told}\n"


def test_it_can_be_switched_off(place: Place) -> None:
    """For one program of several."""
    look = "import sys; print(sys.meta_path[0])"
    bare = place.bare([sys.executable, "-c", look]).out
    switched = ["env", "DVCLIVE_SHIM=off", sys.executable, "-c", look]
    assert place.under(switched, *SHIMS).out.split()[0] == bare.split()[0]
    assert place.under([sys.executable, "-c", look], *SHIMS).out.split()[0] != bare.split()[0]


def test_verbose_tells_at_the_end_what_was_done(place: Place) -> None:
    """In the panel, and nowhere in the program's streams; each thing once, however many processes did it."""
    program = "import dvclive, sklearn.base, os; os.fork(); import argparse"
    script = 'for i in 1 2; do "$1" -c "$2"; done; "$1" -m pip --version'
    command = ["sh", "-c", script, "sh", PYTHON, program]
    loud = [word for word in place.command(command, "--verbose") if word != "--quiet"]
    told = finish(place.popen(loud)).err.decode().splitlines()
    messages = [line.partition(" ")[2].strip() for line in told if line.startswith("message ")]
    assert messages == [
        f"dvclive {__version__} is lent to {PYTHON}",
        f"the shim sklearn holds in sklearn.base of {PYTHON}",
        f"no shims in {PYTHON} -m pip --version",
    ]
    assert place.under(command, "--verbose") == place.bare(command)


def test_a_lent_live_that_names_another_directory_takes_the_run_there(place: Place) -> None:
    """As an installed one does; where the user has named one, it joins that run and says so."""
    lacks = (
        "import sys, importlib.util as u; sys.exit(sys.version_info < (3, 8) or u.find_spec('dvclive_cli'))"
    )
    bases = [getattr(sys, "_base_executable", sys.executable), *PYTHONS]
    lacking = (
        path
        for path in bases
        if not subprocess.run(
            [path, "-c", lacks], cwd=place.cwd, env={}, stderr=subprocess.DEVNULL
        ).returncode
    )
    python = next(lacking, None)
    if python is None:
        pytest.skip("every Python has the engine")
    program = (
        "from dvclive import Live\nwith Live('other') as live: live.log_metric('a', 0.5); print(live.dir)"
    )
    script = 'PYTHONPATH="${PYTHONPATH%%:*}" exec "$1" -c "$2"'
    argv = ["sh", "-c", script, "sh", python, program]
    unnamed = [word for word in place.command(argv, *SHIMS) if word not in ("--dir", place.dir)]
    ended = finish(place.popen(unnamed))
    assert (ended.code, ended.out.decode()) == (0, place.path("other") + "\n"), ended.err
    assert '"a": 0.5' in Path(place.path("other"), "metrics.json").read_text()
    assert not os.path.exists(place.dir)
    ended = place.under(argv, *SHIMS, "--dir", "named")
    assert (ended.code, ended.out.decode()) == (0, place.path("named") + "\n"), ended.err
    assert b"not into " in ended.err
    assert '"a": 0.5' in Path(place.path("named"), "metrics.json").read_text()
