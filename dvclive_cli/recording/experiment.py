"""The experiment of one run: where it belongs, how it is called, and its saving at the end.

Between the recorder and `saver.py`, which speaks to DVC. Preparing (DVC's import takes a quarter of a second)
happens in a thread beside the recording; whoever needs the result waits for it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from .. import env
from ..config import Config
from ..errors import DvcliveError
from ..outcome import COMPLETED, IMPORTED, Outcome
from ..repository import saver
from ..repository.workspace import Workspace, open_workspace
from ..studio import settings
from .session import SessionConfig, Show

if TYPE_CHECKING:
    from .broadcast import Broadcast

LIVE_LIMIT = 10.0
"""Seconds that the end of a run waits for Studio."""


class Experiment:
    """What will be saved at the end of the run, and under which name.

    Parameters:
        config: the run's options.
        run_dir: absolute path of the run's directory.
        environ: the environment, for DVC's own variables.
        note: told whatever the user should know at the end.
        on_ready: called, in the preparing thread, when DVC is ready.
        again: the experiment that this run has saved already, to be replaced.
        live_since: when the run began, epoch milliseconds, for one that Studio is told of; None for none.

    Attributes:
        broadcast: the live updates, once they have begun; None where none are sent.
    """

    def __init__(
        self,
        config: Config,
        run_dir: str,
        environ: Mapping[str, str],
        note: Callable[[str], None],
        on_ready: Callable[[], None],
        again: saver.Saved | None = None,
        live_since: int | None = None,
    ) -> None:
        self.config, self.run_dir, self.environ, self.note = config, run_dir, environ, note
        self.on_ready, self.again, self.live_since = on_ready, again, live_since
        self.workspace = open_workspace(run_dir, environ)
        self.prepared: saver.Prepared | None = None
        self.saved: saver.Saved | None = None
        self.wanted = config.save_dvc_exp
        self.saving = False  # set when saving begins: whoever follows a killed recorder looks before saving
        self.broadcast: Broadcast | None = None
        self._preparing: threading.Thread | None = None

    @property
    def will_save(self) -> bool:
        """Whether an experiment is to be saved: asked for, and there is a Git repository to save it in."""
        return self.wanted and self.workspace.saves

    def session_config(self) -> SessionConfig:
        """The part of the options that the session wants to know."""
        report = self.config.report
        return SessionConfig(
            dir=self.run_dir,
            resume=self.config.resume,
            report="html" if report in ("auto", "notebook") else report,  # a command line is no notebook
            dvcyaml=self.dvcyaml,
            cache_images=self.config.cache_images,
            save_dvc_exp=self.will_save,
            exp_name=self.config.exp_name,
            exp_message=self.config.exp_message,
        )

    def prepare(self) -> None:
        """Start DVC beside the recording: initialise it if the repository has none, find a name."""
        if self.wanted:
            for text in self.workspace.notes:
                self.note(text)
        if self.will_save or self._goes_live():
            self._start()

    def go_on(self, prepared: saver.Prepared, saving: bool) -> None:
        """Be ready again, in the place of a process that died."""
        self.prepared, self.saving = prepared, saving
        self._start()

    def _start(self) -> None:
        self._preparing = threading.Thread(target=self._prepare, name="prepare-experiment", daemon=True)
        self._preparing.start()

    def _goes_live(self) -> bool:
        return self.live_since is not None and settings.wanted(self.environ, self.workspace.dvc_root)

    def _prepare(self) -> None:
        if self.will_save and self.prepared is None:
            self._prepare_saving()
        if self._goes_live():
            self._go_live()
        if self.prepared is not None or self.broadcast is not None:
            self.on_ready()

    def _prepare_saving(self) -> None:
        try:
            name = self.config.exp_name or self._name_at_studio()
            self.prepared = saver.prepare(self.workspace, name, self.again)
        except DvcliveError as error:
            self.note(str(error))
        except Exception as error:  # DVC's own failures: the run is recorded all the same
            self.note(f"DVC cannot be used here: {error} (dvc-failed). Try `dvc status` in the repository.")
        else:
            for text in self.prepared.notes:
                self.note(text)

    def keep_unsent(self) -> None:
        """Before the session opens: see that nothing is lost that Studio has not heard of the run before."""
        from ..studio.ledger import home

        root = self.workspace.dvc_root
        if os.path.isdir(home(self.run_dir, root)):
            from .broadcast import keep_unsent

            keep_unsent(self.run_dir, root, self.note)

    def _name_at_studio(self) -> str | None:
        """The name under which a recorder that was killed has announced this very run."""
        if self.live_since is None or not self._goes_live():
            return None
        from ..studio.ledger import announced

        return announced(self.run_dir, self.workspace.dvc_root, self.live_since)

    def _go_live(self) -> None:
        from . import broadcast

        workspace = self.workspace if self.prepared is None else self.prepared.workspace
        name = self.prepared.exp_name if self.prepared is not None else workspace.exp_name
        try:
            self.broadcast = broadcast.begin(
                self.config, self.run_dir, workspace, name, self.live_since or 0, self.environ, self.note
            )
        except DvcliveError as error:
            self.note(str(error))
        except Exception as error:  # updates are an extra: nothing else depends on them
            self.note(f"There are no live updates: {type(error).__name__}: {error}.")

    def show_live(self) -> Show | None:
        """What shows the run at Studio, once that has begun."""
        return None if self.broadcast is None else self.broadcast.show

    def end_live(self, outcome: Outcome, output: str = "", limit: float = LIVE_LIMIT) -> None:
        """Send the rest of the live updates, for at most `limit` seconds, and how the run ended."""
        if self.broadcast is None:
            return
        rev = self.saved.exp_rev if self.saved is not None else None
        trouble = self.broadcast.end(outcome, rev, output, limit)
        self.broadcast = None
        if trouble:
            self.note(trouble)

    def rename_live(self) -> None:
        """Another experiment takes this one's place at Studio."""
        if self.broadcast is not None:
            self.broadcast.rename()
            self.broadcast = None

    def ready(self) -> saver.Prepared | None:
        """The prepared experiment, waited for; None where there will be none."""
        if self._preparing is not None:
            self._preparing.join()
            self._preparing = None
        return self.prepared

    def ready_workspace(self) -> Workspace:
        """Where data is tracked: with a DVC repository, if there is to be one."""
        prepared = self.ready()
        return self.workspace if prepared is None else prepared.workspace

    def save(self, outcome: Outcome, tracked: Sequence[str]) -> None:
        """Save the experiment; inside `dvc exp run` hand the files over to DVC instead.

        Parameters:
            outcome: how the run ended.
            tracked: files that DVC wrote for artifacts.

        Raises:
            DvcliveError: DVC or Git refused; the message ends with the command that tries again.
        """
        if self.workspace.context == "exp-run":
            saver.stage_outputs(self.workspace, self.run_dir)
            return
        prepared = self.ready()
        if not self.will_save or prepared is None:
            return
        if self.saving and (found := saver.find_saved(prepared)) is not None:
            self.saved = saver.push_saved(prepared, found)
            return
        self.saved = saver.save(
            prepared,
            dir=self.run_dir,
            message=self.message(outcome),
            include_untracked=self._untracked(tracked),
        )
        for text in self.saved.notes:
            self.note(text)

    def retry_command(self, outcome: Outcome, tracked: Sequence[str]) -> str:
        """The command that saves the experiment by hand."""
        prepared = self.ready()
        if prepared is None:
            return "dvc exp save"
        return saver.retry_command(prepared, self.run_dir, self.message(outcome), self._untracked(tracked))

    def message(self, outcome: Outcome) -> str | None:
        """The commit's message: the user's, and for a run that did not complete how it ended."""
        if outcome.status in (COMPLETED, IMPORTED):
            return self.config.exp_message
        ending = f"dvclive: {outcome.describe()}"
        return f"{self.config.exp_message} ({ending})" if self.config.exp_message else ending

    def _untracked(self, tracked: Sequence[str]) -> list[str]:
        """Paths that belong to the experiment though Git does not know them yet."""
        dvcyaml = self.dvcyaml
        return [self.run_dir, *tracked, *([dvcyaml] if dvcyaml and os.path.exists(dvcyaml) else [])]

    def name_when_ready(self) -> str | None:
        """`name`, waited for where one is being chosen."""
        if self.will_save:
            self.ready()
        return self.name

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
