"""Train a small network on scikit-learn's digits. It prints for people and knows nothing of dvclive."""

import argparse

import numpy
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.01)
parser.add_argument("--epochs", type=int, default=8)
args = parser.parse_args()

images, labels = load_digits(return_X_y=True)
train_x, val_x, train_y, val_y = train_test_split(images / 16, labels, test_size=0.25, random_state=0)
model = MLPClassifier(hidden_layer_sizes=(32,), solver="sgd", learning_rate_init=args.lr, random_state=0)

for epoch in range(1, args.epochs + 1):
    model.partial_fit(train_x, train_y, classes=range(10))
    print(f"epoch {epoch}: train_loss={model.loss_:.4f} val_acc={model.score(val_x, val_y):.4f}")

numpy.savetxt("weights.txt", model.coefs_[0], fmt="%.4f")
