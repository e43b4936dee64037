"""Images as pictures: steps together, too large ones named."""

from __future__ import annotations

import base64

import pytest

from dvclive_cli.writers.report import pictures
from dvclive_cli.writers.report.pictures import grouped


@pytest.mark.parametrize(
    ("path", "group", "step"),
    [
        ("sample/10.png", "sample/*.png", 10),
        ("10/sample.png", "*/sample.png", 10),
        ("masks_003.jpg", "masks_*.jpg", 3),
        ("step12.png", "step*.png", 12),
        ("epoch-4/a.png", "epoch-*/a.png", 4),
        ("1/2/a.png", "1/*/a.png", 2),
        ("resnet50/roc.png", "resnet50/roc.png", None),
        ("roc.png", "roc.png", None),
        ("mp3.png", "mp3.png", None),
    ],
)
def test_the_step_in_a_name(path: str, group: str, step: int | None) -> None:
    assert grouped(path) == (group, step)


def test_steps_come_in_their_order() -> None:
    names = [(f"s/{step}.png", 3) for step in (10, 9, 100)] + [("one.gif", 3), ("notes.txt", 3)]
    found = pictures.pictures(names, lambda name: name.encode())
    assert [one.name for one in found] == ["s/*.png", "one.gif"]
    assert [shot.step for shot in found[0].shots] == [9, 10, 100]
    kind, _, data = found[1].shots[0].source.partition(",")
    assert (kind, base64.b64decode(data)) == ("data:image/gif;base64", b"one.gif")


def test_a_single_one_keeps_its_name() -> None:
    assert pictures.pictures([("s/3.png", 1)], lambda _: b"x")[0].name == "s/3.png"


def test_large_and_lost_ones_are_named() -> None:
    def read(name: str) -> bytes | None:
        if name == "lost.png":
            raise PermissionError
        return None

    found = pictures.pictures([("big.png", 1 << 21), ("lost.png", 1), ("gone.png", 1)], read)
    assert [one.shots[0].source for one in found] == ["", "", ""]
    assert "too large" in found[0].shots[0].trouble
    assert "cannot be read" in found[1].shots[0].trouble


def test_a_page_has_its_measure() -> None:
    """Thousands of steps are thinned, the first and the last stay; a full page says where the rest is."""
    found = pictures.pictures([(f"s/{n}.png", 1) for n in range(5000)], lambda _: b"x")
    steps = [shot.step for shot in found[0].shots]
    assert (len(steps), steps[0], steps[-1]) == (pictures.MAX_IMAGES, 0, 4999)
    full = pictures.pictures([(f"n{n}x.png", 1 << 20) for n in range(20)], lambda _: b"x")
    assert sum(bool(one.shots[0].source) for one in full) == 16
    assert "plots/images" in full[-1].shots[0].trouble
