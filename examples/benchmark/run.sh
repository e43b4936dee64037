#!/usr/bin/env bash
# A benchmark of each of two commits, compared. Usage: run.sh [FOLDER]
set -euo pipefail
. "$(dirname "$0")/../scratch.sh"

scratch "${1:-}" primes.awk bench.sh
echo times.csv >>.git/info/exclude
show "./bench.sh"
sed -i 's/divisor < number/divisor * divisor <= number/' primes.awk
git commit --quiet --all --message "Stop at the square root"
show "./bench.sh"
show "dvclive export --format json --compare HEAD~1 | grep -A 1 change"
show "dvc exp show --no-pager --hide-workspace --drop 'Created|status|exit_code|duration|primes.stddev_s'"
