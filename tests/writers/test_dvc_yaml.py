"""dvc.yaml: our entries in the user's file."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from ruamel.yaml import YAML

from dvclive_cli.errors import DvcliveError
from dvclive_cli.run import PlotEntry
from dvclive_cli.writers.dvc_yaml import Wanted, fresh, merged, update

WANTED = Wanted(
    "dvclive",
    ("dvclive/metrics.json", "dvclive/run.json"),
    {
        "dvclive/plots/metrics": PlotEntry({}, {"x": "step"}),
        "dvclive/plots/images": PlotEntry({}, {}),
        "dvclive/plots/custom/c.json": PlotEntry(
            {"x": "1", "y": ["l", "m"], "title": 'T: "q"'}, {"template": "linear"}
        ),
    },
    ("dvclive/params.yaml",),
    {"m": {"path": "model.pt", "type": "model", "labels": ["a"], "meta": {"k": 1}}},
)
NOTHING = Wanted("dvclive", (), {}, (), {})

FRESH = """\
metrics:
- dvclive/metrics.json
- dvclive/run.json
plots:
- dvclive/plots/metrics:
    x: step
- dvclive/plots/images
- dvclive/plots/custom/c.json:
    template: linear
    x: "1"
    y:
    - l
    - m
    title: "T: \\"q\\""
params:
- dvclive/params.yaml
artifacts:
  m:
    path: model.pt
    type: model
    labels:
    - a
    meta:
      k: 1
"""

USERS = """\
# top
vars: [{a: 1}]

stages:
  train:   # the stage
    cmd: >-
      python train.py
      --lr 1
    outs:
    - model.pt:
        cache: false


# plots of ours
plots:
# above
- dvclive/plots/metrics:
    x: epoch  # mine
    title: 'Mine'
- dvclive/plots/custom/old.json:
    x: a
# behind the old one
- mydvclive/plots/metrics/x.json   # theirs
- dvclive/plots/own-by-hand.json
- other: {x:   'q'}
metrics:
- eval/dvclive/metrics.json
- dvclive/metrics.json
unknown:
  - deep
