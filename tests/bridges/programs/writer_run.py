"""A script that writes for TensorBoard: two writers, numbers, pictures, texts, parameters."""

import sys

import numpy as np

try:
    import matplotlib.pyplot as plt
except ImportError:
    plt = None

if sys.argv[1] == "torch":
    from torch.utils.tensorboard import SummaryWriter
else:
    from tensorboardX import SummaryWriter

with (
    SummaryWriter("runs/train") as train,
    SummaryWriter("runs/val") as val,
    SummaryWriter("runs/more") as more,
):
    for step in range(3):
        train.add_scalar("loss", np.float64(1 / (step + 1)), step, walltime=1000.0 + step)
        train.add_scalar("val/loss", step, global_step=step)  # no name of the other writer's
        val.add_scalar("loss", step / 7, step)
        val.add_scalars("both", {"a": step, "b": 2 * step}, step)
        more.add_scalar("train/loss", step, step * 10)  # taken
        more.add_scalar("free", step, step)
        more.add_scalar("unstepped", step)
    train.add_image("seen", np.zeros((3, 4, 6)), 2)
    train.add_images("many", np.zeros((2, 3, 4, 6)), 2)
    train.add_image("grey", np.zeros((4, 6), dtype=np.uint8), 2, dataformats="HW")
    if plt is not None:
        train.add_figure("figure", plt.figure(1), 2)
        train.add_figure("kept", plt.figure(2), 2, close=False)
    more.add_text("note", "text", 2)
    train.add_histogram("weights", np.arange(9.0), 2)
    train.add_pr_curve("pr", np.array([0, 1, 1, 0]), np.array([0.1, 0.8, 0.6, 0.3]), 2)
    train.add_hparams({"lr": 0.1, "on": True, "opt": "sgd"}, {"best": 0.25})
if plt is not None:
    print(plt.get_fignums())
