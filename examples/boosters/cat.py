from catboost import CatBoostClassifier
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

train_x, test_x, train_y, test_y = train_test_split(*load_breast_cancer(return_X_y=True), random_state=0)
model = CatBoostClassifier(iterations=40, depth=3, metric_period=10, random_seed=0, allow_writing_files=False)
model.fit(train_x, train_y, eval_set=(test_x, test_y))
print(f"test accuracy: {model.score(test_x, test_y):.4f}")
