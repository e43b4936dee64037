"""The plans of masks: made once, kept for the next line alike, and the masks that are known to be noise.

Shared by all streams of a process, part of no state. The rules are imported when a line first may hold
something: many programs print nothing for us, and the rules' patterns take 20 ms to compile.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from .. import protocol
from . import records
from .alike import period
from .candidates import candidates, is_candidate
from .lines import MAX_LINE, is_binary
from .model import NAMES_OF_ALIASES, CaptureOptions
from .plan import CONTROL, DIGITS, NEUTRAL, NOISE, Kind, Plan

if TYPE_CHECKING:
    from .recognise import Recogniser
    from .templates import Template

_LONGEST_KEPT = 512  # bytes of a mask; longer lines are seldom alike
_MOST_KEPT = 4096
_MOST_TEMPLATES = 64
_CONTROLS = frozenset(
    b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a"
    b"\x1b\x1c\x1d\x1e\x1f\r\x7f"
)


# No text has these: neither terminals nor printers act on them. (0x0e and 0x0f shift a terminal's letters.)


class Plans:
    """The plans for one choice of options. `kept`: by mask. `noise`: masks that are known to give nothing."""

    __slots__ = ("_options", "_rules", "_templates", "kept", "noise", "users")

    def __init__(self, options: CaptureOptions) -> None:
        self._options = options
        self._rules: Recogniser | None = None
        self.users = bool(
            options.patterns or options.user_formats or not NAMES_OF_ALIASES.isdisjoint(options.formats)
        )
        """Whether users' patterns have to see each line."""
        self.kept: dict[bytes, Plan] = {}
        self.noise: set[bytes] = set()
        self._templates: dict[tuple[tuple[bytes, ...], bool], Template | None] = {}

    def template(
        self, lines: Sequence[bytes], *, record: Callable[[bytes], Plan] | None = None
    ) -> Template | None:
        """The template of the lines that come again and again among these; None if there is none.

        Parameters:
            lines: whole lines.
            record: gives the plan of a mask, where every line is a record.
        """
        if self.users:
            return None
        masks = [line.translate(DIGITS) for line in lines]
        mask = max(masks, key=masks.count)
        size = 1 if record else period(masks)
        last = tuple(masks[-size:]) if size > 1 else (mask,)
        if any(len(each) > _LONGEST_KEPT for each in last):
            return None
        key = (last, record is not None)
        if key not in self._templates:
            if len(self._templates) >= _MOST_TEMPLATES:
                self._templates.clear()
            from .templates import template, turn

            printed = [(self.of(each), line) for each, line in zip(masks[-size:], lines[-size:], strict=True)]
            again = turn(printed) if size > 1 else []
            plan = (record or self.of)(mask)
            if not again and plan.kind in (Kind.VALUES, Kind.ROW, Kind.SENTINEL):
                again = [(plan, lines[masks.index(mask)])]
            self._templates[key] = template(again, record or self.make) if again else None
        return self._templates[key]

    def wanted(self, masks: list[bytes], *, binary: bool = False) -> list[int]:
        """Indexes of the masks that may hold something. `binary`: some may be no text."""
        noise, kept = self.noise, self.kept
        unseen = [index for index, mask in enumerate(masks) if mask not in noise]
        fresh = {masks[index] for index in unseen if masks[index] not in kept}
        if binary:  # seldom twice the same: neither searched nor kept
            junk = {mask for mask in fresh if is_binary(mask)}
            fresh -= junk
            unseen = [index for index in unseen if masks[index] not in junk]
        if not fresh:
            return unseen
        empty = fresh - candidates(list(fresh))
        if not empty:
            return unseen
        self._add_noise(empty)
        return [index for index in unseen if masks[index] not in empty]

    def of(self, mask: bytes, *, likely: bool = False) -> Plan:
        """The plan of a mask, kept for the next time if it is short. `likely`: it has passed the filter."""
        plan = self.kept.get(mask)
        if plan is not None:
            return plan
        if mask in self.noise:
            return NOISE
        plan = self.make(mask, likely=likely)
        if plan is NOISE:
            self._add_noise((mask,))
        elif len(mask) <= _LONGEST_KEPT:
            if len(self.kept) >= _MOST_KEPT:
                self.kept.clear()
            self.kept[mask] = plan
        return plan

    def make(self, mask: bytes, *, likely: bool = False) -> Plan:
        """Decide what a line of this mask holds."""
        if is_binary(mask):
            return NOISE
        if len(mask) > MAX_LINE or not _CONTROLS.isdisjoint(mask):
            return CONTROL
        if b"@dvclive" in mask:
            return _record(mask)
        if not likely and not is_candidate(mask):
            return NOISE
        text = mask.decode("utf-8", "surrogateescape")
        if not any(c.isalnum() for c in text):
            return NEUTRAL
        return self._recogniser().of_mask(text)

    def of_user(self, line: bytes) -> Plan | None:
        """What users' patterns and formats take from a line; None if nothing."""
        return self._recogniser().of_line(line) if self.users else None

    def _add_noise(self, masks: Collection[bytes]) -> None:
        if len(self.noise) + len(masks) > 2 * _MOST_KEPT:
            self.noise.clear()
        self.noise.update(mask for mask in masks if len(mask) <= _LONGEST_KEPT)

    def _recogniser(self) -> Recogniser:
        if self._rules is None:
            from .recognise import Recogniser

            self._rules = Recogniser(self._options)
        return self._rules


def _record(mask: bytes) -> Plan:
    """The plan of a line in which the sentinel stands; whether rightly, is seen from the mask if it is
    ASCII."""
    plan = Plan(Kind.SENTINEL, "protocol")
    if mask.isascii():
        text = mask.decode()
        plan.body = protocol.find_sentinel(text)
        if plan.body < 0:
            return NOISE
        plan.record = records.plan(text, plan.body)
    return plan


_plans: dict[str, Plans] = {}


def plans_for(options: CaptureOptions) -> Plans:
    """The process's plans for these options."""
    key = repr((options.formats, options.patterns, options.names, options.user_formats))
    if key not in _plans:
        _plans[key] = Plans(options)
    return _plans[key]
