import json

import lightgbm
import numpy

from dvclive.lgbm import DVCLiveCallback

random = numpy.random.default_rng(0)
x = random.normal(size=(200, 4))
y = (x[:, 0] > 0).astype(int)
data = lightgbm.Dataset(x, y)
sets = [
    lightgbm.Dataset(x[:50], y[:50], reference=data),
    lightgbm.Dataset(x[50:90], y[50:90], reference=data),
]
report: dict = {}
callback = DVCLiveCallback()
lightgbm.train(
    {"objective": "binary", "metric": ["binary_logloss", "auc"], "verbose": -1, "num_leaves": 3},
    data, num_boost_round=4, valid_sets=sets, callbacks=[callback, lightgbm.record_evaluation(report)],
)  # fmt: skip
callback.live.end()
print(json.dumps(report))
