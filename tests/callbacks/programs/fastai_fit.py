import json

import torch
from fastai.basics import DataLoaders, Learner, set_seed
from fastai.callback.all import EarlyStoppingCallback, SaveModelCallback

from dvclive.fastai import DVCLiveCallback

set_seed(0)
x = torch.randn(64, 4)
y = (x[:, :1] > 0).float()
train, other = [list(zip(x[part], y[part], strict=True)) for part in (slice(48), slice(48, 64))]
loaders = DataLoaders.from_dsets(train, other, bs=8, num_workers=0)


def accuracy(predicted: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    return ((predicted > 0) == (wanted > 0)).float().mean()


learn = Learner(
    loaders, torch.nn.Linear(4, 1), loss_func=torch.nn.BCEWithLogitsLoss(), metrics=[accuracy],
    path=".", model_dir="models",
)  # fmt: skip
stop = EarlyStoppingCallback(min_delta=0.05)
with learn.no_bar(), learn.no_logging():
    learn.fit(5, 1e-4, cbs=[DVCLiveCallback(), SaveModelCallback(), stop])
names = list(learn.recorder.metric_names)[1:-1]
print()
print(json.dumps([dict(zip(names, map(float, line), strict=True)) for line in learn.recorder.values]))
