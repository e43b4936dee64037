"""Two of scikit-learn's estimators that say how they get on; nothing here knows of dvclive."""

from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

images, labels = load_digits(return_X_y=True)
MLPClassifier((32,), max_iter=10, early_stopping=True, verbose=True, random_state=0).fit(images / 16, labels)
KMeans(10, n_init=1, max_iter=5, verbose=1, random_state=0).fit(images)
