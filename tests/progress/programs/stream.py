"""More lines than the screen has."""

from pauses import pause, write

for i in range(50):
    write(f"epoch {i}/50 \x1b[32mloss\x1b[0m={1 / (i + 1):.3f}\n")
    if i % 20 == 19:
        pause()
