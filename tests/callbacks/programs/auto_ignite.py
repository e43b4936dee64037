"""One evaluator for two sets of data, after each epoch and after all; a bar that shows what is computed."""

import json

import torch
from ignite.engine import Engine, Events, create_supervised_evaluator, create_supervised_trainer
from ignite.handlers import ProgressBar
from ignite.metrics import Loss, RunningAverage

torch.manual_seed(0)
x = torch.randn(48, 4)
batches = [(x[n : n + 8], x[n : n + 8, :1]) for n in range(0, 48, 8)]
train, other = batches[:4], batches[4:]
model, loss = torch.nn.Linear(4, 1), torch.nn.MSELoss()
trainer = create_supervised_trainer(model, torch.optim.SGD(model.parameters(), lr=0.1), loss)
RunningAverage(output_transform=lambda value: value).attach(trainer, "average")
evaluator = create_supervised_evaluator(model, metrics={"mse": Loss(loss)})
ProgressBar().attach(trainer, ["average"], output_transform=lambda value: {"now": value})
report: dict[str, list[float]] = {name: [] for name in ("batch", "average", "train", "eval", "last")}


@trainer.on(Events.ITERATION_COMPLETED)
def remember(engine: Engine) -> None:
    report["batch"].append(engine.state.output)


@trainer.on(Events.EPOCH_COMPLETED)
def evaluate(engine: Engine) -> None:
    report["average"].append(engine.state.metrics["average"])
    for name, data in (("train", train), ("eval", other)):
        evaluator.run(data)
        report[name].append(evaluator.state.metrics["mse"])
    print(f"Epoch {engine.state.epoch}: half={report['eval'][-1] / 2:.4f}")


trainer.run(train, max_epochs=3)
evaluator.run(other[:1])
report["last"].append(evaluator.state.metrics["mse"])
print(json.dumps(report))