# the end
"""

# Exactly these lines change.
MERGED = (
    USERS.replace("- dvclive/plots/custom/old.json:\n    x: a\n", "")
    .replace(
        "- other: {x:   'q'}\n",
        "- other: {x:   'q'}\n- dvclive/plots/images\n- dvclive/plots/custom/c.json:\n    template: linear\n"
        '    x: "1"\n    y:\n    - l\n    - m\n    title: "T: \\"q\\""\n',
    )
    .replace("- dvclive/metrics.json\n", "- dvclive/metrics.json\n- dvclive/run.json\n")
    + "params:\n- dvclive/params.yaml\nartifacts:\n  m:\n    path: model.pt\n    type: model\n"
    "    labels:\n    - a\n    meta:\n      k: 1\n"
)


def load(text):
    return YAML(typ="safe", pure=True).load(text)


def everything(path):
    """All of our files that are not wanted are gone."""
    return True


def nothing(path):
    return False


def test_a_new_file_looks_as_dvc_writes_it():
    assert merged("", WANTED, nothing) == FRESH
    assert fresh(NOTHING) == ""


def test_our_own_file_needs_no_parser():
    code = (
        "import sys\nfrom dvclive_cli.writers.dvc_yaml import *\n"
        "w = Wanted('d', ('d/metrics.json',), {}, (), {})\n"
        "assert merged(merged('', w, bool), w, bool) == fresh(w)\nprint('ruamel.yaml' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "False\n"
    )


def test_only_the_lines_it_is_about_change_in_the_users_file():
    assert merged(USERS, WANTED, everything) == MERGED


def test_a_second_time_nothing_changes():
    assert merged(MERGED, WANTED, everything) == MERGED
    assert merged(FRESH, WANTED, everything) == FRESH


def test_windows_line_ends_stay():
    assert merged(USERS.replace("\n", "\r\n"), WANTED, everything) == MERGED.replace("\n", "\r\n")


def test_stale_entries_stay_until_their_file_is_known_to_be_gone():
    assert "custom/old.json" in merged(USERS, WANTED, nothing)


@pytest.mark.parametrize(
    "entry",
    [
        "mydvclive/plots/metrics/a.tsv",
        "dvclive2/metrics.json",
        "sub/dvclive/metrics.json",
        "dvclive/plots/metrics-mine",
        "dvclive/mine.json",
        "dvclive/plots/mine/x.json",
    ],
)
def test_entries_of_others_are_known_by_whole_path_parts(entry):
    text = f"plots:\n- {entry}\nmetrics:\n- {entry}\n"
    assert merged(text, NOTHING, everything) == text


def test_a_dvc_yaml_inside_the_run_directory_has_short_paths():
    wanted = Wanted("", ("metrics.json",), {}, (), {})
    text = "metrics:\n- mine/metrics.json\nplots:\n- plots/custom/old.json\n- plots/mine.json\n"
    new = merged(text, wanted, everything)
    assert load(new) == {"metrics": ["mine/metrics.json", "metrics.json"], "plots": ["plots/mine.json"]}


def test_a_users_settings_win_over_our_defaults_and_the_programs_over_both():
    text = "plots:\n- dvclive/plots/custom/c.json:\n    template: scatter\n    title: Mine\n    y_label: Y\n"
    plots = load(merged(text, WANTED, nothing))["plots"]
    assert plots[0] == {
        "dvclive/plots/custom/c.json": {
            "template": "scatter",
            "title": 'T: "q"',
            "y_label": "Y",
            "x": "1",
            "y": ["l", "m"],
        }
    }


def test_a_users_plain_entry_of_ours_gets_its_x():
    assert load(merged("plots:\n- dvclive/plots/metrics\n", WANTED, nothing))["plots"][0] == {
        "dvclive/plots/metrics": {"x": "step"}
    }


def test_a_users_words_about_our_artifact_stay():
    text = "artifacts:\n  m:\n    path: old.pt\n    desc: mine\n  other:\n    path: o\n"
    assert load(merged(text, WANTED, nothing))["artifacts"] == {
        "m": {"path": "model.pt", "desc": "mine", "type": "model", "labels": ["a"], "meta": {"k": 1}},
        "other": {"path": "o"},
    }


def test_a_section_that_becomes_empty_goes_and_so_does_a_file_that_says_nothing():
    assert merged("plots:\n- dvclive/plots/images\nvars:\n- a: 1\n", NOTHING, everything) == "vars:\n- a: 1\n"
    assert merged("plots:\n- dvclive/plots/images\n", NOTHING, everything).strip() == ""


@pytest.mark.parametrize(
    "text",
    [
        "{plots: [dvclive/plots/images, mine], vars: [{a: 1}]}  # flow\n",
        "plots: [mine]   # flow\nmetrics:\n",
        "x: &anchor\n  a: 1\ny: *anchor\nplots:\n- mine:\n    <<: *anchor\n",
        "plots:\n- mine\n...\n",
        "---\nplots:\n  -   mine\n",
        "plots:\n- >-\n  mine\n- |\n  a: [\n",
        "# only a comment\n",
        "plots:\n- {dvclive/plots/custom/old.json: {x: a}, mine: {x: b}}\n",
        "plots:\n-\n  mine:\n    x: a\n",
        "'plots':\n- mine\n\n\n\n",
        "plots:\n    - mine:\n        x: a\n\n    # one\n\n    - dvclive/plots/custom/old.json\n    # last",
    ],
)
def test_every_way_of_writing_keeps_what_the_user_said(text):
    new = merged(text, WANTED, everything)
    said, old, ours = load(new), load(text) or {}, load(FRESH)
    for section in ("metrics", "params", "plots"):
        theirs = [entry for entry in old.get(section) or [] if "dvclive/" not in str(entry)]
        assert all(entry in said[section] for entry in [*theirs, *ours[section]])
    assert said["artifacts"] == ours["artifacts"]
    assert "custom/old.json" not in new
    for line in text.splitlines():
        if line.strip().startswith("#"):
            assert line.strip() in new
    assert all(said[key] == old[key] for key in old if key not in ours)
    assert merged(new, WANTED, everything) == new


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("stages:\n  a: [\n", "line 3"),
        ("a: 1\nb: c: d\n", "line 2"),
        ("a: 1\na: 2\n", "line 2"),
        ("- a\n", "line 1"),
        ("vars: []\nplots:\n  a: b\n", "line 2: `plots` is no list"),
        ("metrics: here\n", "line 1: `metrics` is no list"),
        ("a: +_\n", "index out of range"),  # ruamel takes it for a number, and stumbles
    ],
)
def test_a_file_that_does_not_parse_is_left_alone_and_the_line_told(tmp_path, text, where):
    path = tmp_path / "dvc.yaml"
    path.write_text(text)
    with pytest.raises(DvcliveError, match=where) as caught:
        update(str(path), WANTED, final=True)
    assert caught.value.slug == "dvcyaml-invalid"
    assert path.read_text() == text


class TestUpdate:
    def test_the_file_is_made_and_then_not_touched_when_nothing_changed(self, tmp_path):
        path = tmp_path / "dvc.yaml"
        assert update(str(path), WANTED, final=False)
        before = path.stat()
        assert not update(str(path), WANTED, final=False)
        assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)

    def test_entries_whose_file_is_there_stay_also_at_the_end(self, tmp_path):
        (tmp_path / "dvclive/plots/custom").mkdir(parents=True)
        (tmp_path / "dvclive/plots/custom/kept.json").touch()
        path = tmp_path / "dvc.yaml"
        path.write_text("plots:\n- dvclive/plots/custom/kept.json\n- dvclive/plots/custom/gone.json\n")
        update(str(path), NOTHING, final=True)
        assert path.read_text() == "plots:\n- dvclive/plots/custom/kept.json\n"

    def test_a_link_is_followed_and_the_mode_kept(self, tmp_path):
        real = tmp_path / "real.yaml"
        real.write_text("vars:\n- a: 1\n")
        real.chmod(0o600)
        (tmp_path / "dvc.yaml").symlink_to(real)
        update(str(tmp_path / "dvc.yaml"), WANTED, final=False)
        assert (tmp_path / "dvc.yaml").is_symlink()
        assert "dvclive/run.json" in real.read_text()
        assert real.stat().st_mode & 0o777 == 0o600

    def test_runs_that_end_at_once_lose_no_entry(self, tmp_path):
        path = tmp_path / "dvc.yaml"
        path.write_text("# mine\nvars:\n- a: 1\n")
        code = (
            "import sys\nfrom dvclive_cli.writers.dvc_yaml import *\n"
            "for i in range(6):\n"
            "    d = f'{sys.argv[2]}-{i}'\n"
            "    update(sys.argv[1], Wanted(d, (f'{d}/metrics.json',), {}, (), {}), False)"
        )
        workers = [subprocess.Popen([sys.executable, "-c", code, str(path), f"run{n}"]) for n in range(4)]
        assert [worker.wait() for worker in workers] == [0, 0, 0, 0]
        text = path.read_text()
        assert sorted(load(text)["metrics"]) == sorted(
            f"run{n}-{i}/metrics.json" for n in range(4) for i in range(6)
        )
        assert text.startswith("# mine\nvars:\n- a: 1\n")
        assert os.listdir(tmp_path) == ["dvc.yaml"]


def test_a_key_that_is_itself_a_mapping_is_kept():
    """No key that DVC knows, but YAML has it: found by fuzzing, where it ended in a TypeError."""
    old = "? {a: 1}\n: kept\nstages: {}\n"
    wanted = Wanted("run", ("run/metrics.json",), {}, (), {})
    new = merged(old, wanted, lambda entry: False)
    assert new.startswith(old)
    assert "run/metrics.json" in new
