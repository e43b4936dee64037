"""Names of the environment variables that `Live` reads, each written once. Values are read where used."""

from __future__ import annotations

DVCLIVE_LOGLEVEL = "DVCLIVE_LOGLEVEL"
DVCLIVE_OPEN = "DVCLIVE_OPEN"
DVCLIVE_RESUME = "DVCLIVE_RESUME"
DVCLIVE_TEST = "DVCLIVE_TEST"

# Set by `dvclive run` for the program it runs.
DVCLIVE_FIFO = "DVCLIVE_FIFO"
DVCLIVE_DIR = "DVCLIVE_DIR"
DVCLIVE_SHIM = "DVCLIVE_SHIM"

# DVC's.
DVC_EXP_BASELINE_REV = "DVC_EXP_BASELINE_REV"
DVC_EXP_NAME = "DVC_EXP_NAME"
DVC_ROOT = "DVC_ROOT"

RANKS = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "LOCAL_RANK")
"""Who we are among the processes of one job, the most global first: torchrun, Slurm, Open MPI, MPICH."""


def is_on(value: str | None) -> bool:
    """Whether a variable's value means yes.

    >>> is_on("1"), is_on("false"), is_on(None)
    (True, False, False)
    """
    return value is not None and value.lower() in ("1", "y", "yes", "true", "on")
