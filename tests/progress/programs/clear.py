"""The screen cleared, and filled again from the top."""

from pauses import pause, write

write("a\n" * 30 + "\x1b[H\x1b[2J\x1b[3Jfresh\n")
pause()
write("\x1b[41m red to the end of the row\x1b[K\x1b[0m\nmore\n")
pause()
write("\x1b[H\x1b[2J\x1b[3J" + "b\n" * 18 + "nothing has scrolled")
write("\x1b[1;1Hc")
