import json

import lightgbm
import numpy

from dvclive.lgbm import DVCLiveCallback

random = numpy.random.default_rng(0)
x = random.normal(size=(200, 4))
data = lightgbm.Dataset(x, (x[:, 0] + x[:, 1] > 0).astype(int))
found = lightgbm.cv(
    {"objective": "binary", "metric": ["binary_logloss", "auc"], "verbose": -1, "num_leaves": 3},
    data, num_boost_round=3, nfold=3, callbacks=[DVCLiveCallback()],
)  # fmt: skip
print(json.dumps(found))
