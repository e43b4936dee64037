#!/usr/bin/env bash
# An Octave script as an experiment, in a scratch Git repository. Usage: run.sh [FOLDER]
set -euo pipefail
. "$(dirname "$0")/../scratch.sh"

scratch "${1:-}" descent.m
show "dvclive run -- octave-cli descent.m"
show "dvc exp show --no-pager --hide-workspace --drop 'Created|status|exit_code|duration'"
