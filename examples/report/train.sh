#!/usr/bin/env bash
# A training, and what is to be seen of it besides its numbers.
set -euo pipefail
python3 shapes.py "$@"
for picture in out/weights/*.png; do
  dvclive log-image "weights/$(basename "$picture")" "$picture"
done
dvclive log-sklearn-plot confusion_matrix --file out/guesses.csv --label-column truth --prediction-column guess
dvclive log-sklearn-plot roc --file out/rings.csv --label-column ring --prediction-column score --title "Rings: ROC"
