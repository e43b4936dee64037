"""TensorBoard where it is not installed: what PyTorch's SummaryWriter and tf.summary ask it for.

PyTorch makes messages with it, of which pictures are read again; the functions of tf.summary are
TensorBoard's, around TensorFlow's own `write`.
"""

from __future__ import annotations

import sys

from .nothing import Module
from .tensorboardX import Message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Summary(Message):
    """A summary and its parts."""

    Value = Image = Audio = Message


def _write(name: str, tensor: Any, step: Any, plugin: str) -> Any:
    """Write what a plugin of TensorBoard's would show."""
    import tensorflow
    from tensorflow.core.framework.summary_pb2 import SummaryMetadata

    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=plugin))
    with tensorflow.summary.experimental.summary_scope(name, plugin, values=[tensor, step]) as (tag, _):
        return tensorflow.summary.write(tag=tag, tensor=tensor, step=step, metadata=metadata)


def scalar(name: str, data: Any, step: Any = None, description: Any = None) -> Any:
    """`tf.summary.scalar`."""
    import tensorflow

    return _write(name, tensorflow.cast(data, tensorflow.float32), step, "scalars")


def text(name: str, data: Any, step: Any = None, description: Any = None) -> Any:
    """`tf.summary.text`."""
    import tensorflow

    return _write(name, tensorflow.convert_to_tensor(data), step, "text")


def image(name: str, data: Any, step: Any = None, max_outputs: int = 3, description: Any = None) -> Any:
    """`tf.summary.image`: width, height and the files of some pictures."""
    import tensorflow

    pictures = tensorflow.image.convert_image_dtype(data, tensorflow.uint8, saturate=True)[:max_outputs]
    files = [tensorflow.io.encode_png(picture) for picture in tensorflow.unstack(pictures)]
    size = tensorflow.as_string(tensorflow.shape(pictures)[2:0:-1])
    return _write(name, tensorflow.concat([size, files], 0), step, "images")


def _nothing(*args: Any, **kwargs: Any) -> bool:
    return False


def fill(module: Any) -> None:
    """Put the modules in place that are asked for by their names."""
    functions = {"scalar": scalar, "text": text, "image": image, "histogram": _nothing, "audio": _nothing}
    for name, given in (("compat.proto.summary_pb2", {"Summary": Summary}), ("summary.v2", functions)):
        part = sys.modules[f"{module.__name__}.{name}"] = Module(f"{module.__name__}.{name}")
        part.__dict__.update(given)
