#!/bin/sh
# Packs the weights and logs how small they get: a plain shell script, one line a point.
for level in 1 3 6 9; do
  bytes=$(($(gzip -"$level" -c weights.txt | wc -c)))
  echo "level $level: $bytes bytes"
  echo "size_kb=$(awk "BEGIN {print $bytes / 1024}") step=$level" >"$DVCLIVE_FIFO"
done
