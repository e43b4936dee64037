"""What shims log, in the order of what the program prints."""

from __future__ import annotations

import sys
from pathlib import Path

from processes import Place, read_file

TRAININGS = """
from dvclive.auto import beside, joined
beside.ENTERED_WITHIN, beside.WAITED_AT_MOST = 0.3, 60  # a loaded machine is slow to read
for training in range(3):
    live = joined.begin("keras")
    live.printed(["loss"])
    live.log_metric("train/loss", training)
    print(f"epoch {training}: loss={training}.5")
    live.over()
    print(f"epoch {training}: loss={training}.25")
"""


def test_what_is_printed_before_the_end_of_a_training_and_after_it(place: Place) -> None:
    """However fast one follows the other: they are read on two ways."""
    Path(place.cwd, "program.py").write_text(TRAININGS)
    ended = place.under([sys.executable, "program.py"], "--shims", "auto")
    assert (ended.code, ended.err) == (0, b"")
    rows = [row.split("\t") for row in read_file(f"{place.dir}/plots/metrics/loss.tsv").splitlines()[1:]]
    assert rows == [[str(training), f"{training}.25"] for training in range(3)]
