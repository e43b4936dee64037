"""tensorboardX where it is not installed: a writer whose pictures become files' bytes, and nothing else."""  # noqa: N999 - the package's name

from __future__ import annotations

import types

from .nothing import Some

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Message:
    """A message of TensorBoard's protocol, as far as somebody reads it again."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def HasField(self, name: str) -> bool:  # noqa: N802 - protobuf's
        """Whether the message has this one."""
        return name in self.__dict__


class FileWriter(Some):
    """What the writer hands its messages to."""

    def __init__(self, logdir: str) -> None:
        self._logdir = logdir

    def get_logdir(self) -> str:
        """Where the file would be."""
        return self._logdir

    def add_summary(self, summary: Any, global_step: Any = None, walltime: Any = None) -> None:
        """Not written."""


class SummaryWriter(Some):
    """A writer of no file."""

    def __init__(self, logdir: Any = None, comment: str = "", **more: Any) -> None:
        self.logdir = self.log_dir = str(more.get("log_dir") or logdir or f"runs/run{comment}")
        self._file = FileWriter(self.logdir)

    def add_scalar(
        self, tag: str, scalar_value: Any, global_step: Any = None, walltime: Any = None, **more: Any
    ) -> None:
        """A point."""

    def add_scalars(
        self, main_tag: str, tag_scalar_dict: Any, global_step: Any = None, walltime: Any = None
    ) -> None:
        """Points of several series."""

    def add_text(self, tag: str, text_string: str, global_step: Any = None, walltime: Any = None) -> None:
        """A text."""

    def add_hparams(
        self, hparam_dict: Any, metric_dict: Any, name: Any = None, global_step: Any = None
    ) -> None:
        """Parameters, and what came of them."""

    def add_pr_curve(
        self, tag: str, labels: Any, predictions: Any, global_step: Any = None, **more: Any
    ) -> None:
        """A curve of precision and recall."""

    def add_image(
        self, tag: str, img_tensor: Any, global_step: Any = None, walltime: Any = None,
        dataformats: str = "CHW",
    ) -> None:  # fmt: skip
        """A picture: its axes are as `dataformats` says; of several (N), the first."""
        import numpy

        array = (
            img_tensor.detach().cpu().numpy() if hasattr(img_tensor, "detach") else numpy.asarray(img_tensor)
        )
        if "N" in dataformats:
            array = array.take(0, dataformats.index("N"))
            dataformats = dataformats.replace("N", "")
        self._add(
            tag,
            array.transpose([dataformats.index(axis) for axis in "HWC" if axis in dataformats]),
            global_step,
        )

    def add_images(
        self, tag: str, img_tensor: Any, global_step: Any = None, walltime: Any = None,
        dataformats: str = "NCHW",
    ) -> None:  # fmt: skip
        """Several pictures."""
        self.add_image(tag, img_tensor, global_step, walltime, dataformats)

    def add_figure(
        self, tag: str, figure: Any, global_step: Any = None, close: bool = True, walltime: Any = None
    ) -> None:
        """A figure of Matplotlib, or several."""
        from .... import pictures

        figures = figure if isinstance(figure, list) else [figure]
        self._add(tag, figures[0], global_step)
        for one in figures if close else ():
            pictures.close_figure(one)

    def _add(self, tag: str, picture: Any, step: Any) -> None:
        from .... import pictures

        image = Message(encoded_image_string=pictures.encode("picture.png", picture)[0])
        self._file.add_summary(Message(value=[Message(tag=tag, image=image)]), step)


def fill(module: Any) -> None:
    """Put into the package what scripts use of it."""
    module.__dict__.update(
        SummaryWriter=SummaryWriter, FileWriter=FileWriter,
        writer=types.SimpleNamespace(SummaryWriter=SummaryWriter),
    )  # fmt: skip
