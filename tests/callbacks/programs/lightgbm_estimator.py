import json
import warnings

import lightgbm
import numpy

from dvclive import Live
from dvclive.lgbm import DVCLiveCallback

warnings.simplefilter("ignore")
random = numpy.random.default_rng(0)
x = random.normal(size=(200, 4))
y = (x[:, 0] > 0).astype(int)
with Live("custom_dir", save_dvc_exp=False) as live:
    model = lightgbm.LGBMClassifier(n_estimators=30, verbose=-1, num_leaves=3, learning_rate=1.0)
    model.fit(
        x[:100], y[:100], eval_set=[(x[100:], y[100:])],
        callbacks=[DVCLiveCallback(live=live), lightgbm.early_stopping(2, verbose=False)],
    )  # fmt: skip
print(json.dumps(model.evals_result_))
