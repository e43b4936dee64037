"""The contract between `Live` and whatever records: values in, already converted and checked.

One screen. `standalone.py` records in this process, `supervised.py` sends lines to `dvclive run`; `Silent`,
here, records nothing and says so once.
"""

from __future__ import annotations

from . import messages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    Point = tuple[str, Any, str | None]

COMPLETED, FAILED, INTERRUPTED = "completed", "failed", "interrupted"


class Ending:
    """How a program stopped logging: `status`, with the exit code or the signal's name where one is known."""

    __slots__ = ("exit_code", "signal", "status")

    def __init__(self, status: str, exit_code: int | None = None, signal: str | None = None) -> None:
        self.status, self.exit_code, self.signal = status, exit_code, signal


class Start:
    """Where a recording begins: a step, what an earlier part left (empty without `resume`), and the directory
    where that is not the one that was asked for."""

    __slots__ = ("dir", "params", "step", "summary")

    def __init__(
        self,
        step: int = 0,
        summary: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        dir: str = "",  # noqa: A002 - as the constructor calls it
    ) -> None:
        self.step, self.summary, self.params, self.dir = step, dict(summary or {}), dict(params or {}), dir


class NotRecording(Exception):  # noqa: N818 - not a fault, a state
    """Nobody can record here; says why and what to do."""


class Apart(Exception):  # noqa: N818 - not a fault, a state
    """The run around us does not record this one, in a directory of its own."""


class Recording:
    """Records one run. Every method returns when the values are safe from the death of this process.

    `metric`: `text` is the value as printed where it is not `str(value)`; `at_ms` epoch milliseconds, None
    for no time; without `plot` it goes to the summary only. `summary`: None takes a value out. `looks`:
    template, title, x_label, y_label as far as given.
    """

    exp_name: str | None = None

    def open(self) -> Start:
        """Begin. Raises NotRecording."""
        return Start()

    def reopen(self, ended: Recording) -> Start:
        """Go on with a run that the program has ended; the caller asks for `resume`. Raises NotRecording."""
        return self.open()

    def metric(self, name: str, value: Any, text: str | None, at_ms: int | None, plot: bool) -> None:
        """One point at the current step."""

    def metrics(self, points: Sequence[Point], at_ms: int | None, plot: bool) -> None:
        """Several points at the current step, told together: name, value and text of each."""
        for name, value, text in points:
            self.metric(name, value, text, at_ms, plot)

    def params(self, values: Mapping[str, Any]) -> None:
        """Hyperparameters by name."""

    def summary(self, changes: Mapping[str, Any]) -> None:
        """Values for metrics.json only."""

    def step(self, step: int) -> None:
        """The current step is this one."""

    def next_step(self) -> None:
        """The step is complete: views are written, the next one begins."""

    def image(self, name: str, source: Any) -> None:
        """A picture: a path (text), a PIL image, an array or a Matplotlib figure."""

    def plot(
        self, name: str, rows: list[dict[str, Any]], x: str, y: tuple[str, ...], looks: Mapping[str, Any]
    ) -> None:
        """A custom plot."""

    def sklearn(self, kind: str, labels: list[Any], predictions: list[Any], about: Mapping[str, Any]) -> None:
        """A scikit-learn plot; `about`: name, normalized, options and looks as far as given."""

    def artifact(self, path: str, about: Mapping[str, Any]) -> None:
        """A file or folder to track; `about`: type, name, desc, labels, meta, copy, cache as far as given."""

    def monitor(self, interval: float, num_samples: int, directories: Mapping[str, str]) -> None:
        """Record CPU, memory, disks and GPUs from now on."""

    def show(self) -> None:
        """Views may be brought up to date: the program logs rarely enough. Nothing need be safe from a power
        cut."""

    def sync(self) -> None:
        """All views are written when this returns."""

    def close(self, ending: Ending) -> None:
        """The program has finished logging: everything is written and the experiment saved."""

    def busy(self) -> bool:
        """Whether the calling thread is in the middle of a record (a signal handler asks)."""
        return False


class Silent(Recording):
    """Records nothing. `reason` is said when something is first logged; empty for nothing to say."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def __getattribute__(self, name: str) -> Any:
        # each word of the contract, now and later, says it once
        if not name.startswith("_") and name not in _QUIET:
            reason = object.__getattribute__(self, "reason")
            if reason:
                messages.warn_once(reason)
        return object.__getattribute__(self, name)


_QUIET = frozenset(("busy", "close", "exp_name", "open", "reason", "reopen"))
