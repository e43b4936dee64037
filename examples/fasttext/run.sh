#!/usr/bin/env bash
# fastText as an experiment, in a scratch Git repository. Usage: run.sh [FOLDER]
set -euo pipefail
. "$(dirname "$0")/../scratch.sh"

scratch "${1:-}" reviews.sh
printf '%s\n' reviews.txt reviews.bin reviews.vec >>.git/info/exclude
show "./reviews.sh >reviews.txt"
show "dvclive run -- fasttext supervised -input reviews.txt -output reviews -epoch 3 -thread 1"
show "dvclive run -- fasttext test reviews.bin reviews.txt"
show "dvc exp show --no-pager --hide-workspace --sort-by loss --drop 'Created|status|exit_code|duration'"
