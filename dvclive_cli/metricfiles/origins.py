"""Names for what several files of one run tell: files of a training and a validation log the same names.

Folders and files called train, validation, test, ... go in front of the names, as everybody means them. Other
folders (`version_0`, `Nov21_09-15-57_host`) change from run to run and would make runs incomparable: they are
left out, unless a second file tells a name that another one has told already.
"""

from __future__ import annotations

import re

from ..capture import names
from ..capture.names import SPLIT
from ..events import Event, Image, Metric

_SPLIT = re.compile(rf"{SPLIT}\Z", re.IGNORECASE)


class Origins:
    """Who told which name first. Picklable."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}

    def named(self, path: str, folder_is_run: bool, events: list[Event]) -> list[Event]:
        """The events with the names that their series have in the run.

        Parameters:
            path: of the file, below what the user named, with `/`.
            folder_is_run: files of one folder continue each other, as event files do; else each file is
                its own.
        """
        folder, _, file = path.rpartition("/")
        stem = file.partition(".")[0]
        family = folder if folder_is_run else path
        parts = [part for part in folder.split("/") if part]
        words = [part for part in (*parts, *(() if folder_is_run else (stem,))) if _SPLIT.match(part)]
        last = "" if folder_is_run else stem
        return [self._named(event, family, parts, words, last) for event in _latest(events)]

    def _named(self, event: Event, family: str, parts: list[str], words: list[str], stem: str) -> Event:
        if not isinstance(event, (Metric, Image)):
            return event
        tag = event.name
        lead = tag.replace("/", "_") + "_"
        name = tag
        if parts and parts[-1].startswith(lead) and len(parts[-1]) > len(lead):
            # SummaryWriter.add_scalars(tag, {key: value}) makes a folder `tag_key` for each key
            name = f"{tag}/{names.clean(parts[-1][len(lead) :])}"
        for word in reversed(words):
            if not re.match(rf"{re.escape(word)}[/_.-]", name, re.IGNORECASE):
                name = f"{word}/{name}"
        owner = self._first.setdefault(name, family)
        if owner != family:
            name = f"{names.clean('/'.join((*parts, stem))) or 'other'}/{name}"
        return event if name == tag else event._replace(name=name)


def _latest(events: list[Event]) -> list[Event]:
    """Without pictures that others of the same name follow: making each would take most of the time."""
    newest = {event.name: at for at, event in enumerate(events) if type(event) is Image}
    if not newest:
        return events
    return [event for at, event in enumerate(events) if type(event) is not Image or newest[event.name] == at]
