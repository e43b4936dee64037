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
    shims: str, environ: Mapping[str, str], arguments: bool = True, bridge_only: bool = False
) -> dict[str, str]:
    """The variables to set for the program; empty where no shim is wanted.

    Parameters:
        shims: `auto`, `none`, or names with commas between them.
        environ: the caller's. A `DVCLIVE_SHIM=off` in it stands.
        arguments: whether `auto` has the program's arguments recorded as parameters.
        bridge_only: whether trackers are to write nothing, which the shims for them see to.
    """
    told = environ.get(env.SHIM)
    if shims == "none" and not bridge_only:
        return {} if told is None else {env.SHIM: "off"}  # that of a run around this one
    folder = next(filter(os.path.isdir, _FOLDERS), None)
    if folder is None or os.pathsep in folder or told in ("off", "0", "none"):
        return {}
    others = [path for path in environ.get(env.PYTHONPATH, "").split(os.pathsep) if path not in ("", folder)]
    if shims == "auto" and not arguments:
        shims = "auto,-argparse"
    if bridge_only:
        shims = "bridge-only" if shims == "none" else f"{shims},bridge-only"
    return {env.SHIM: shims, env.PYTHONPATH: os.pathsep.join([folder, *others])}
