import json

import catboost
import numpy

from dvclive.catboost import DVCLiveCallback

random = numpy.random.default_rng(0)
x = random.normal(size=(80, 4))
y = (x[:, 0] > 0).astype(int)
callback = DVCLiveCallback()
for _ in range(2):
    model = catboost.CatBoostClassifier(
        iterations=5, verbose=False, custom_metric=["AUC"], allow_writing_files=False, metric_period=2
    )
    model.fit(x[:60], y[:60], eval_set=[(x[60:], y[60:]), (x, y)], callbacks=[callback])
print(json.dumps(model.get_evals_result()))
