import json
import warnings

import numpy
import xgboost

from dvclive.xgb import DVCLiveCallback

warnings.simplefilter("ignore", DeprecationWarning)
random = numpy.random.default_rng(0)
x = random.normal(size=(80, 4))
y = (x[:, 0] > 0).astype(int)
callback = DVCLiveCallback(metric_data="validation_0", dir="mine", save_dvc_exp=False)
model = xgboost.XGBClassifier(n_estimators=3, max_depth=1, callbacks=[callback])
model.fit(x[:40], y[:40], eval_set=[(x[40:], y[40:]), (x, y)], verbose=False)
print(json.dumps(model.evals_result()))
