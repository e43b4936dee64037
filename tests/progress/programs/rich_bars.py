"""Two of rich's bars below printed lines."""

from pauses import pause
from rich.progress import BarColumn, Progress

with Progress("{task.description}", BarColumn(), "{task.completed}/{task.total}", auto_refresh=False) as bars:
    one, two = bars.add_task("one", total=9), bars.add_task("two", total=9)
    for i in range(9):
        bars.update(one, advance=1)
        bars.update(two, advance=1)
        bars.refresh()
        if i % 4 == 3:
            for line in range(12):
                bars.print(f"loss {line}")
            bars.refresh()
            pause()
