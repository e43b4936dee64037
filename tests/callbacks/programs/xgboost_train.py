import json

import numpy
import xgboost

from dvclive.xgb import DVCLiveCallback

random = numpy.random.default_rng(0)
x = random.normal(size=(80, 4))
y = (x[:, 0] > 0).astype(int)
train, other = xgboost.DMatrix(x, y), xgboost.DMatrix(x[:20], y[:20])
report: dict = {}
xgboost.train(
    {"objective": "binary:logistic", "eval_metric": ["logloss", "error"], "max_depth": 2},
    train, num_boost_round=4, evals=[(train, "train"), (other, "other")],
    callbacks=[DVCLiveCallback()], evals_result=report, verbose_eval=False,
)  # fmt: skip
print(json.dumps(report))
