"""Boosters in their less common ways, each a training of its own; nothing of ours."""

import json

import catboost
import lightgbm
import numpy
import xgboost

random = numpy.random.default_rng(0)
x = random.normal(size=(200, 4))
y = (x[:, 0] + random.normal(size=200) > 0).astype(int)
held = [(x[150:], y[150:])]
x, y = x[:150], y[:150]
report: dict[str, list[float]] = {}

frame = xgboost.cv(
    {"objective": "binary:logistic", "eval_metric": "logloss"}, xgboost.DMatrix(x, y), num_boost_round=4,
    nfold=3, verbose_eval=True,
)  # fmt: skip
report.update({key.replace("-", "/", 1): list(frame[key]) for key in frame})
stopped = xgboost.XGBClassifier(n_estimators=60, early_stopping_rounds=2, eval_metric=["error", "logloss"])
stopped.fit(x, y, eval_set=[(x, y), *held])
for data, metrics in stopped.evals_result().items():
    report.update({f"xgboost_2/{data}/{key}": list(values) for key, values in metrics.items()})
dart: dict = {}
xgboost.train(
    {"booster": "dart", "rate_drop": 0.5, "objective": "binary:logistic"}, xgboost.DMatrix(x, y),
    num_boost_round=4, evals=[(xgboost.DMatrix(*held[0]), "held")], evals_result=dart, verbose_eval=2,
)  # fmt: skip
report["xgboost_3/held/logloss"] = dart["held"]["logloss"]

folds = lightgbm.cv(
    {"objective": "binary", "metric": "auc", "verbose": -1}, lightgbm.Dataset(x, y), num_boost_round=4,
    nfold=3, callbacks=[lightgbm.log_evaluation()],
)  # fmt: skip
report.update({"valid/auc": folds["valid auc-mean"], "valid/auc-stdv": folds["valid auc-stdv"]})
model = lightgbm.LGBMClassifier(n_estimators=60, verbose=-1, metric=["auc", "binary_logloss"])
model.fit(
    x, y, eval_set=held, eval_names=["held"],
    callbacks=[lightgbm.early_stopping(2), lightgbm.log_evaluation(1)],
)  # fmt: skip
report.update({f"lightgbm_2/held/{key}": values for key, values in model.evals_result_["held"].items()})

quiet = {"allow_writing_files": False, "depth": 2}
sparse = catboost.CatBoostClassifier(iterations=9, metric_period=3, custom_metric=["AUC"], **quiet)
sparse.fit(x, y, eval_set=held[0])
for data, metrics in sparse.get_evals_result().items():
    report.update({f"{data}/{key}": values for key, values in metrics.items()})
early = catboost.CatBoostRegressor(iterations=80, learning_rate=0.5, early_stopping_rounds=2, **quiet)
early.fit(x, y, eval_set=held[0], verbose=10)
for data, metrics in early.get_evals_result().items():
    report.update({f"catboost_2/{data}/{key}": values for key, values in metrics.items()})
print(json.dumps(report))
