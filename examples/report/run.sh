#!/usr/bin/env bash
# A run with its report, and the report of an experiment, in a scratch Git repository. Usage: run.sh [FOLDER]
set -euo pipefail
. "$(dirname "$0")/../scratch.sh"

scratch "${1:-}" shapes.py train.sh
echo out >>.git/info/exclude
show "dvclive run --quiet --report html --exp-name shapes -- ./train.sh --epochs 20 --rate 0.002"
show "ls dvclive"
show "dvclive report shapes"
show "dvclive report shapes -o shapes.md"
show "head -12 shapes.md"
show "dvclive run --quiet --exp-name faster -- ./train.sh --epochs 20 --rate 0.02 | tail -n 1"
show "dvclive compare shapes faster --html comparison.html"
