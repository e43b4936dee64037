import json

import optuna

from dvclive.optuna import DVCLiveCallback

optuna.logging.set_verbosity(optuna.logging.ERROR)


def objective(trial: optuna.Trial) -> float:
    x = trial.suggest_float("x", -10, 10)
    trial.suggest_categorical("kind", ["a", "b"])
    return (x - 2) ** 2


study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
study.optimize(objective, n_trials=3, callbacks=[DVCLiveCallback()])
print(json.dumps([{"metric": trial.value, **trial.params} for trial in study.trials]))
