import json

import optuna

from dvclive.optuna import DVCLiveCallback

optuna.logging.set_verbosity(optuna.logging.ERROR)


def objective(trial: optuna.Trial) -> tuple[float, float]:
    x = trial.suggest_float("x", -10, 10)
    return (x - 2) ** 2, x


for names, folder in (("metric", "one-name"), (["loss", "size"], "names")):
    study = optuna.create_study(
        directions=["minimize", "maximize"], sampler=optuna.samplers.RandomSampler(seed=1)
    )
    callback = DVCLiveCallback(metric_name=names, dir=folder, save_dvc_exp=False)
    study.optimize(objective, n_trials=2, callbacks=[callback])
print(json.dumps(study.trials[-1].values))
