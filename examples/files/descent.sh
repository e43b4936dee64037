#!/usr/bin/env bash
# Gradient descent on (x - 3)^2, which keeps its history in a file, as many trainers do, and prints no number.

awk -v rate="${2:-0.1}" 'BEGIN {
  print "epoch,loss,x"
  for (epoch = 0; epoch < 6; epoch++) {
    printf "%d,%.6f,%.6f\n", epoch, (x - 3) ^ 2, x
    x -= rate * 2 * (x - 3)
  }
}' >history.csv
echo "history.csv is written"
