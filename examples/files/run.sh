#!/usr/bin/env bash
# A program that writes its metrics into a file, as experiments, in a scratch Git repository. Usage: run.sh [FOLDER]
set -euo pipefail
. "$(dirname "$0")/../scratch.sh"

scratch "${1:-}" descent.sh
show "dvclive run --watch history.csv -- ./descent.sh --rate 0.1"
show "dvclive run --watch history.csv -- ./descent.sh --rate 0.4"
show "dvc exp show --no-pager --hide-workspace --sort-by loss --drop 'Created|status|exit_code|duration'"
