import xgboost
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

train_x, test_x, train_y, test_y = train_test_split(*load_diabetes(return_X_y=True), random_state=0)
model = xgboost.XGBRegressor(n_estimators=12, max_depth=3, eval_metric=["rmse", "mae"])
model.fit(train_x, train_y, eval_set=[(train_x, train_y), (test_x, test_y)])
