"""Who records: this process, the `dvclive run` around it, or nobody; into which directory and which files.

Decides from the constructor's options and the environment. Opens nothing.
"""

from __future__ import annotations

import os

from . import env, messages
from .error import InvalidDvcyamlError, InvalidReportModeError
from .recording import Recording, Silent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

DEFAULT_DIR = "dvclive"
REPORTS = (None, "auto", "html", "notebook", "md")


def rank(environ: Mapping[str, str]) -> tuple[str, int] | None:
    """The variable that tells our number among the processes of a job, and the number; None for a lone
    process.

    >>> rank({"RANK": "8", "LOCAL_RANK": "0"})
    ('RANK', 8)
    """
    for name in env.RANKS:
        text = environ.get(name, "")
        if text.isdecimal():
            return name, int(text)
    return None


def directory(given: str, environ: Mapping[str, str]) -> str:
    """The run's directory, absolute: a later `os.chdir` does not move the run.

    Under `dvclive run` a program that names no directory of its own joins the run around it.
    """
    told = environ.get(env.DVCLIVE_DIR) if environ.get(env.DVCLIVE_FIFO) else None
    return os.path.abspath(told if told is not None and given == DEFAULT_DIR else given)


def has_engine() -> bool:
    """Whether this Python can record by itself."""
    from importlib.util import find_spec

    return find_spec("dvclive_cli") is not None


def report_mode(report: Any) -> str | None:
    """None for no report, "md", "html", or "notebook": the page shown in its cell."""
    if report not in REPORTS:
        raise InvalidReportModeError(report)
    if report == "auto":
        return "notebook" if in_notebook() else "html"
    if report == "notebook" and not in_notebook():
        messages.warn("Report mode 'notebook' needs a notebook; no report is written. Use 'html'.")
        return None
    return None if report is None else str(report)


def dvcyaml_path(dvcyaml: Any) -> str | None:
    """Absolute path of the dvc.yaml to write, None for none."""
    if dvcyaml is None or dvcyaml is False:
        return None
    path = "dvc.yaml" if dvcyaml is True else dvcyaml
    if not isinstance(path, (str, os.PathLike)) or os.path.basename(os.fspath(path)) != "dvc.yaml":
        raise InvalidDvcyamlError()
    return os.path.abspath(os.fspath(path))


def recording(options: Mapping[str, Any], environ: Mapping[str, str]) -> Recording:
    """What records a run with these options (`dir` absolute)."""
    number = rank(environ)
    if number is not None and number[1] > 0:
        return Silent(
            f"This is process {number[1]} of a job ({number[0]}={number[1]}): process 0 records the run, "
            f"what this one logs is left out. If it is a run of its own, start it without {number[0]}."
        )
    fifo = environ.get(env.DVCLIVE_FIFO)
    if fifo and environ.get(env.DVCLIVE_DIR):
        from .supervised import Supervised

        return Supervised(fifo, options)
    return alone(options)


def apart(options: Mapping[str, Any], environ: Mapping[str, str]) -> Recording:
    """What records a run in a directory that the run around it does not move to: this process, where it can;
    else it joins that run."""
    if has_engine():
        return alone(options)
    from .supervised import Supervised

    told = environ[env.DVCLIVE_DIR]
    messages.warn_once(
        f"The run is recorded into {told}, not into {options['dir']}: `dvclive run` lends the package "
        "`dvclive` to this Python, and has its directory from you. Leave out --dir, or install the package."
    )
    return Supervised(environ[env.DVCLIVE_FIFO], {**options, "dir": None})


def alone(options: Mapping[str, Any], in_repository: bool = True) -> Recording:
    """A recording by this process; one that says why not, where the engine is not installed."""
    if not has_engine():
        messages.warn_once(
            f"Nothing is recorded into {options['dir']}: the package `dvclive` is not installed for this "
            "Python, only lent by `dvclive run`. Install it, or log into the directory of the run around it."
        )
        return Silent("")
    from .standalone import Standalone

    return Standalone(options, in_repository)


def in_notebook() -> bool:
    """Whether we run inside a Jupyter or Colab notebook."""
    import sys

    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return type(shell).__name__ in ("ZMQInteractiveShell", "Shell")
