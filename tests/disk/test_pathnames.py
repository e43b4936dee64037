"""Names as paths that are harmless."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dvclive_cli.disk import pathnames

SAFE = [
    ("train/loss", "train/loss"),
    ("usage (%)", "usage (%)"),
    ("größe/名前", "größe/名前"),
    ("..", "%2E%2E"),
    ("../../etc/passwd", "%2E%2E/%2E%2E/etc/passwd"),
    ("a/./b", "a/%2E/b"),
    ("...", "..."),
    ("/etc", "%2Fetc"),
    ("a//b", "a/%2Fb"),
    ("a/", "a%2F"),
    ("", "%20"),
    ("a\tb\n", "a%09b%0A"),
    ("\x1b[31mred", "%1B[31mred"),
    ("\0", "%00"),
    ("a%2Fb", "a%252Fb"),
    ("100%", "100%"),
    ("\u202egnp", "%E2%80%AEgnp"),
]


class TestNames:
    @pytest.mark.parametrize(("name", "safe"), SAFE)
    def test_names(self, name, safe):
        assert pathnames.safe_name(name) == safe

    @given(st.text(st.sampled_from("ab./%2FE0 \n\\é\x7f"), max_size=12) | st.text(max_size=600))
    def test_a_name_never_leaves_its_folder_and_is_a_possible_path(self, name):
        safe = pathnames.safe_name(name)
        assert os.path.normpath(os.path.join("/run", safe)) == os.path.join("/run", safe)
        assert safe.isprintable()
        for part in safe.split("/"):
            assert part not in ("", ".", "..")
            assert len(part.encode()) <= pathnames.MAX_PART

    @given(st.sets(st.text(st.sampled_from("a./%2FE0 \n"), max_size=6), min_size=2, max_size=30))
    def test_different_names_are_different_paths(self, names):
        assert len({pathnames.safe_name(name) for name in names}) == len(names)

    def test_long_names_stay_apart(self, tmp_path):
        names = ["x" * 1000 + str(index) for index in range(3)] + [
            "d/" * 2000 + str(index) for index in range(3)
        ]
        paths = {pathnames.safe_join(str(tmp_path), name, ".tsv") for name in names}
        assert len(paths) == len(names)
        for path in paths:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            open(path, "w").close()

    def test_a_file_and_a_folder_never_want_one_name(self, tmp_path):
        paths = [pathnames.safe_join(str(tmp_path), name, ".tsv") for name in ("a", "a.tsv/b", "a.tsv")]
        for path in paths:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            open(path, "x").close()
