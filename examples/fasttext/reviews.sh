#!/bin/sh
# Six hundred made-up reviews of two kinds, always the same.
awk 'BEGIN {
  split("good great fine superb warm", good); split("bad dull awful flat cold", bad)
  for (i = 1; i <= 600; i++) {
    kind = i % 2; line = kind ? "__label__good" : "__label__bad"
    for (j = 1; j <= 6; j++) { k = (i * j + j * j) % 5 + 1; line = line " " (j % 3 ? (kind ? good[k] : bad[k]) : "film") }
    print line
  }
}'
