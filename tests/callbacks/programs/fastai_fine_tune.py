import json

import torch
from fastai.basics import DataLoaders, Learner, params, set_seed
from fastai.callback.all import *  # noqa: F403 - `fine_tune` and `lr_find` come with it

from dvclive.fastai import DVCLiveCallback

set_seed(0)
x = torch.randn(64, 4)
y = (x[:, :1] > 0).float()
train, other = [list(zip(x[part], y[part], strict=True)) for part in (slice(48), slice(48, 64))]
loaders = DataLoaders.from_dsets(train, other, bs=8, num_workers=0)
model = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Linear(4, 1))
learn = Learner(
    loaders, model, loss_func=torch.nn.BCEWithLogitsLoss(), path=".",
    splitter=lambda model: [params(model[0]), params(model[1])],
)  # fmt: skip
learn.add_cb(DVCLiveCallback())
values = []
with learn.no_bar(), learn.no_logging():
    learn.lr_find(show_plot=False)
    learn.freeze()
    learn.fit(1)
    values += learn.recorder.values
    learn.validate()
    learn.unfreeze()
    learn.fit(2)
    values += learn.recorder.values
    learn.get_preds()
print()
print(json.dumps([list(map(float, line)) for line in values]))
