import json

import optuna

study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))


def objective(trial):
    x = trial.suggest_float("x", -3, 3)
    if trial.number == 2:
        raise optuna.TrialPruned
    return (x - 1) ** 2


study.optimize(objective, n_trials=3)
study.optimize(objective, n_trials=2)
values = {trial.number: trial.value for trial in study.trials if trial.value is not None}
print(json.dumps({"values": values, "best": study.best_params, "value": study.best_value}))
