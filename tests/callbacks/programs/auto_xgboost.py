"""Two trainings; nothing of ours."""

import json

import numpy
import xgboost

random = numpy.random.default_rng(0)
x = random.normal(size=(80, 4))
y = (x[:, 0] + random.normal(size=80) > 0).astype(int)
train, other = xgboost.DMatrix(x, y), xgboost.DMatrix(x[:20], y[:20])
report: dict = {}
xgboost.train(
    {"objective": "binary:logistic", "eval_metric": ["logloss", "error"], "max_depth": 2},
    train, num_boost_round=4, evals=[(train, "train"), (other, "other")], evals_result=report,
)  # fmt: skip
model = xgboost.XGBClassifier(n_estimators=3, max_depth=3, eval_metric="logloss")
model.fit(x, y, eval_set=[(x[:20], y[:20])])
print("test accuracy:", model.score(x, y))
print(json.dumps([report, model.evals_result(), model.score(x, y)]))
