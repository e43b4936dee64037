"""`dvclive doctor`: what this machine allows and how a run stands, tried and not guessed."""

from __future__ import annotations

import json
import os
import subprocess
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from processes import DVCLIVE, PYTHON, Ended, Place, python, read_file, until
from test_recover import TRAINING, killed_run


def doctor(place: Place, *words: str) -> tuple[dict[str, dict[str, str]], int]:
    """The findings by what they are about (the last of each), and the exit status."""
    ended = place.bare([*DVCLIVE, "doctor", "run", "--json", *words])
    assert ended.err == b"", ended
    found = json.loads(ended.out)
    assert found["dir"] == place.dir
    return {one["about"]: one for one in found["findings"]}, ended.code


def test_a_healthy_machine(repo: Place) -> None:
    found, code = doctor(repo)
    assert code == 0
    assert [one for one in found.values() if one["level"] == "BAD"] == []
    assert {"versions", "fifo", "tapes", "pty", "disk", "gpu", "ranks", "git", "dvc", "studio", "run"} <= set(
        found
    )
    assert "no run yet" in found["run"]["fact"]
    assert os.listdir(repo.tmp) == []


def test_the_table_says_the_same(repo: Place) -> None:
    ended = repo.bare([*DVCLIVE, "doctor"])
    assert (ended.code, ended.err) == (0, b"")
    found, _ = doctor(repo)
    assert all(one["about"] in ended.out.decode() for one in found.values())


def test_a_killed_run_and_the_command_that_mends_it(repo: Place) -> None:
    killed_run(repo)
    with open(f"{repo.dir}/plots/metrics/loss.tsv", "a") as file:
        file.write("100\t")
    found, code = doctor(repo)
    assert code == 1
    assert found["run"]["mend"] == found["rows"]["mend"] == "dvclive recover run"
    assert found["fifo"]["mend"] == f"rm -r {repo.tmp}/{os.listdir(repo.tmp)[0]}"
    assert repo.bare([*DVCLIVE, *found["run"]["mend"].split()[1:]]).code == 0
    found, code = doctor(repo)
    assert (code, found["run"]["fact"]) == (0, "run: supervisor-lost")
    assert found["experiment"]["fact"].startswith("saved as ")
    assert "rows" not in found


def test_a_run_that_is_being_written(place: Place) -> None:
    process = place.start(python(TRAINING), stdin=subprocess.PIPE)
    until(lambda: "loss" in read_file(f"{place.dir}/metrics.json"), "the views")
    found, code = doctor(place)
    assert f"process {process.pid} " in found["run"]["fact"]
    process.kill()  # the recorder goes on and holds the directory
    process.wait()
    assert f"recorder of process {process.pid}" in doctor(place)[0]["run"]["fact"]
    assert code == 0
    assert process.stdin
    process.stdin.close()


def test_an_open_run_of_commands(place: Place) -> None:
    assert place.bare([*DVCLIVE, "log-metric", "--dir", "run", "loss", "1"]).code == 0
    assert doctor(place)[0]["run"]["mend"] == "dvclive end --dir run"


def test_an_experiment_that_is_missing(repo: Place) -> None:
    assert repo.bare([*DVCLIVE, "run", "--dir", "run", "-q", "--", "echo", "loss=1"]).code == 0
    name = doctor(repo)[0]["experiment"]["fact"].split()[-1]
    ref = (
        repo.bare(["git", "for-each-ref", "--format=%(refname)", f"refs/exps/**/{name}"]).out.decode().strip()
    )
    assert repo.bare(["git", "update-ref", "-d", ref]).code == 0
    finding = doctor(repo)[0]["experiment"]
    assert (finding["level"], finding["mend"]) == ("note", "dvclive recover run")
    assert repo.bare([*DVCLIVE, "recover", "run", "-q"]).code == 0
    assert doctor(repo)[0]["experiment"]["level"] == "ok"


def test_no_repository_is_a_note(place: Place) -> None:
    found, code = doctor(place)
    assert (found["git"]["level"], code) == ("note", 0)


@pytest.mark.parametrize(("rank", "level"), [("0", "ok"), ("3", "note")])
def test_ranks(place: Place, rank: str, level: str) -> None:
    place.env["OMPI_COMM_WORLD_RANK"] = rank
    assert doctor(place)[0]["ranks"]["level"] == level


def test_a_temporary_folder_that_cannot_be_used(place: Place) -> None:
    place.env["TMPDIR"] = "/proc/nowhere"
    assert doctor(place)[0]["fifo"]["level"] == "note"


def test_settings_that_do_not_parse_are_a_finding(place: Place) -> None:
    with open(place.path("dvclive.toml"), "w") as file:
        file.write("dir = \n")
    ended = place.bare([*DVCLIVE, "doctor"])
    assert (ended.code, ended.err, b"dvclive.toml" in ended.out) == (1, b"", True)


class Studio(BaseHTTPRequestHandler):
    seen: list[str] = []  # noqa: RUF012 - the server makes an object a request

    def do_GET(self) -> None:
        self.seen.append(str(self.headers))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_studio_is_asked_only_where_it_is_configured_and_gets_no_token(place: Place) -> None:
    server = HTTPServer(("127.0.0.1", 0), Studio)
    Thread(target=server.serve_forever, daemon=True).start()
    place.env |= {"DVC_STUDIO_URL": f"http://127.0.0.1:{server.server_port}", "no_proxy": "*"}
    assert doctor(place)[0]["studio"]["fact"].startswith("not configured")
    assert Studio.seen == []
    place.env["DVC_STUDIO_TOKEN"] = "hidden-token"
    finding = doctor(place)[0]["studio"]
    assert (finding["level"], "200" in finding["fact"]) == ("ok", True)
    assert len(Studio.seen) == 1
    assert "hidden" not in Studio.seen[0] + finding["fact"]
    server.shutdown()
    server.server_close()
    assert doctor(place)[0]["studio"]["level"] == "note"


def test_a_token_of_dvc_studio_login_is_found_too(repo: Place) -> None:
    """Where a run would find it; a server that it would not talk to is a finding."""
    assert repo.bare([PYTHON, "-m", "dvc", "init", "-q"]).code == 0
    with open(repo.path(".dvc/config.local"), "w") as file:
        file.write("[studio]\n    token = hidden-token\n    url = http://studio.invalid\n")
    finding = doctor(repo)[0]["studio"]
    assert (finding["level"], "in the clear" in finding["fact"]) == ("bad", True)
    with open(repo.path(".dvc/config.local"), "w") as file:
        file.write("[studio]\n    token = hidden-token\n    url = https://127.0.0.1:9\n")
    finding = doctor(repo)[0]["studio"]
    assert (finding["level"], "127.0.0.1:9 cannot be reached" in finding["fact"]) == ("note", True)
    with open(repo.path(".dvc/config.local"), "a") as file:
        file.write("    offline = true\n")
    assert doctor(repo)[0]["studio"]["fact"].startswith("not configured")


def test_it_changes_nothing(repo: Place) -> None:
    killed_run(repo)

    def tree() -> dict[str, bytes]:
        found = {}
        for base, _, names in os.walk(repo.cwd):
            for name in names:
                with open(os.path.join(base, name), "rb") as file:
                    found[os.path.join(base, name)] = file.read()
        return found

    before = tree()
    doctor(repo)
    assert tree() == before
    assert isinstance(repo.bare([*DVCLIVE, "recover", "run", "-q"]), Ended)
