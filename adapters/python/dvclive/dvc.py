"""What programs take from `dvclive.dvc`: the DVC repository of the current directory."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def get_dvc_repo() -> Any:
    """The `dvc.repo.Repo` around the current directory; None where there is none or DVC is not installed."""
    try:
        from dvc.exceptions import NotDvcRepoError
        from dvc.repo import Repo
    except ImportError:
        return None
    try:
        return Repo()
    except NotDvcRepoError:
        return None
