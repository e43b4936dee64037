"""Unusual surroundings: whatever the caller's world is like, the program sees it as bare, and is recorded."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess

import pytest
from processes import DVCLIVE, PYTHON, Ended, Place, Terminal, finish, marked, read_file, until

SH = ["sh", "-c"]
ROWS = "step\tloss\n1\t1\n"
SAY = "; echo loss=1 step=1"


def both(place: Place, prelude: str, command: list[str]) -> tuple[Ended, Ended]:
    """The command bare and under us, behind a shell that sets the scene."""
    runs = (command, place.command(command, "--shims", "none"))
    bare, under = (finish(place.popen(["bash", "-c", f'{prelude}\nexec "$@"', "bash", *run])) for run in runs)
    return bare, under


# --- environment ------------------------------------------------------------------------------------------

ENVIRONMENT = "env -0 | sort -z | grep -zv -e ^DVCLIVE_ -e ^PYTHONUNBUFFERED= -e ^_= | od -c"


@pytest.mark.parametrize(
    "prelude",
    [
        "unset LC_ALL LANG LC_CTYPE",  # as in a container
        "unset LC_ALL LC_CTYPE; export LANG=C",
        "unset LC_ALL; export LANG=POSIX LC_CTYPE=POSIX",
        "unset LC_ALL; export LC_CTYPE=C.UTF-8 LANG=C",
        "export LC_ALL=C",
        "export LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0",
        "unset HOME",
        "export V=$'\\xe9\\xff\\n' W=$'two\\nlines'",
        "for i in 1 2 3 4 5 6 7 8; do export V$i=$(head -c 120000 /dev/zero | tr '\\0' x); done",
        "export PATH=/usr/bin:/bin",
    ],
)
def test_the_environment_is_the_callers(place: Place, prelude: str) -> None:
    """In any locale, with any bytes; our own variables aside. The program is recorded in each."""
    bare, under = both(place, prelude, [*SH, ENVIRONMENT + SAY])
    assert under == bare
    assert read_file(f"{place.dir}/plots/metrics/loss.tsv") == ROWS


def test_an_empty_environment(place: Place) -> None:
    """`env -i`: no PATH, no HOME, no TMPDIR."""
    kept = f"PYTHONPATH={place.env['PYTHONPATH']}"
    ended = finish(place.popen(["env", "-i", kept, *place.command(["/bin/sh", "-c", f":{SAY}"])]))
    assert ended == Ended(b"loss=1 step=1\n", b"", 0)
    assert read_file(f"{place.dir}/plots/metrics/loss.tsv") == ROWS


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_arguments_are_bytes(place: Place, locale: str) -> None:
    """Those that are no UTF-8, empty ones, and those that look like options of ours."""
    place.env["LC_ALL"] = locale
    words = ["printf", "[%s]", "", "a b", "*", "--", "-x", os.fsdecode(b"\xe9\xff\x80"), "\u2713", "a\nb"]
    bare, under = both(place, "", words)
    assert under == bare
    assert json.loads(read_file(f"{place.dir}/run.json"))["sessions"][-1]["argv"][:2] == ["printf", "[%s]"]


def test_modules_beside_the_program_are_not_for_us(place: Place) -> None:
    """`json.py` and `rich.py` in the program's folder, which is on PYTHONPATH and its current one."""
    for name in ("json", "rich", "queue", "psutil", "click", "dvc", "calendar", "copy", "platform"):
        with open(place.path(f"{name}.py"), "w") as file:
            file.write("raise SystemExit('a module of the program')\n")
    place.env["PYTHONPATH"] = f"{place.cwd}{os.pathsep}{place.env['PYTHONPATH']}"
    assert place.under([*SH, f":{SAY}"]) == Ended(b"loss=1 step=1\n", b"", 0)
    assert read_file(f"{place.dir}/plots/metrics/loss.tsv") == ROWS


def test_recorders_that_fail_slowly_come_to_an_end(repo: Place) -> None:
    """One that works for a while before it fails is followed by another, but not for ever once the program
    is over. The library that fails is a part of a namespace package, which any folder can hide."""
    with open(repo.path("ruamel.py"), "w") as file:
        file.write("import time; time.sleep(1.2); raise SystemExit('broken')\n")
    repo.env["PYTHONPATH"] = f"{repo.cwd}{os.pathsep}{repo.env['PYTHONPATH']}"
    ended = finish(repo.popen([*DVCLIVE, "run", "--dir", repo.dir, "--", *SH, f":{SAY}"]))
    assert (ended.out, ended.code) == (b"loss=1 step=1\n", 0)
    assert ended.err.count(b"nothing is recorded") == 1, ended.err


# --- standard streams -------------------------------------------------------------------------------------

TALK = "echo out; echo err >&2; echo more; echo status $? >&2"


