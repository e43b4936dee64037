#!/usr/bin/env bash
# Two trainings and a shell script become DVC experiments, in a scratch Git repository. Usage: run.sh [FOLDER]
set -euo pipefail
. "$(dirname "$0")/../scratch.sh"

# The training needs scikit-learn: take the Python that dvclive lives in where yours has none.
if ! python -c 'import sklearn' 2>/dev/null; then
  PATH=$(dirname "$(readlink -f "$(command -v dvclive)")"):$PATH
fi

scratch "${1:-}" train.py pack.sh
echo weights.txt >>.git/info/exclude
show "dvclive run -- python train.py --lr 0.1 --epochs 8"
show "dvclive run -- python train.py --lr 0.01 --epochs 8"
show "dvclive run -- ./pack.sh"
show "dvc exp show --no-pager --hide-workspace --sort-by val_acc --sort-order desc --drop '.*' --keep 'Experiment|size_kb|train_loss|val_acc|lr'"
