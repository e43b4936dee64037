"""Parts of lines, wide characters, lines that wrap, a colour that is left on."""

from pauses import pause, write

write("größer 漢字")
pause()
write("漢字\n" + "x" * 200 + "\n\x1b[35m")
pause()
write("y" * 100)
pause()
write("z\x1b[0m\n" * 30 + "end: ")
pause()
