import json

import lightgbm
import numpy

random = numpy.random.default_rng(0)
x = random.normal(size=(200, 4))
y = (x[:, 0] + random.normal(size=200) > 0).astype(int)
model = lightgbm.LGBMClassifier(n_estimators=5, num_leaves=4, learning_rate=0.2)
model.fit(x[:150], y[:150], eval_set=[(x[150:], y[150:])], callbacks=[lightgbm.log_evaluation(1)])
print(json.dumps(model.evals_result_))
