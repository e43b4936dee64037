#!/usr/bin/env bash
# A Node program as an experiment, in a scratch Git repository. Usage: run.sh [FOLDER]
set -euo pipefail
. "$(dirname "$0")/../scratch.sh"

scratch "${1:-}" walk.js
show "dvclive run -- node walk.js"
show "dvc exp show --no-pager --hide-workspace --drop 'Created|status|exit_code|duration'"
