#!/usr/bin/env python3
"""Tell crosses, rings and bars of 8 by 8 noisy pixels apart: softmax regression, no package needed.

Prints losses and accuracies of each epoch; leaves the weights as pictures, the guesses as tables.
"""

import math
import random
import struct
import sys
import zlib
from operator import add, mul
from pathlib import Path

EPOCHS, RATE = int(sys.argv[2]), float(sys.argv[4])  # --epochs N --rate R
SIZE, CLASSES = 8, ("cross", "ring", "bar")
draw = random.Random(1)


def pixels(name):
    cells = []
    for y in range(SIZE):
        for x in range(SIZE):
            dx, dy = x - 3.5, y - 3.5
            cross, ring, bar = abs(dx) - abs(dy), math.hypot(dx, dy) - 3, dy
            on = {"cross": abs(cross) < 1, "ring": abs(ring) < 0.8, "bar": abs(bar) < 1.5}
            cells.append(on[name] * 0.8 + draw.gauss(0, 1.6))
    return cells


def samples(count):
    names = [draw.randrange(3) for _ in range(count)]
    return [(pixels(CLASSES[name]), name) for name in names]


def chances(cells):
    sums = [sum(map(mul, row, cells)) for row in weights]
    powers = [math.exp(one - max(sums)) for one in sums]
    return [one / sum(powers) for one in powers]


def measure(data):
    found = [(chances(cells), name) for cells, name in data]
    loss = -sum(math.log(max(part[name], 1e-9)) for part, name in found) / len(data)
    return loss, sum(part.index(max(part)) == name for part, name in found) / len(data)


def picture(path):
    """The three rows of weights beside each other, as a PNG of 24 by 8 cells (w3.org/TR/png)."""
    low, high = min(map(min, weights)), max(map(max, weights))
    zoom, lines = 8, []
    for y in range(SIZE * zoom):
        cells = [
            weights[x // (SIZE * zoom)][y // zoom * SIZE + x // zoom % SIZE] for x in range(3 * SIZE * zoom)
        ]
        lines.append(b"\0" + bytes(round(255 * (cell - low) / (high - low or 1)) for cell in cells))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 3 * SIZE * zoom, SIZE * zoom, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"".join(lines))) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


weights = [[0.0] * SIZE * SIZE for _ in CLASSES]
train, test = samples(150), samples(300)
Path("out/weights").mkdir(parents=True, exist_ok=True)
for epoch in range(1, EPOCHS + 1):
    draw.shuffle(train)
    for cells, name in train:
        for index, part in enumerate(chances(cells)):
            slope = RATE * ((index == name) - part)
            weights[index] = [*map(add, weights[index], (slope * cell for cell in cells))]
    (loss, acc), (val_loss, val_acc) = measure(train), measure(test)
    print(f"epoch={epoch} train/loss={loss:.4f} val/loss={val_loss:.4f}", end=" ")
    print(f"train/acc={acc:.4f} val/acc={val_acc:.4f}")
    picture(Path(f"out/weights/{epoch}.png"))

with open("out/guesses.csv", "w") as table, open("out/rings.csv", "w") as rings:
    table.write("truth,guess\n")
    rings.write("ring,score\n")
    for cells, name in test:
        part = chances(cells)
        table.write(f"{CLASSES[name]},{CLASSES[part.index(max(part))]}\n")
        rings.write(f"{int(name == 1)},{part[1]:.6f}\n")
