"""The floors of the house: every import in `dvclive_cli`, also those inside functions, goes downwards."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator

import pytest

import dvclive_cli

ROOT = os.path.dirname(os.path.abspath(dvclive_cli.__file__))

# A package stands for all its modules, which import each other as they like (but never in a circle).
FLOORS = {
    6: "cli __main__ oneshot",
    5: "supervision commands",
    4: "recording runs",
    3: "writers",
    2: "disk inputs processes progress repository studio",
    1: "protocol capture metricfiles run series plots config options params saying yamltext export screens",
    0: "events errors env masks outcome direction marks texts __init__",
}
FLOOR = {module: floor for floor, modules in FLOORS.items() for module in modules.split()}

# Who may import from its own floor, and what.
NEIGHBOURS = {
    "__main__": "cli oneshot",
    "cli": "oneshot",
    "commands": "supervision",
    "recording": "runs",
    "studio": "disk repository",
    "repository": "disk",
    "export": "series",
    "screens": "export",
    "config": "options",
    "run": "series",
    "capture": "protocol",
    "metricfiles": "capture",
}

# Third-party libraries and the modules that may import them; at the top of a module only click, in cli.
LIBRARIES = {
    "click": "cli",
    "dvc": "repository.saver repository.tracking repository.dvc_guest",
    "rich": "supervision.panel screens.paint repository.dvc_guest",
    "ruamel": "writers yamltext inputs.userfiles",
    "PIL": "writers",
    "numpy": "writers oneshot",
    "dvclive": "oneshot",  # the way to the recorder is that of the adapter
    "sklearn": "plots",
    "psutil": "processes.monitor",
    "pynvml": "processes.monitor",
    "re2": "capture",
    "tomli": "capture",  # userfiles imports it by name
}


def modules() -> Iterator[tuple[str, str]]:
    """Every module: its dotted name below `dvclive_cli`, and its file."""
    for base, _, names in os.walk(ROOT):
        for name in sorted(names):
            if name.endswith(".py"):
                path = os.path.join(base, name)
                yield os.path.relpath(path, ROOT)[:-3].replace(os.sep, "."), path


MODULES = dict(modules())
NAMES = {f"dvclive_cli.{name.removesuffix('.__init__')}" for name in MODULES}


def ours(full: str) -> str:
    """The module of ours that a full name means, a package's `__init__` spelled out; else empty."""
    if full != "dvclive_cli" and not full.startswith("dvclive_cli."):
        return ""
    name = full.removeprefix("dvclive_cli").removeprefix(".")
    return name if name in MODULES else f"{name}.__init__".removeprefix(".")


def imports(module: str, path: str) -> Iterator[tuple[str, bool]]:
    """What a module imports, anywhere in it: the full name, and whether at the top."""
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    top = {id(node) for node in tree.body}
    package = ["dvclive_cli", *module.split(".")[:-1]]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) in top
        elif isinstance(node, ast.ImportFrom):
            before = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*before, *(node.module.split(".") if node.module else [])])
            for alias in node.names:
                full = f"{source}.{alias.name}"
                yield full if full in NAMES else source, id(node) in top


IMPORTS = {module: sorted(set(imports(module, path))) for module, path in MODULES.items()}
ROOMS = {
    (module.split(".")[0], ours(full).split(".")[0]) for module, names in IMPORTS.items() for full, _ in names
}


def within(module: str, places: str) -> bool:
    """Whether a module is one of these places, or in one that is a package."""
    return any(module == place or module.startswith(f"{place}.") for place in places.split())


def test_every_module_has_its_floor() -> None:
    assert {module.split(".")[0] for module in MODULES} == set(FLOOR)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_go_downwards(module: str) -> None:
    """To a floor below, to the own package, or to a neighbour that the table names."""
    part = module.split(".")[0]
    allowed = (part, *NEIGHBOURS.get(part, "").split())
    for full, _ in IMPORTS[module]:
        other = ours(full).split(".")[0]
        assert not other or FLOOR[other] < FLOOR[part] or other in allowed, f"{module} imports {full}"


@pytest.mark.parametrize("part", NEIGHBOURS)
def test_every_neighbour_in_the_table_is_visited(part: str) -> None:
    assert {(part, other) for other in NEIGHBOURS[part].split()} <= ROOMS


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_place_in_the_table_needs_its_library(library: str) -> None:
    users = [
        module
        for module, names in IMPORTS.items()
        if any(full.split(".")[0] == library and not ours(full) for full, _ in names)
    ]
    for place in LIBRARIES[library].split():
        assert any(within(module, place) for module in users), place


def test_there_is_no_circle() -> None:
    """Not even inside a package, nor by way of an import inside a function."""
    edges = {module: {ours(full) for full, _ in names} - {"", module} for module, names in IMPORTS.items()}
    done: set[str] = set()

    def walk(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join((*path[path.index(module) :], module))
        if module not in done:
            for other in sorted(edges[module]):
                walk(other, (*path, module))
            done.add(module)

    for module in edges:
        walk(module, ())


@pytest.mark.parametrize("module", sorted(MODULES))
def test_libraries_stay_where_they_belong_and_wait_until_they_are_needed(module: str) -> None:
    for full, at_top in IMPORTS[module]:
        library = full.split(".")[0]
        if ours(full) or library in sys.stdlib_module_names:
            continue
        assert within(module, LIBRARIES.get(library, "")), f"{module} imports {full}"
        assert not at_top or library == "click", f"{module} imports {full} before it is needed"
