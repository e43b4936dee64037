#!/usr/bin/env bash
# A CI job, played in a scratch Git repository. Usage: run.sh [FOLDER]
set -euo pipefail
. "$(dirname "$0")/../scratch.sh"

scratch "${1:-}" train.py Makefile
show "make --silent train 2>/dev/null | tail -n 1"
git add . && git commit --quiet --message "Results of the base"
export GITHUB_STEP_SUMMARY=summary.md # GitHub Actions sets it
show "dvclive run --quiet --exp-name faster --compare main -- python3 train.py --lr 0.3 | tail -n 1"
show "cat summary.md"
show "dvclive export --format openmetrics"
