#!/usr/bin/env bash
# A shell script as an experiment, in a scratch Git repository. Usage: run.sh [FOLDER]
set -euo pipefail
. "$(dirname "$0")/../scratch.sh"

scratch "${1:-}" newton.sh
show "dvclive run -- ./newton.sh 3"
show "dvc exp show --no-pager --hide-workspace --drop 'Created|status|exit_code|duration'"
