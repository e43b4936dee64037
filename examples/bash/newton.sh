#!/usr/bin/env bash
# Newton's method for the square root of 2, logging in the two ways that any program has.

echo "param start=$1" >"$DVCLIVE_FIFO" # out of sight: through the channel
x=$1
for step in 1 2 3 4 5; do
  x=$(awk "BEGIN {printf \"%.10f\", ($x + 2 / $x) / 2}")
  error=$(awk "BEGIN {printf \"%.3e\", $x * $x - 2}")
  echo "@dvclive root=$x error=$error step=$step" # in sight: a marked line of output
done
echo "@dvclive summary found=true"
