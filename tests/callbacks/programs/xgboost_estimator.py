import json

import numpy
import xgboost

from dvclive import Live
from dvclive.xgb import DVCLiveCallback

random = numpy.random.default_rng(0)
x = random.normal(size=(80, 4))
y = (x[:, 0] > 0).astype(int)
with Live("custom_dir", save_dvc_exp=False) as live:
    model = xgboost.XGBClassifier(
        n_estimators=20, early_stopping_rounds=2, max_depth=1, learning_rate=1.5,
        callbacks=[DVCLiveCallback(live=live)],
    )  # fmt: skip
    model.fit(x[:40], y[:40], eval_set=[(x[40:], y[40:])], verbose=False)
    live.log_metric("summary_metric", 1.0, plot=False)
print(json.dumps(model.evals_result()))
