import json

import catboost
import numpy

random = numpy.random.default_rng(0)
x = random.normal(size=(120, 3))
y = (x[:, 0] + random.normal(size=120) > 0).astype(int)
model = catboost.CatBoostClassifier(iterations=4, depth=2, learning_rate=0.3, allow_writing_files=False)
model.fit(x[:90], y[:90], eval_set=(x[90:], y[90:]))
print(json.dumps(model.get_evals_result()))
