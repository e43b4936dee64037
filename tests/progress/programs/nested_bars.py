"""tqdm in tqdm."""

from pauses import pause
from tqdm import tqdm

pause()  # with nothing printed yet
LOOKS = "{l_bar}{bar}|{n_fmt}/{total_fmt}"

for epoch in tqdm(range(3), desc="epochs", bar_format=LOOKS):
    for batch in tqdm(range(9), desc="batches", leave=False, mininterval=0, bar_format=LOOKS):
        if epoch == 1 and batch == 5:
            pause()
