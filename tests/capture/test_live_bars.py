"""Progress bars that count while they move: how often, and at which steps."""

import pickle

from capture_judge import events
from hypothesis import given
from hypothesis import strategies as st

from dvclive_cli.capture import Capture, CaptureOptions, line_by_line

TQDM = "\rEpoch {0}: {1:3}%|###| {1}/100 [00:0{1}<00:30, 9.2it/s, loss=0.{0}{1:02}]"
KERAS = "\r{1}/100 \x1b[32m━━\x1b[0m 0s 3ms/step - accuracy: 0.{0}{1:02} - loss: 0.{0}{1:02}"


def sampled(parts: list[tuple[float, bytes]], seconds: float | None = 10.0) -> list[tuple[str, float, int]]:
    """The points of bytes that come at these seconds; with a checkpoint after each."""
    taken = Capture("stderr", CaptureOptions(live_bars=seconds))
    found = []
    for now, data in parts:
        found += line_by_line(taken.feed_in_bulk(data, now * 1000))
        taken = pickle.loads(pickle.dumps(taken))
    return [(e.name, e.value, e.step) for match in [*found, *taken.close()] for e in match.events]


def epochs(bar: str, heads: str = "", ends: str = "\n") -> list[tuple[float, bytes]]:
    """Two epochs of 100 batches, a refresh a second."""
    return [
        (
            epoch * 100 + at,
            (
                (heads.format(epoch) if at == 1 else "") + bar.format(epoch, at) + (ends if at == 100 else "")
            ).encode(),
        )
        for epoch in (1, 2)
        for at in range(1, 101)
    ]


def test_a_bar_is_sampled_and_its_end_counts():
    found = sampled(epochs(TQDM), 30.0)
    assert [step for _, _, step in found] == [31, 61, 91, 100, 121, 151, 181, 200]
    assert found[0] == ("loss", 0.131, 31)


def test_without_the_option_only_the_end_counts():
    assert [step for _, _, step in sampled(epochs(TQDM), None)] == [1, 2]


def test_the_epochs_of_keras_make_one_curve():
    found = sampled(epochs(KERAS, "Epoch {0}/2\n"), 40.0)
    steps = [step for name, _, step in found if name == "loss"]
    assert steps == [41, 81, 100, 121, 161, 200]


def test_the_last_state_of_a_bar_that_is_left_open_counts():
    parts = [
        (0, TQDM.format(1, 40).encode()),
        (20, TQDM.format(1, 50).encode()),
        (40, TQDM.format(1, 60).encode()),
    ]
    assert [step for _, _, step in sampled(parts)] == [50, 60]


@given(st.lists(st.integers(1, 60), max_size=8))
def test_the_same_however_it_is_cut(cuts):
    """All bytes that came at one time."""
    data = b"".join(data for _, data in epochs(TQDM))
    options = CaptureOptions(live_bars=0.0)
    whole, parts = Capture("stderr", options), Capture("stderr", options)
    found = line_by_line(whole.feed_in_bulk(data, 5.0)) + whole.close()
    taken, at = [], 0
    for cut in cuts:
        taken += line_by_line(parts.feed_in_bulk(data[at : at + cut], 5.0))
        at += cut
    taken += line_by_line(parts.feed_in_bulk(data[at:], 5.0)) + parts.close()
    assert events(taken) == events(found)
    assert len(events(found)) == 199  # the first refresh starts the clock
