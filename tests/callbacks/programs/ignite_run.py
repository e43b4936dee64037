import json

import torch
from ignite.engine import Engine, Events, create_supervised_evaluator, create_supervised_trainer
from ignite.handlers import global_step_from_engine
from ignite.metrics import Loss

from dvclive.pytorch_ignite import DVCLiveLogger

torch.manual_seed(0)
x = torch.randn(32, 4)
data = [(x[n : n + 8], x[n : n + 8, :1]) for n in range(0, 32, 8)]
model, loss = torch.nn.Linear(4, 1), torch.nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
trainer = create_supervised_trainer(model, optimizer, loss)
evaluator = create_supervised_evaluator(model, metrics={"mse": Loss(loss)})
report: dict[str, list[float]] = {"batch": [], "mse": []}


@trainer.on(Events.ITERATION_COMPLETED)
def remember(engine: Engine) -> None:
    report["batch"].append(engine.state.output)


@trainer.on(Events.EPOCH_COMPLETED)
def evaluate(engine: Engine) -> None:
    evaluator.run(data)
    report["mse"].append(evaluator.state.metrics["mse"])


with DVCLiveLogger() as logger:
    logger.log_params({"lr": 0.1})
    logger.attach_output_handler(
        trainer, Events.ITERATION_COMPLETED, tag="train", output_transform=lambda value: {"batch": value}
    )
    logger.attach_output_handler(
        evaluator, Events.COMPLETED, tag="eval", metric_names="all",
        global_step_transform=global_step_from_engine(trainer),
    )  # fmt: skip
    logger.attach_opt_params_handler(trainer, Events.EPOCH_STARTED, optimizer=optimizer)
    trainer.run(data, max_epochs=2)
print(json.dumps(report))
