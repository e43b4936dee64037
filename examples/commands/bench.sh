#!/bin/sh
# How small and how fast do compressors get? One experiment, one step a level. Usage: bench.sh [LEVELS]
set -eu
trap 'dvclive end --exit-code $?' EXIT

seq 20000 > numbers.txt
dvclive start --exp-name gzip-levels --quiet
dvclive log-param tool=gzip bytes="$(wc -c < numbers.txt)"

for level in $(seq "${1:-3}"); do
  gzip -c -"$level" numbers.txt > numbers.gz
  wc -c < numbers.gz | dvclive log-metric size -
  gzip -dc numbers.gz | cmp -s - numbers.txt && dvclive summary roundtrip=true
  dvclive next-step
done

awk 'BEGIN { print "level,note"; print "1,fast"; print "9,small" }' > levels.csv
dvclive log-plot levels levels.csv --x level --y note
dvclive log-artifact numbers.gz --type dataset --desc "the last level's output"
