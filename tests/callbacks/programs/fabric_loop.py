import argparse

import torch
from lightning.fabric import Fabric

from dvclive import Live
from dvclive.fabric import DVCLiveLogger

live = Live("mine")
logger = DVCLiveLogger(run_name="a run", prefix="pre", experiment=live)
assert (logger.name, logger.version, logger.experiment is live) == ("DvcLiveLogger", "a run", True)
fabric = Fabric(loggers=[logger], accelerator="cpu")
logger.log_hyperparams(argparse.Namespace(lr=0.1, act=torch.relu, sizes={"a": [1, 2]}, none=None))
for step in (1, 2, 5):
    fabric.log_dict(
        {"train_loss": torch.tensor(0.5 / step), "lr-Adam": 0.1, "val_acc_epoch": step}, step=step
    )
fabric.log("val_loss", 3)
logger.finalize("success")
print("{}")
