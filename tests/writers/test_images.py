"""plots/images: pictures from whatever a program has."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from dvclive_cli.errors import UsageError
from dvclive_cli.writers.images import image_name, render


def opened(data):
    return Image.open(BytesIO(data))


@pytest.mark.parametrize("suffix", [".jpg", ".jpeg", ".gif", ".png", ".PNG"])
def test_the_suffix_is_the_format(suffix):
    data = render(f"a{suffix}", Image.new("RGB", (4, 3), (255, 0, 0)))
    assert opened(data).format == {".jpg": "JPEG", ".jpeg": "JPEG", ".gif": "GIF"}.get(suffix, "PNG")


@pytest.mark.parametrize(
    "array",
    [
        np.full((3, 4), 255, "uint8"),
        np.full((3, 4, 1), 255, "uint8"),
        np.full((3, 4, 3), 255, "uint8"),
        np.full((3, 4, 4), 255, "uint8"),
        np.full((3, 4, 3), 1.0),
        np.full((3, 4), True),
        np.full((3, 4), 300, "int64"),
    ],
)
def test_an_array_of_any_usual_kind_is_a_white_picture(array):
    picture = opened(render("a.png", array)).convert("RGB")
    assert picture.size == (4, 3)
    assert picture.getpixel((0, 0)) == (255, 255, 255)


def test_the_bytes_of_a_file_are_a_picture_too():
    file = BytesIO()
    Image.new("RGB", (4, 3)).save(file, "JPEG")
    assert opened(render("a.png", file.getvalue())).size == (4, 3)
    with pytest.raises(UsageError):
        render("a.png", b"nothing")


def test_transparency_does_not_break_jpeg():
    for mode in ("RGBA", "P", "LA", "1"):
        assert opened(render("a.jpg", Image.new(mode, (2, 2)))).format == "JPEG"


def test_a_file_of_the_same_kind_is_taken_byte_for_byte_and_another_converted(tmp_path):
    source = tmp_path / "a.png"
    Image.new("RGB", (2, 2)).save(source)
    assert render("b.png", str(source)) == source.read_bytes()
    assert opened(render("b.gif", source)).format == "GIF"


def test_a_figure_draws_itself():
    class Figure:
        def savefig(self, file, format):  # noqa: A002 - Matplotlib's own word
            Image.new("RGB", (5, 5)).save(file, format=format)

    assert opened(render("a.png", Figure())).size == (5, 5)


def test_a_name_without_suffix_borrows_the_paths():
    assert image_name("a", "/x/b.png") == "a.png"
    assert image_name("a.jpg", "/x/b.png") == "a.jpg"
    for name, source in (("a", object()), ("a.bmp", "b.png"), ("a", "b.txt"), ("", "b")):
        with pytest.raises(UsageError, match="image-name"):
            image_name(name, source)


def test_what_is_no_picture_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text("no picture")
    for source in ("/no/such.png", str(tmp_path / "a.txt"), object(), np.zeros(3), "x\0y.png"):
        with pytest.raises(UsageError, match="image-data"):
            render("a.gif", source)
