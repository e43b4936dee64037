"""A bar that fills its row: the cursor waits at the margin."""

from pauses import pause, write

write("x\n" * 25)
for i in range(5):
    write(f"\r\x1b[34m{i}%|" + "█" * 66 + "|")
    if i == 3:
        pause()
    write(f"\r{i}%".ljust(71, "#"))
    if i == 4:
        pause()
write("\x1b[0m wraps\n")
