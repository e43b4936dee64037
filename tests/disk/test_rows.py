"""Rows appended to many files: whole, in order, kept while the disk refuses them."""

from __future__ import annotations

import os
import subprocess
import sys

from dvclive_cli.disk import rows


def python(code, *args, **options):
    """A process of our own Python that runs `code`, its stdout a pipe."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)], stdout=subprocess.PIPE, text=True, **options
    )


class TestAppender:
    def test_rows_come_in_order_behind_the_head(self, tmp_path):
        appender = rows.Appender(lambda path: b"head\n")
        path = str(tmp_path / "deep" / "er" / "a.tsv")
        assert appender.append(path, b"1\n")
        assert appender.append(path, b"2\n3\n")
        appender.sync()
        appender.close()
        assert (tmp_path / "deep/er/a.tsv").read_bytes() == b"head\n1\n2\n3\n"

    def test_descriptors_are_bounded(self, tmp_path):
        before = len(os.listdir("/proc/self/fd"))
        appender = rows.Appender(lambda path: b"h\n", max_open=5)
        for round_ in range(3):
            for index in range(50):
                assert appender.append(str(tmp_path / f"{index}.tsv"), b"%d\n" % round_)
        assert len(os.listdir("/proc/self/fd")) <= before + 5
        appender.close()
        assert len(os.listdir("/proc/self/fd")) == before
        assert {path.read_bytes() for path in tmp_path.iterdir()} == {b"h\n0\n1\n2\n"}

    def test_a_small_limit_of_descriptors_is_lived_with(self, tmp_path):
        code = (
            "import resource, sys\nfrom dvclive_cli.disk import files, rows\n"
            "resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9))\n"
            "a = rows.Appender()\n"
            "ok = all([a.append(f'{sys.argv[1]}/{i % 20}', b'x\\n') for i in range(100)])\n"
            "print(ok, a.waiting)"
        )
        process = python(code, tmp_path)
        assert process.communicate()[0] == "True {}\n"
        assert {path.read_bytes() for path in tmp_path.iterdir()} == {b"x\n" * 5}

    def test_what_a_full_disk_refuses_waits_and_is_written_when_there_is_room(self, tmp_path):
        """RLIMIT_FSIZE stands for the full disk: a write is cut short within a row, the next refused."""
        code = (
            "import resource, sys\nfrom dvclive_cli.disk import files, rows\n"
            "hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (50, hard))\n"
            "a = rows.Appender(lambda path: b'head\\n')\n"
            "p = sys.argv[1] + '/a'\n"
            "ok = [a.append(p, b'row %03d\\n' % i) for i in range(20)]\n"
            "print(all(ok), a.waiting_bytes, type(a.error).__name__, a.retry())\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))\n"
            "print(a.retry(), a.waiting_bytes)\n"
            "a.append(p, b'more\\n')"
        )
        out = python(code, tmp_path).communicate()[0]
        assert out == "True 115 OSError False\nTrue 0\n"
        rows = b"".join(b"row %03d\n" % index for index in range(20))
        assert (tmp_path / "a").read_bytes() == b"head\n" + rows + b"more\n"

    def test_what_waits_is_bounded_and_no_row_is_split(self, tmp_path):
        (tmp_path / "a").mkdir()  # cannot be opened as a file
        appender = rows.Appender(max_waiting=10)
        path = str(tmp_path / "a")
        assert [appender.append(path, b"12345\n"), appender.append(path, b"12345\n")] == [True, False]
        (tmp_path / "a").rmdir()
        assert appender.retry()
        appender.close()
        assert (tmp_path / "a").read_bytes() == b"12345\n"

    def test_a_removed_file_is_begun_anew_with_its_head(self, tmp_path):
        appender = rows.Appender(lambda path: b"head\n")
        path = tmp_path / "d" / "a"
        appender.append(str(path), b"1\n")
        path.unlink()
        path.parent.rmdir()
        assert appender.deleted() == [str(path)]
        assert appender.deleted() == []
        appender.append(str(path), b"2\n")
        appender.close()
        assert path.read_bytes() == b"head\n2\n"

    def test_a_planted_link_is_not_followed(self, tmp_path):
        victim = tmp_path / "victim"
        victim.write_text("precious")
        (tmp_path / "a.tsv").symlink_to(victim)
        appender = rows.Appender()
        appender.append(str(tmp_path / "a.tsv"), b"row\n")
        assert appender.error is not None
        assert victim.read_text() == "precious"
