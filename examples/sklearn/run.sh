#!/usr/bin/env bash
# What scikit-learn prints with verbose=1 becomes curves, in a scratch Git repository. Usage: run.sh [FOLDER]
set -euo pipefail
. "$(dirname "$0")/../scratch.sh"

# The training needs scikit-learn: take the Python that dvclive lives in where yours has none.
if ! python -c 'import sklearn' 2>/dev/null; then
  PATH=$(dirname "$(readlink -f "$(command -v dvclive)")"):$PATH
fi

scratch "${1:-}" train.py
show "dvclive run -- python -W ignore train.py"
show "dvc exp show --no-pager --hide-workspace --drop 'Created|status|exit_code|duration'"
