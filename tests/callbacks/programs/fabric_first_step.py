import torch

from dvclive.fabric import DVCLiveLogger

logger = DVCLiveLogger()
logger.log_hyperparams({"scale": torch.tensor(1.5), "kind": object})
logger.log_metrics({"loss": 1}, step=0)
logger.log_metrics({"loss": 2}, step=1)
logger.log_metrics({"loss": 3})
logger.finalize("failed")
print("{}")
