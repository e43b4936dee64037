"""How a program in each language is built and run with its adapter, and whether this machine can."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

ADAPTERS = Path(__file__).resolve().parents[2] / "adapters"


class Language(NamedTuple):
    """`tool`: the program that must be there. `source`: what a program is called, in the folder of its build.

    `build`: commands that make it, `run`: the command that starts it; {folder} is that folder. `adapter`: the
    file that the build needs beside the source. `waits`: a full FIFO is waited for, not spilled to a file.
    `flood`: how many records a worker sends when many are wanted.
    """

    tool: str
    source: str
    run: str
    build: tuple[str, ...] = ()
    adapter: str = ""
    waits: bool = False
    flood: int = 3000


CC = "-Wall -Wextra -Werror -pedantic -O1 -pthread -I{folder} -o {folder}/program"
LANGUAGES = {
    "bash": Language("bash", "program.sh", "bash {folder}/program.sh", waits=True, flood=60),
    "c": Language(
        "gcc", "program.c", "{folder}/program", (f"gcc -std=c99 {CC} {{folder}}/program.c -lm",),
        "c/dvclive.h",
    ),
    "cpp": Language(
        "g++", "program.cpp", "{folder}/program", (f"g++ -std=c++17 {CC} {{folder}}/program.cpp",),
        "cpp/dvclive.hpp",
    ),
    "go": Language(
        "go", "program.go", "{folder}/program",
        ("go mod init program", "go vet ./...", "go build -o {folder}/program ."),
        "go/internal/dvclive/dvclive.go",
    ),
    "java": Language(
        "javac", "Program.java", "java -Xshare:auto -cp {folder} Program",
        ("javac -encoding UTF-8 -Xlint:all -Werror {folder}/Dvclive.java {folder}/Program.java",),
        "java/Dvclive.java", waits=True,
    ),
    "julia": Language("julia", "program.jl", "julia --threads=4 {folder}/program.jl"),
    "node": Language("node", "program.js", "node {folder}/program.js"),
    "octave": Language(
        "octave-cli", "program.m", "octave-cli --quiet --no-history {folder}/program.m", waits=True, flood=150
    ),
    "perl": Language("perl", "program.pl", "perl {folder}/program.pl"),
    "r": Language("Rscript", "program.R", "Rscript {folder}/program.R", waits=True, flood=1000),
    "rust": Language(
        "rustc", "program.rs", "{folder}/program",
        ("rustc --edition 2021 -D warnings -O -o {folder}/program {folder}/program.rs",), "rust/dvclive.rs",
    ),
}  # fmt: skip


def built(name: str, folder: Path, text: str) -> list[str]:
    """The command that runs `text`, a program in the language, built in `folder`; skips without the tool."""
    language = LANGUAGES[name]
    if shutil.which(language.tool) is None:
        pytest.skip(f"no {language.tool} here")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / language.source).write_text(text, encoding="utf-8")
    if language.adapter:
        directory, *inside = language.adapter.split("/")
        (folder / Path(*inside)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ADAPTERS / directory / inside[-1], folder / Path(*inside))
    for command in language.build:
        argv = [word.format(folder=folder) for word in command.split()]
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return [word.format(folder=folder) for word in language.run.split()]
