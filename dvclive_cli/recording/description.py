"""What a run has dvc.yaml say, and when it has to be said anew: the file is the user's, and other runs' too.

Decides which of the run's files are entered, and how their paths are written. How the user's part is kept is
known to `writers/dvc_yaml.py`.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import TYPE_CHECKING

from ..errors import DvcliveError
from ..run import PlotEntry, Run
from ..runs import outputs
from .trouble import Trouble

if TYPE_CHECKING:
    from ..writers.dvc_yaml import Wanted


class Description:
    """The entries of one run in one dvc.yaml.

    Parameters:
        folder: the run directory.
        path: of the dvc.yaml, absolute; None where none is written.

    Attributes:
        said: what it was last made to say; empty to have it looked at anew.
    """

    def __init__(self, folder: str, path: str | None) -> None:
        self.folder, self.path = folder, path
        self.said = ""
        self._decided: object = None  # what decided about `said`
        self._relatives: dict[str, str] = {}

    @property
    def home(self) -> str:
        """The folder that the paths in it are relative to."""
        return os.path.dirname(os.path.realpath(self.path or os.path.join(self.folder, "dvc.yaml")))

    def relative(self, path: str) -> str:
        """A path as dvc.yaml says it: posix, from the folder that it lies in."""
        known = self._relatives.get(path)
        if known is None:
            folder, name = os.path.split(os.path.normpath(path))
            known = os.path.relpath(os.path.join(os.path.realpath(folder), name), self.home)
            known = known.replace(os.sep, "/")
            self._relatives[path] = known  # realpath looks at every folder: 50 us, asked for at each step
        return known

    def write(
        self, run: Run, progress: object, kept: Collection[str], trouble: Trouble, *, final: bool
    ) -> None:
        """Bring dvc.yaml up to date, where it may have to say something else than before.

        Parameters:
            run: the state.
            progress: changes when there is another file to enter.
            kept: names in the run directory that are the user's own.
            trouble: told what goes wrong; it is tried again then.
            final: look again whatever it was made to say.
        """
        if self.path is None:
            return
        decided = (progress, bool(run.params))
        if decided == self._decided and self.said and not final:
            return  # at each step; what follows looks at five files
        self._decided = decided
        wanted = self._wanted(run, kept)
        said = repr(wanted)
        if said == self.said and not final:
            return
        from ..writers import dvc_yaml

        path = self.path
        try:
            if trouble.tried("dvc.yaml", lambda: dvc_yaml.update(path, wanted, final)):
                self.said = said
        except DvcliveError as error:
            trouble.tell(str(error))
            self.said = said  # looked at again when there is more to say, and at the end

    def _wanted(self, run: Run, kept: Collection[str]) -> Wanted:
        from ..writers.dvc_yaml import Wanted

        def existing(*names: str) -> list[str]:
            paths = (os.path.join(self.folder, name) for name in names if name not in kept)
            return [self.relative(path) for path in paths if os.path.exists(path)]

        plots = {path: PlotEntry({}, {"x": "step"}) for path in existing(outputs.METRICS)}
        plots |= {path: PlotEntry({}, {}) for path in existing(outputs.IMAGES)}
        prefix = self.relative(self.folder)
        return Wanted(
            prefix="" if prefix == "." else prefix,
            metrics=tuple(existing(outputs.METRICS_JSON, outputs.RUN_JSON)),
            plots={**plots, **run.plots},
            params=tuple(existing(outputs.PARAMS_YAML)),
            artifacts={name: dict(entry) for name, entry in run.artifacts.items()},
        )
