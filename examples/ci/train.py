"""A training loop that knows nothing of dvclive."""

import argparse
import math

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
lr = parser.parse_args().lr
for epoch in range(12):
    loss = math.exp(-lr * epoch)
    print(f"epoch {epoch} train/loss={loss:.4f} val/loss={1.1 * loss + 0.02:.4f} val/acc={1 - loss / 2:.4f}")
