#!/usr/bin/env bash
# An R script as an experiment, in a scratch Git repository. Usage: run.sh [FOLDER]
set -euo pipefail
. "$(dirname "$0")/../scratch.sh"

scratch "${1:-}" cars.R
show "dvclive run -- Rscript cars.R"
show "dvc exp show --no-pager --hide-workspace --drop 'Created|status|exit_code|duration|Multiple.*|Adjusted.*'"
