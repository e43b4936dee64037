"""What the callbacks for frameworks share: the run that a training is logged to, a framework that is missing.

Knows no framework. A callback turns what its framework says into calls of `Live`; when a run begins and
ends for it is decided here.
"""

from __future__ import annotations

from . import convert
from .error import FrameworkMissingError, InvalidParameterTypeError
from .live import Live
from .recording import COMPLETED, FAILED, Ending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Run:
    """The run that a callback logs to: the `Live` it was given, or one of its own.

    A callback of its own opens a run for each thing that it sees trained. Another training of the same thing
    (`fit` called again) goes on with its run. A given `Live` stays the caller's: it is ended with the
    training, as its `with` block allows, and never replaced.

    Parameters:
        live: the run to log to; None for one of its own, opened now.
        options: for `Live`, where it is our own.
    """

    def __init__(self, live: Live | None, options: Mapping[str, Any]) -> None:
        self._options = None if live is not None else dict(options)
        self.live = Live(**options) if live is None else live
        self._ended = False
        self._trained: Any = None  # a weak reference: a model is not kept alive for its log

    def begin(self, trained: object = None) -> None:
        """A training of this begins; None for something new each time."""
        same = trained is not None and self._trained is not None and self._trained() is trained
        over = self._ended or self.live._ended  # by us, or by a copy of us
        if over and not same and self._options is not None:
            self.live = Live(**self._options)
        self._ended = False
        if trained is not None:
            import weakref

            self._trained = weakref.ref(trained)

    def end(self, failed: bool = False) -> None:
        """The training has ended, with an error or without."""
        self._ended = True
        end(self.live, failed)

    @property
    def own(self) -> bool:
        """Whether the run is the callback's own."""
        return self._options is not None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_trained": None}  # sent to another process, or copied with an estimator


class Callback:
    """What has a run: `live` is the `Live` of the moment."""

    _run: Run

    @property
    def live(self) -> Live:
        """The run that is logged to."""
        return self._run.live


def log_at(live: Live, step: int, metrics: Mapping[str, Any]) -> None:
    """Log metrics at a step, and let the views show them: what `sync()` does, but for flushing the disk.

    Loggers are told a step in several parts, so that it is not known when one is complete.
    """
    live.step = step
    for name, value in metrics.items():
        live.log_metric(name, value)
    live._show()


def end(live: Live, failed: bool = False) -> None:
    """End a run, unless its `with` block does."""
    if not live._inside_with:
        live._finish(Ending(FAILED if failed else COMPLETED))


def described(params: Any) -> dict[str, Any]:
    """Parameters that can be logged: a function or class by its name, other things that YAML cannot say as
    text.

    Parameters:
        params: a dict, a namespace, or anything else with names and values.
    """
    from collections.abc import Mapping

    try:
        return convert.params(params)
    except InvalidParameterTypeError:
        pass
    values = params if isinstance(params, Mapping) else vars(params)
    return {str(name): _described(value) for name, value in values.items()}


def _described(value: Any, depth: int = 0) -> Any:
    if isinstance(value, dict) and depth < 20:
        return {str(key): _described(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)) and depth < 20:
        return [_described(item, depth + 1) for item in value]
    try:
        return convert.param(value)
    except InvalidParameterTypeError:
        return str(getattr(value, "__name__", value))


def missing(error: ImportError, *packages: str) -> ImportError:
    """What to raise where a framework cannot be imported.

    Parameters:
        error: as Python raised it.
        packages: what may be installed to have it; the first is advised.

    Returns:
        An error that says what to install; `error` itself where the framework is there and broken.
    """
    absent = (error.name or "").partition(".")[0]
    if absent and absent in {package.replace("-", "_") for package in packages}:
        return FrameworkMissingError(packages[0], absent)
    return error
