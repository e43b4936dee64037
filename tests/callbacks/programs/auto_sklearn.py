import json

from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

x, y = make_classification(n_samples=120, random_state=0)
search = GridSearchCV(LogisticRegression(), {"C": [0.01, 0.1, 1.0]}, n_jobs=2, cv=3)
search.fit(x, y)
means = list(search.cv_results_["mean_test_score"])
print(json.dumps({"mean": means, "best": search.best_score_, "params": search.best_params_}))
