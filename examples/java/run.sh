#!/usr/bin/env bash
# A Java program as an experiment, in a scratch Git repository. Usage: run.sh [FOLDER]
set -euo pipefail
. "$(dirname "$0")/../scratch.sh"

scratch "${1:-}" Perceptron.java
show "dvclive run -- java Perceptron.java"
show "dvc exp show --no-pager --hide-workspace --drop 'Created|status|exit_code|duration'"
