"""tf.summary: scalars and pictures as they are written, whoever writes them in the program.

All of tf.summary ends in one operation, `write_summary`. Where it runs at once, its values are there to see.
Where it becomes part of a compiled function (`tf.function`), only its tag is: the points are read from the
writer's file then. With `--bridge-only` that file is one of the run's channel, and holds nothing else.
"""

from __future__ import annotations

import os
import weakref

from ... import env
from .. import callers, patching
from . import alone
from .boards import boards

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

TRACKER = "tensorflow"
WHAT = "The bridge from tf.summary has failed"

_places: Any = weakref.WeakKeyDictionary()  # by writer, its folder and the files that it has made there


def patch(module: Any) -> None:
    """tensorflow.python.ops.summary_ops_v2: where writers are made, and what they all write by."""
    patching.around(module, "create_file_writer_v2", _made)
    patching.around(module.gen_summary_ops, "write_summary", lambda original: _written(original, module))


def _made(original: Any) -> Callable[..., Any]:
    def create_file_writer_v2(logdir: Any, *args: Any, **kwargs: Any) -> Any:
        folder, before, place = "", set(), logdir
        with patching.guarded(WHAT):
            folder = _text(logdir)
            if alone.is_wanted():
                place = os.path.dirname(os.environ[env.DVCLIVE_FIFO])  # goes when the run has ended
            before = _files(_text(place))
        writer = original(place, *args, **kwargs)
        with patching.guarded(WHAT):
            _places[writer] = folder, sorted(_files(_text(place)) - before)
        return writer

    return create_file_writer_v2


def _written(original: Any, module: Any) -> Callable[..., Any]:
    from tensorflow.core.framework.summary_pb2 import SummaryMetadata

    def write_summary(*args: Any, **named: Any) -> Any:
        eager = module.context.executing_eagerly()
        result = None if eager and alone.is_wanted() else original(*args, **named)
        with patching.guarded(WHAT):
            _, step, tensor, tag, metadata = args[:5]
            folder, paths = _places.get(module._summary_state.writer, ("", []))
            if folder and not callers.is_told(TRACKER, 2):
                plugin = SummaryMetadata.FromString(_bytes(metadata)).plugin_data.plugin_name
                if plugin in KINDS and eager:
                    KINDS[plugin](folder, _text(tag), tensor.numpy(), _number(step))
                elif plugin in KINDS:
                    boards.follow(folder, _text(tag), paths)
        return result

    return write_summary


def _files(folder: str) -> set[str]:
    return {os.path.join(folder, name) for name in os.listdir(folder)} if os.path.isdir(folder) else set()


def _scalar(folder: str, tag: str, value: Any, step: int) -> None:
    boards.value(folder, tag, value, step)


def _images(folder: str, tag: str, value: Any, step: int) -> None:
    """Width, height, and the files of one picture or more."""
    for picture in value[2:3]:
        boards.picture(folder, tag, picture, step)


def _texts(folder: str, tag: str, value: Any, step: int) -> None:
    if isinstance(value, bytes):
        boards.value(folder, tag, value.decode("utf-8", "replace"), step)


KINDS: dict[str, Callable[[str, str, Any, int], None]] = {
    "scalars": _scalar,
    "images": _images,
    "text": _texts,
}


def _bytes(value: Any) -> bytes:
    value = value.numpy() if hasattr(value, "numpy") else value
    return value.encode("latin-1") if isinstance(value, str) else bytes(value)


def _text(value: Any) -> str:
    value = value.numpy() if hasattr(value, "numpy") else value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _number(value: Any) -> int:
    return int(value.numpy() if hasattr(value, "numpy") else value)