@pytest.mark.parametrize(
    "redirect",
    [
        "1</dev/null",  # open, but for reading
        "2</dev/null",
        "1>/dev/null",
        "1>&2",
        "2>&1",
        "1<>file",
        "1>>file 2>&1",
        "0</dev/zero",
        "0<&- 1>&-",
        "0>file",
        "3>&1 1>&2 2>&3",
    ],
)
def test_streams_of_every_kind(place: Place, redirect: str) -> None:
    held = []
    for run in ([*SH, TALK], place.command([*SH, TALK])):
        with open(place.path("file"), "w") as file:
            file.write("0123456789012345678901234567890123456789\n")
        ended = finish(place.popen(["bash", "-c", f'"$@" {redirect}; echo code=$?; wait', "bash", *run]))
        held.append((ended, read_file(place.path("file"))))
    assert held[1] == held[0]


def test_what_is_left_of_a_file_on_stdin_is_the_next_ones(place: Place) -> None:
    """`{ head -c 4; cat; } < file`: nobody of ours reads a byte of it."""
    with open(place.path("file"), "w") as file:
        file.write("one\ntwo\nthree\n")
    command = ["dd", "bs=4", "count=1", "status=none"]
    ended = []
    for run in (command, place.command(command)):
        ended.append(finish(place.popen(["bash", "-c", '{ "$@"; echo; cat; } < file', "bash", *run])))
    assert ended[1] == ended[0] == Ended(b"one\n\ntwo\nthree\n", b"", 0)


def test_sockets_as_standard_streams(place: Place) -> None:
    """As under inetd: one socket on all three."""
    program = "read line; echo got $line; echo err >&2; read line; echo $line"
    heard = []
    for run in ([*SH, program], place.command([*SH, program])):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            process = place.popen(run, stdin=theirs, stdout=theirs, stderr=theirs)
            theirs.close()
            ours.sendall(b"hello\n")
            data = b""
            while data.count(b"\n") < 2:
                data += ours.recv(1000)
            ours.sendall(b"bye\n")
            while more := ours.recv(1000):
                data += more
            heard.append((data, process.wait(60)))
    assert heard[1] == heard[0] == (b"got hello\nerr\nbye\n", 0)


def test_a_caller_that_does_not_want_to_wait(place: Place) -> None:
    """Our stdout is a pipe with O_NONBLOCK and a slow reader: the program waits, and nothing is lost."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    process = place.start([*SH, "seq 100000"], stdout=writer)
    os.close(writer)
    data = b""
    while more := os.read(reader, 5000):
        data += more
    os.close(reader)
    assert process.wait(60) == 0
    assert data == b"".join(b"%d\n" % number for number in range(1, 100_001))


JUGGLE = {
    "closes and goes on elsewhere": "exec 10>&1 1>&-; echo a >&10; echo b; echo c >&10",
    "by name": "echo a > /dev/stdout; echo b > /dev/stderr; echo c >> /proc/self/fd/1; echo d > /dev/fd/1",
    "both to one": "exec 2>&1; echo a; echo b >&2; echo c",
    "swapped": "exec 3>&1 1>&2 2>&3; echo a; echo b >&2",
    "to a file and back": "exec 3>&1 1>file; echo a; exec 1>&3; cat file",
    "closes all": "exec 0<&- 1>&- 2>&-; echo a; exit 3",
}


@pytest.mark.parametrize("name", JUGGLE)
def test_programs_that_move_their_streams(place: Place, name: str) -> None:
    bare, under = both(place, "", ["bash", "-c", JUGGLE[name]])
    assert under == bare


# --- processes --------------------------------------------------------------------------------------------

LIVES = {
    "a chain of exec": "exec sh -c 'exec sh -c \"echo deep; exec false\"'",
    "kill 0 at the end": "trap 'kill 0' EXIT; sleep 30 & echo hi",
    "a session of its own": "setsid -w sh -c 'echo in; exit 3'; echo $?",
    "late words of an orphan": "(sleep 0.2; echo late) & disown; echo first",
    "stops and goes on": "(sleep 0.2; kill -CONT $$) & kill -STOP $$; echo resumed",
    "a trap at the end": "trap 'echo bye' EXIT; exit 9",
    "a real-time signal": "kill -40 $$; sleep 9",
    "a core": "ulimit -c unlimited; echo words; kill -SEGV $$",
    "another name": 'exec -a funny sh -c \'echo $0; tr "\\0" " " </proc/$$/cmdline\'',
    "its parent": "kill -0 $PPID && echo alive",
    "unknown children": f"exec {PYTHON} -ISc 'import os\ntry: os.wait()\nexcept ChildProcessError: print(1)'",
    "a lock": "exec 8>lock; flock 8; flock -n lock true; echo $?",
    "processor": "taskset -cp 0 $$ >/dev/null; grep Cpus_allowed_list /proc/self/status",
    "scheduling": "chrt -b -p 0 $$; chrt -p $$ | sed 's/[0-9][0-9]*//'; nice",
    "oom": "echo 500 > /proc/$$/oom_score_adj; cat /proc/self/oom_score_adj",
}


@pytest.mark.parametrize("name", LIVES)
def test_lives_of_programs(place: Place, name: str) -> None:
    bare, under = both(place, "", ["bash", "-c", LIVES[name]])
    assert under == bare
    assert [file for file in os.listdir(place.cwd) if file.startswith("core")] in ([], ["core"])


@pytest.mark.parametrize(
    "prelude",
    [
        "umask 0777",
        "ulimit -v 300000",
        "ulimit -v 60000",
        "ulimit -s 256",
        "ulimit -s unlimited",
        "ulimit -Sn 20",
        "ulimit -c unlimited",
        "echo 700 > /proc/$$/oom_score_adj",
        "taskset -cp 0 $$ >/dev/null",
        "nice -n 19 true; renice -n 19 $$ >/dev/null",
        "exec 20</dev/null 30>/dev/null 100>&1",
    ],
)
def test_the_callers_limits_are_the_programs(place: Place, prelude: str) -> None:
    """And the program is recorded within them."""
    look = "ulimit -a | grep -v pending; umask; nice; cat /proc/self/oom_score_adj; cd /proc/$$/fd; echo *"
    bare, under = both(place, prelude, ["bash", "-c", f"{look}{SAY}"])
    assert under == bare
    assert read_file(f"{place.dir}/plots/metrics/loss.tsv") == ROWS


def test_a_limit_on_processor_time_ends_the_program_alone(place: Place) -> None:
    """`ulimit -t`: each process has its own clock; ours has hardly moved when the program's has run out."""
    bare, under = both(place, "ulimit -t 1", [*SH, "echo loss=1 step=1; while :; do :; done"])
    assert (under.out, under.code) == (bare.out, bare.code)
    assert under.code in (-signal.SIGXCPU, -signal.SIGKILL)
    assert read_file(f"{place.dir}/plots/metrics/loss.tsv") == ROWS


