"""Stand-ins for trackers that are not installed, under `--bridge-only`.

One module a tracker, named after its package: `fill(module)` puts into an empty package what keeps the state
that scripts ask for (the run's name, its configuration); all other names of the package exist and do nothing
(`nothing`). The bridge from the tracker then patches what is there, as it patches the real package: what a
script tells is told in one way. Nothing here logs.
"""

from __future__ import annotations

import sys
from importlib import import_module

from .nothing import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

TRACKERS = {
    "aim": "3.29.1",
    "clearml": "2.1.12",
    "comet_ml": "3.58.8",
    "mlflow": "3.17.2",
    "neptune": "1.14.0",
    "tensorboard": "2.21.0",
    "tensorboardX": "2.6.5",
    "trackio": "0.43.0",
    "wandb": "0.31.0",
}
"""Packages that have stand-ins, and the version that each says to be."""


def stand_in(name: str, instead: bool = False) -> ModuleSpec | None:
    """What Python imports for a module of a tracker; None where that is no stand-in's.

    Parameters:
        name: of the module: a tracker's package, or one below it.
        instead: of an installed package, which may be able to write nothing by itself.
    """
    package = name.partition(".")[0]
    if package not in TRACKERS or (package != name and not isinstance(sys.modules.get(package), Module)):
        return None
    if instead and package == name and package == "wandb" and not _is_old_wandb():
        return None
    from importlib.machinery import ModuleSpec

    return ModuleSpec(name, Loader(TRACKERS[package]), is_package=True)  # type: ignore[arg-type]


def _is_old_wandb() -> bool:
    """Whether wandb is installed whose disabled runs are put together of functions that nobody can hear, as
    before 0.19."""
    import os
    from importlib.machinery import PathFinder

    spec = PathFinder.find_spec("wandb")
    if spec is None or spec.origin is None:  # not there, or only the folder that it writes
        return False
    return not os.path.isfile(os.path.join(os.path.dirname(spec.origin), "sdk", "lib", "noop_run.py"))


class Loader:
    """Makes the modules of a tracker.

    Parameters:
        version: that it says to be.
    """

    def __init__(self, version: str) -> None:
        self.version = version

    def create_module(self, spec: ModuleSpec) -> Module:
        """Part of Python's protocol for loaders."""
        return Module(spec.name)

    def exec_module(self, module: Module) -> None:
        """Part of Python's protocol for loaders: only a package has names of its own."""
        if "." in module.__name__:
            return
        module.__dict__["__version__"] = self.version
        import_module(f"{__package__}.{module.__name__}").fill(module)
