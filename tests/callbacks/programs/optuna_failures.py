import json

import optuna

from dvclive.optuna import DVCLiveCallback

optuna.logging.set_verbosity(optuna.logging.CRITICAL)


def objective(trial: optuna.Trial) -> float:
    x = trial.suggest_float("x", -10, 10)
    for step in range(3):
        trial.report(x * step, step)
    if trial.number == 1:
        raise optuna.TrialPruned
    if trial.number == 2:
        raise ValueError
    return x


study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
study.optimize(objective, n_trials=3, callbacks=[DVCLiveCallback()], catch=ValueError)
print(json.dumps([{"x": trial.params["x"], "points": trial.intermediate_values} for trial in study.trials]))