USER = f"--reuid={100_000 + os.getpid()}"  # the limit counts all processes of a user
NOBODY = ["setpriv", USER, "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]


@pytest.mark.parametrize("room", range(2, 9))
def test_little_room_for_processes(place: Place, room: int) -> None:
    """`ulimit -u`, or pids.max of a container: what bare needs is enough for the program, whatever of ours
    has to wait or stay away."""
    if shutil.which("setpriv") is None or subprocess.run([*NOBODY, "true"], capture_output=True).returncode:
        pytest.skip("root is not limited, and cannot become somebody else here")
    os.chmod(place.cwd, 0o777)
    os.chmod(place.tmp, 0o777)
    command = place.command([*SH, "echo loss=1 step=1; echo err >&2; exit 4"])
    limited = [*NOBODY, "bash", "-c", 'ulimit -u "$1" || exit; shift; exec "$@"', "bash", str(room), *command]
    ended = finish(place.popen(limited))
    assert (ended.out, ended.code) == (b"loss=1 step=1\n", 4), ended
    assert b"err\n" in ended.err
    assert b"Traceback" not in ended.err


@pytest.mark.parametrize("ours", ["supervisor", "recorder"])
def test_a_process_of_ours_that_is_stopped_for_a_while(place: Place, ours: str) -> None:
    program = "echo ready; read x; seq 1 20000 | sed 's/.*/loss=& step=&/'"
    process = place.start([*SH, program], stdin=subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    pid = process.pid if ours == "supervisor" else until(place.recorders)[0]
    os.kill(pid, signal.SIGSTOP)
    process.stdin.write(b"go\n")
    if ours == "supervisor":  # its pipe fills, and the program waits
        until(lambda: any("pipe_write" in read_file(f"/proc/{one}/wchan") for one in marked(place.mark)))
    else:  # what is shown does not wait for what is recorded
        assert process.stdout.readline() == b"loss=1 step=1\n"
    os.kill(pid, signal.SIGCONT)
    ended = finish(process)
    assert ended.code == 0
    assert ended.out.endswith(b"loss=20000 step=20000\n")
    assert read_file(f"{place.dir}/plots/metrics/loss.tsv").count("\n") == 20_001


# --- folders and mounts -----------------------------------------------------------------------------------

MOUNTS = ["unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child"]


@pytest.fixture
def mounts() -> list[str]:
    """What gives a command mounts of its own."""
    if subprocess.run([*MOUNTS, "true"], capture_output=True).returncode:
        pytest.skip("namespaces of mounts are not allowed here")
    return MOUNTS


@pytest.mark.parametrize(
    "prelude",
    [
        "mount -t tmpfs none /dev/shm -o ro",
        "mount --bind /tmp /tmp; mount -o remount,ro,bind /tmp; mount -t tmpfs none {run}",
        "mount -t tmpfs none {run} -o size=64k",
        "mount --bind {cwd} {cwd}; mount -o remount,ro,bind {cwd}; mount -t tmpfs none {run}",
    ],
)
def test_mounts_that_are_missing(place: Place, mounts: list[str], prelude: str) -> None:
    """No /proc, nothing to write to but the run directory, and that small."""
    os.mkdir(place.dir)
    scene = prelude.format(run=place.dir, cwd=place.cwd)
    program = [*SH, "echo loss=1 step=1; exit 4"]
    script = f'{scene} || exit 99; "$@"; code=$?; cat {place.dir}/plots/metrics/loss.tsv; exit $code'
    ended = finish(place.popen([*mounts, "sh", "-c", script, "sh", *place.command(program)]))
    assert (ended.out, ended.code) == (b"loss=1 step=1\n" + ROWS.encode(), 4), ended


def test_without_proc_nothing_is_started(place: Place, mounts: list[str]) -> None:
    """Output is kept in memory files that are opened by way of /proc: said in one line, with what to do."""
    command = place.command(["touch", place.path("started")])
    ended = finish(place.popen([*mounts, "sh", "-c", 'mount -t tmpfs none /proc; "$@"', "sh", *command]))
    assert (ended.out, ended.code, ended.err.count(b"\n")) == (b"", 125, 1), ended
    assert b"doctor" in ended.err
    assert not os.path.exists(place.path("started"))


# --- many at once -----------------------------------------------------------------------------------------


def test_many_runs_in_one_repository_at_once(repo: Place) -> None:
    """A sweep in the background of a shell: each is an experiment, and dvc.yaml has the entries of all."""
    words = [*DVCLIVE, "run", "--quiet", "--dvcyaml", "dvc.yaml", "--dir"]
    one = f'{shlex.join(words)} run$i --exp-name sweep-$i -- sh -c "echo loss=$i step=1"'
    ended = finish(repo.popen(["bash", "-c", f"for i in 1 2 3 4; do {one} & done; wait"]))
    assert (sorted(ended.out.splitlines()), ended.code) == ([b"loss=%d step=1" % i for i in range(1, 5)], 0)
    saved = repo.bare(["git", "for-each-ref", "--format=%(refname:lstrip=4)", "refs/exps/"]).out.split()
    assert sorted(saved) == [b"sweep-1", b"sweep-2", b"sweep-3", b"sweep-4"], ended.err
    entries = read_file(repo.path("dvc.yaml"))
    assert [f"run{i}/metrics.json" in entries for i in range(1, 5)] == [True] * 4


# --- terminals --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings", ["raw", "-opost", "-onlcr", "-echo -icanon", "tostop", "ocrnl", "cols 7"]
)
def test_terminals_in_odd_states(place: Place, settings: str) -> None:
    """However the terminal is set, it shows the same bytes and is left as it was."""
    shown = []
    command = ["bash", "-c", "printf 'a\\nb\\tc\\rd\\n'; echo err >&2; stty -a | head -1; tput cols"]
    for run in (command, place.command(command)):
        screen = Terminal()
        subprocess.run(["stty", *settings.split()], stdin=screen.screen, check=True)
        before = subprocess.run(["stty", "-g"], stdin=screen.screen, capture_output=True).stdout
        process = screen.start(place, run)
        text = screen.rest(process)
        after = subprocess.run(["stty", "-g"], stdin=screen.screen, capture_output=True).stdout
        shown.append((text, process.returncode, after == before))
        screen.close()
    assert shown[1] == shown[0]
    assert shown[0][2]


def test_a_background_job_that_may_not_write_is_stopped(place: Place, terminal: Terminal) -> None:
    """`stty tostop`: as bare, the whole job stops at its first byte, and goes on in the foreground."""
    shell = terminal.start(place, ["bash", "--norc", "--noprofile", "-i"], env={**place.env, "PS1": "$ "})
    terminal.see(b"$ ")
    words = " ".join(f"'{word}'" for word in place.command([*SH, "echo wri''tten; exit 6"]))
    terminal.type(f"stty tostop; {words} &\n".encode())

    def listed() -> bytes:
        terminal.shown = b""
        terminal.type(b"jobs; echo list''ed\n")
        terminal.see(b"listed")
        return terminal.shown

    until(lambda: b"Stopped" in listed(), "the job to be stopped")
    terminal.shown = b""
    terminal.type(b"fg\n")
    terminal.see(b"written")
    terminal.type(b"echo code=$?; exit\n")
    terminal.see(b"code=6")
    terminal.rest(shell)
