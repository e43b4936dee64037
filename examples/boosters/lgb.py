import lightgbm
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

train_x, test_x, train_y, test_y = train_test_split(*load_breast_cancer(return_X_y=True), random_state=0)
train = lightgbm.Dataset(train_x, train_y)
options = {"objective": "binary", "metric": ["binary_logloss", "auc"], "num_leaves": 7, "verbose": -1}
lightgbm.train(
    options,
    train,
    num_boost_round=40,
    valid_sets=[train, lightgbm.Dataset(test_x, test_y, reference=train)],
    valid_names=["train", "test"],
    callbacks=[lightgbm.log_evaluation(5)],
)
