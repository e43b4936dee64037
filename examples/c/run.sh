#!/usr/bin/env bash
# A C program as an experiment, in a scratch Git repository. Usage: run.sh [FOLDER]
set -euo pipefail
. "$(dirname "$0")/../scratch.sh"

scratch "${1:-}" fit.c
echo fit >>.git/info/exclude
show "cc -O2 -o fit fit.c"
show "dvclive run -- ./fit"
show "dvc exp show --no-pager --hide-workspace --drop 'Created|status|exit_code|duration'"
