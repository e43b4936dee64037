#!/usr/bin/env bash
# Keras, Lightning and a transformers Trainer as they print by themselves, in a scratch Git repository.
# Usage: run.sh [FOLDER]
set -euo pipefail
. "$(dirname "$0")/../scratch.sh"

# Take the Python that dvclive lives in where yours has no torch.
if ! python -c 'import torch' 2>/dev/null; then
  PATH=$(dirname "$(readlink -f "$(command -v dvclive)")"):$PATH
fi

scratch "${1:-}" net.py lit.py bert.py
printf '%s\n' '*.log' out >>.git/info/exclude
show "dvclive run --exp-name keras-run -- python net.py >keras.log 2>&1"
show "dvclive run --exp-name lightning-run -- python lit.py >lightning.log 2>&1"
show "dvclive run --exp-name transformers-run -- python bert.py >transformers.log 2>&1"
show "dvc exp show --no-pager --hide-workspace --drop 'Created|status|exit_code|duration|step|.*rate|.*norm|epoch|.*second|.*accuracy'"
