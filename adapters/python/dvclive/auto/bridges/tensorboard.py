"""SummaryWriter, PyTorch's and tensorboardX's: what a program adds is logged beside it.

Numbers are those that the program gave: the event file has 32 bits of them. Pictures are taken from what
goes into the file, where they are encoded already. Other kinds (histograms, graphs, audio, meshes) have no
place in DVC's files.
"""

from __future__ import annotations

import sys

from .. import patching
from . import alone
from .boards import boards
from .hear import beside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

TRACKER = "tensorboard"


def patch(module: Any) -> None:
    """The writer's methods; they call each other, and the file's writer below them."""
    writer = sys.modules.get(f"{module.__name__}.writer", module)  # of a package
    for name, tell in METHODS.items():
        beside(writer.SummaryWriter, name, tell, TRACKER)
    patching.around(writer.FileWriter, "add_summary", _summary)
    if alone.is_wanted():
        writer.EventFileWriter = NoEventFile


def _folder(arguments: dict[str, Any]) -> str:
    writer = arguments["self"]
    return str(writer.log_dir if hasattr(writer, "log_dir") else writer.logdir)


def _scalar(result: Any, arguments: dict[str, Any]) -> None:
    boards.value(_folder(arguments), arguments["tag"], arguments["scalar_value"], arguments["global_step"])


def _scalars(result: Any, arguments: dict[str, Any]) -> None:
    for tag, value in arguments["tag_scalar_dict"].items():
        boards.value(_folder(arguments), f"{arguments['main_tag']}/{tag}", value, arguments["global_step"])


def _text(result: Any, arguments: dict[str, Any]) -> None:
    boards.value(_folder(arguments), arguments["tag"], arguments["text_string"], arguments["global_step"])


def _hparams(result: Any, arguments: dict[str, Any]) -> None:
    told = boards.told()
    if told is not None:
        told.params(arguments["hparam_dict"])
        told.summary(arguments["metric_dict"])


def _pr_curve(result: Any, arguments: dict[str, Any]) -> None:
    told, name = boards.told(), boards.name(_folder(arguments), arguments["tag"])
    if told is not None and name is not None:
        told.sklearn("precision_recall", name, arguments["labels"], arguments["predictions"])


METHODS: dict[str, Callable[[Any, dict[str, Any]], None]] = {
    "add_scalar": _scalar,
    "add_scalars": _scalars,
    "add_text": _text,
    "add_hparams": _hparams,
    "add_pr_curve": _pr_curve,
}


def _summary(original: Any) -> Callable[..., Any]:
    def add_summary(self: Any, summary: Any, global_step: Any = None, *args: Any, **kwargs: Any) -> Any:
        result = original(self, summary, global_step, *args, **kwargs)
        with patching.guarded(f"The bridge from {TRACKER} has failed"):
            for value in summary.value:
                if value.HasField("image"):
                    boards.picture(
                        str(self.get_logdir()), value.tag, value.image.encoded_image_string, global_step
                    )
        return result

    return add_summary


class NoEventFile:
    """In the place of the writer of event files, with `--bridge-only`."""

    def __init__(self, logdir: Any, *args: Any, **kwargs: Any) -> None:
        self._logdir = str(logdir)

    def get_logdir(self) -> str:
        """Where the file would be."""
        return self._logdir

    def add_event(self, event: Any) -> None:
        """Not written."""

    def flush(self) -> None:
        """There is nothing."""

    close = reopen = flush
