"""Where live updates go, for programs that import it from here. Sending them is the engine's business."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def get_dvc_studio_config(live: Any) -> dict[str, Any]:
    """Studio's settings for a run: token, url, repo_url; empty where no updates are sent.

    Parameters:
        live: the `Live`, or None for the current folder.
    """
    try:
        from dvclive_cli.repository.workspace import open_workspace
        from dvclive_cli.studio.settings import find
    except ImportError:  # only the adapter is installed here; the recorder of `dvclive run` sends updates
        return {}
    here = open_workspace(os.path.abspath(live.dir if live is not None else "."), os.environ)
    found = find(os.environ, here.git_root, here.dvc_root)
    return {} if found is None else {"token": found.token, "url": found.url, "repo_url": found.repo_url}
