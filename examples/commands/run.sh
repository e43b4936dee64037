#!/usr/bin/env bash
# A shell script that records itself, command by command, in a scratch Git repository. Usage: run.sh [FOLDER]
set -euo pipefail
. "$(dirname "$0")/../scratch.sh"

scratch "${1:-}" bench.sh
dvc init --quiet && git commit --quiet --message "DVC"
show "./bench.sh 3 2>&1"
show "dvclive status"
show "dvc exp show --no-pager --hide-workspace --drop 'Created|status|exit_code|duration'"
