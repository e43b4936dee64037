"""`--shims`: the variables that have the program's Pythons watch the frameworks they import.

Decides what the child's environment says; the shim itself (`adapters/python/boot`) is the child's business.
Standard library only: the child waits for this.
"""

from __future__ import annotations

import os

from .. import env

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# A wheel has the folder below this package (pyproject.toml, force-include); a checkout has it beside it.
_FOLDERS = (
    os.path.join(_HERE, "adapters", "python", "boot"),
    os.path.join(os.path.dirname(_HERE), "adapters", "python", "boot"),
)


def variables(
    shims: str,
    environ: Mapping[str, str],
    *,
    arguments: bool = True,
    bridge_only: bool = False,
    verbose: bool = False,
) -> dict[str, str]:
    """The variables to set for the program; empty where no shim is wanted.

    Parameters:
        shims: as `--shims` takes it.
        environ: the caller's. A `DVCLIVE_SHIM=off` in it stands.
        arguments: whether shims record what the program and its frameworks were told as parameters.
        bridge_only: whether trackers are to write nothing, which the shims for them see to.
        verbose: whether Pythons tell the run what is done in them.
    """
    around = environ.get(env.SHIM)  # of a run around this one
    if shims == "none" and not bridge_only:
        return {} if around is None else {env.SHIM: "off"}
    folder = next(filter(os.path.isdir, _FOLDERS), None)
    if folder is None or os.pathsep in folder or around in ("off", "0", "none"):
        return {}
    before = environ.get(env.PYTHONPATH)  # an empty entry is the current directory, an empty variable none
    others = [path for path in before.split(os.pathsep) if path != folder] if before else []
    if shims != "none" and not arguments:
        shims += ",-params"
    if bridge_only:
        shims = "bridge-only" if shims == "none" else f"{shims},bridge-only"
    told = {env.SHIM: shims, env.PYTHONPATH: os.pathsep.join([folder, *others])}
    return {**told, env.VERBOSE: "1"} if verbose else told
