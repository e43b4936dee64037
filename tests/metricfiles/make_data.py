"""Writes the files of tests/data/metricfiles with the programs that users have.

python make_data.py FOLDER      needs torch, tensorboard, tensorboardX, lightning, pandas

A test marked `integration` runs it in an environment of its own and reads what it wrote.
"""

from __future__ import annotations

import glob
import logging
import os
import shutil
import sys
import warnings

STEPS = 5


def losses(step: int) -> tuple[float, float]:
    return round(2.0 / (step + 1), 4), round(0.5 + 0.1 * step, 4)


def torch_writer(folder: str) -> None:
    """torch.utils.tensorboard: both forms of scalars, and much that is none."""
    import torch
    from torch.utils.tensorboard import SummaryWriter

    torch.manual_seed(0)
    with SummaryWriter(os.path.join(folder, "torch")) as writer:
        for step in range(STEPS):
            loss, acc = losses(step)
            writer.add_scalar("Loss/train", loss, step)
            writer.add_scalar("Accuracy/val", acc, step * 10, new_style=True)
            double = torch.tensor(loss, dtype=torch.float64)
            writer.add_scalar("double", double, step, new_style=True, double_precision=True)
            writer.add_scalars("lr", {"head": loss / 10, "body": loss / 100}, step)
            writer.add_histogram("weights", torch.randn(100), step, bins="auto")
            writer.add_text("note", "loss: 0.5", step)
            writer.add_image("picture", torch.zeros(3, 4, 4), step)
        writer.add_hparams({"lr": 0.1, "model": "net", "bias": True}, {"final": 0.25}, run_name=".")


def tensorboardx(folder: str) -> None:
    from tensorboardX import SummaryWriter

    with SummaryWriter(os.path.join(folder, "tensorboardX")) as writer:
        for step in range(STEPS):
            loss, acc = losses(step)
            writer.add_scalar("loss", loss, step)
            writer.add_scalar("acc", acc, step, summary_description="share of hits")


def keras_layout(folder: str) -> None:
    """Scalars as TF2's `tf.summary.scalar` writes them, made with TensorBoard's own protocol buffers."""
    import numpy as np
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    for place, (split, index) in enumerate((("train", 0), ("validation", 1))):
        writer = EventFileWriter(os.path.join(folder, "keras", split))
        for step in range(STEPS):
            summary = scalar_pb("epoch_loss", losses(step)[index])
            tensor = summary.value[0].tensor
            if place:  # and in the other form that a tensor may have
                value = np.float32(tensor.float_val[0])
                del tensor.float_val[:]
                tensor.tensor_content = value.tobytes()
            writer.add_event(Event(step=step, wall_time=1.7e9 + step, summary=summary))
        writer.close()


def lightning_csv(folder: str) -> None:
    """Lightning's CSVLogger: sparse cells, and a header that grows, for which the file is written anew."""
    logging.disable()
    warnings.simplefilter("ignore")
    from lightning.pytorch.loggers import CSVLogger

    logger = CSVLogger(folder, name="lightning", version="")
    for step in range(STEPS):
        loss, acc = losses(step)
        logger.log_metrics({"epoch": step // 2, "train_loss": loss}, step)
        if step % 2:
            logger.log_metrics({"epoch": step // 2, "val_acc": acc}, step)
        logger.save()


def pandas_csv(folder: str) -> None:
    import pandas

    history = [{"epoch": step + 1, "loss": losses(step)[0], "acc": losses(step)[1]} for step in range(STEPS)]
    pandas.DataFrame(history).to_csv(os.path.join(folder, "pandas.csv"))


MAKERS = (torch_writer, tensorboardx, keras_layout, lightning_csv, pandas_csv)


def main(folder: str) -> None:
    os.makedirs(folder, exist_ok=True)
    for make in MAKERS:
        make(folder)
    for number, path in enumerate(
        sorted(glob.glob(os.path.join(folder, "**", "*tfevents*"), recursive=True))
    ):
        stamp = f"events.out.tfevents.1700000000.host.{number}"  # without the name of the machine
        shutil.move(path, os.path.join(os.path.dirname(path), stamp))


if __name__ == "__main__":
    main(sys.argv[1])
