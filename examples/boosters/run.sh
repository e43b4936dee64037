#!/usr/bin/env bash
# XGBoost, LightGBM and CatBoost as they print by themselves, in a scratch Git repository. Usage: run.sh [FOLDER]
set -euo pipefail
. "$(dirname "$0")/../scratch.sh"

# Take the Python that dvclive lives in where yours has none of them.
if ! python -c 'import catboost, lightgbm, xgboost' 2>/dev/null; then
  PATH=$(dirname "$(readlink -f "$(command -v dvclive)")"):$PATH
fi

scratch "${1:-}" xgb.py lgb.py cat.py
show "dvclive run --exp-name xgboost-run -- python xgb.py"
show "dvclive run --exp-name lightgbm-run -- python lgb.py"
echo cat.log >>.git/info/exclude
show "dvclive run --exp-name catboost-run -- python cat.py >cat.log"
show "dvc exp show --no-pager --hide-workspace --drop 'Created|status|exit_code|duration|step|train|learn|.*mae|.*auc|validation_0|test_accuracy'"
