"""The experiment of one run: where it belongs, how it is called, and its saving at the end.

Between the recorder and `saver.py` (the only importer of dvc). Preparing (DVC's import takes most of a second)
happens in a thread beside the recording; whoever needs the result waits for it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping

from . import env, saver
from .config import Config
from .errors import DvcliveError
from .outcome import Outcome


class Experiment:
    """What will be saved at the end of the run, and under which name.

    Parameters:
        config: the run's options.
        run_dir: absolute path of the run's directory.
        environ: the environment, for DVC's own variables.
        note: told whatever the user should know at the end.
    """

    def __init__(
        self, config: Config, run_dir: str, environ: Mapping[str, str], note: Callable[[str], None]
    ) -> None:
        self.config, self.run_dir, self.environ, self.note = config, run_dir, environ, note
        self.workspace = saver.open_workspace(run_dir, environ)
        self.prepared: saver.Prepared | None = None
        self.saved: saver.Saved | None = None
        self.wanted = config.save_dvc_exp
        self._preparing: threading.Thread | None = None

    @property
    def will_save(self) -> bool:
        """Whether an experiment is to be saved: asked for, and there is a Git repository to save it in."""
        return self.wanted and self.workspace.context == "plain"

    def prepare(self) -> None:
        """Start DVC beside the recording: initialise it if the repository has none, find a name."""
        if self.wanted:
            for text in self.workspace.notes:
                self.note(text)
        if self.will_save:
            self._preparing = threading.Thread(target=self._prepare, name="prepare-experiment", daemon=True)
            self._preparing.start()

    def _prepare(self) -> None:
        try:
            self.prepared = saver.prepare(self.workspace, self.config.exp_name)
        except DvcliveError as error:
            self.note(str(error))
        except Exception as error:  # DVC's own failures: the run is recorded all the same
            self.note(f"DVC cannot be used here: {error} (dvc-failed). Try `dvc status` in the repository.")
        else:
            for text in self.prepared.notes:
                self.note(text)

    def ready(self) -> saver.Prepared | None:
        """The prepared experiment, waited for; None where there will be none."""
        if self._preparing is not None:
            self._preparing.join()
            self._preparing = None
        return self.prepared

    def save(self, outcome: Outcome) -> None:
        """Save the experiment.

        Raises:
            DvcliveError: DVC or Git refused; the message ends with the command that tries again.
        """
        prepared = self.ready()
        if not self.will_save or prepared is None:
            return
        self.saved = saver.save(
            prepared,
            dir=self.run_dir,
            message=self.message(outcome),
            include_untracked=self._untracked(prepared),
        )
        for text in self.saved.notes:
            self.note(text)

    def retry_command(self, outcome: Outcome) -> str:
        """The command that saves the experiment by hand."""
        prepared = self.ready()
        if prepared is None:
            return "dvc exp save"
        return saver.retry_command(prepared, self.run_dir, self.message(outcome), self._untracked(prepared))

    def message(self, outcome: Outcome) -> str | None:
        """The commit's message: the user's, and for a run that did not complete how it ended."""
        if outcome.status == "completed":
            return self.config.exp_message
        ending = f"dvclive: {outcome.describe()}"
        return f"{self.config.exp_message} ({ending})" if self.config.exp_message else ending

    def _untracked(self, prepared: saver.Prepared) -> list[str]:
        """Paths that belong to the experiment though Git does not know them yet."""
        dvcyaml = self.dvcyaml
        return [self.run_dir, *([dvcyaml] if dvcyaml and os.path.exists(dvcyaml) else [])]

    @property
    def dvcyaml(self) -> str | None:
        """Absolute path of the dvc.yaml to write, or None."""
        return None if self.config.dvcyaml is None else os.path.abspath(self.config.dvcyaml)

    @property
    def name(self) -> str | None:
        """The experiment's name, once known; inside `dvc exp run` the one DVC gave."""
        if self.saved is not None:
            return self.saved.exp_name
        if self.prepared is not None:
            return self.prepared.exp_name
        return self.environ.get(env.DVC_EXP_NAME)
