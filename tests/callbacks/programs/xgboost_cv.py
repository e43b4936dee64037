import json

import numpy
import xgboost

from dvclive.xgb import DVCLiveCallback

random = numpy.random.default_rng(0)
x = random.normal(size=(80, 4))
y = (x[:, 0] > 0).astype(int)
found = xgboost.cv(
    {"objective": "binary:logistic", "eval_metric": ["logloss"], "max_depth": 2},
    xgboost.DMatrix(x, y), num_boost_round=3, nfold=3, callbacks=[DVCLiveCallback()],
)  # fmt: skip
print(json.dumps(found.to_dict("list")))
