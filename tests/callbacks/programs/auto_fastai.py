"""Both stages of `fine_tune`, with the table and the bars that fastai prints, and the best model kept."""

import json

import torch
from fastai.basics import Callback, DataLoaders, Learner, set_seed
from fastai.callback.all import SaveModelCallback

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
lines: list[list[float]] = []


class Keep(type(learn.recorder)):  # the recorder forgets the first stage
    def after_epoch(self) -> None:
        super().after_epoch()
        lines.append(list(map(float, self.values[-1])))


learn.remove_cb(learn.recorder)
learn.add_cb(Keep())
learn.recorder = learn.cbs[-1]
learn.lr_find(num_it=4, show_plot=False)
lines.clear()
learn.fine_tune(2, cbs=[SaveModelCallback()])


class Interrupts(Callback):
    def before_validate(self) -> None:
        raise MemoryError("none")  # fastai reads the words


try:
    learn.fit(2, cbs=[Interrupts()])
except MemoryError:
    pass
print()
for epoch in range(3):
    print(f"epoch {epoch}: valid_loss={1 / (epoch + 1):.3f}")
print(json.dumps(lines))
