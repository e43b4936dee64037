"""One stream of a program's output: bytes in, matches out, in the same way however the bytes are cut.

Works on whole blocks of lines: one translate gives all masks, and lines whose mask is known noise are never
looked at one by one. Decides what a record of the line protocol may do on this stream. Must not know any rule
of recognition.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import protocol
from ..events import Event, Message, Metric, NextStep, Progress, Step, Summary
from . import records
from .bars import Bars, State
from .candidates import candidates
from .detector import Detector, Plans, plans_for
from .lines import MAX_LINE, LineSplitter, refreshes
from .model import CaptureOptions, Counts, Fault, Match, NearMiss
from .plan import DIGITS, NOISE, Kind, Plan
from .records import Record

FIFO = "fifo"
REDRAWN = Plan(Kind.CONTROL)
"""Plan of the rest of a line whose refreshes came before."""
# What a program prints may quote another's text: only these act without trust (line-protocol.md, "Trust").
_HARMLESS = (Metric, Step, NextStep, Summary, Progress, Message)
_MOST_FAULTS = 100
_LOOK_BACK = 3
_SHOWN = 120
_new = tuple.__new__  # see records


class Capture:
    """Takes one stream apart: `feed` bytes and take the matches, `close` at the stream's end.

    Parameters:
        stream: "stdout", "stderr" or "fifo". On the FIFO every line is a record and every verb acts.
        options: see CaptureOptions.

    It can be pickled at any moment, and its size does not grow with the stream.
    """

    def __init__(self, stream: str, options: CaptureOptions) -> None:
        self.stream = stream
        self.options = options
        self._splitter = LineSplitter(redraws=stream != FIFO)
        self._detector = Detector(options)
        self._bars = Bars()
        self._lines = 0
        self._redrawing = False  # the line that is still open was drawn before
        self._errors = 0
        self._refused = 0
        self._long = 0
        self._faults: dict[str, Fault] = {}
        self._before: list[bytes] = []
        self._plans: Plans | None = None

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        state["_plans"] = None  # the process's, not ours
        return state

    def feed(self, data: bytes) -> list[Match]:
        """Take bytes; give what the lines finished by them hold."""
        block, drawn = self._splitter.feed(data)
        if block:
            if self.stream == FIFO:
                self._records(block)
            else:
                self._block(block)
        if drawn:
            for segment in drawn:
                self._guarded(self._draw, segment)
        return self._detector.book.take()

    def close(self) -> list[Match]:
        """The stream has ended: its last line counts even without a newline, and what waited is decided."""
        rest = self._splitter.close()
        if rest:
            if self.stream == FIFO:
                self._records(rest + b"\n")
            else:
                self._block(rest + b"\n")
        for state in self._bars.close():
            self._commit(state)
        self._detector.book.close()
        return self._detector.book.take()

    def expand(self, data: bytes) -> list[Match]:
        """Read the records of a file that a match named (`Match.file`); whole, of any length."""
        for body in data.split(b"\n"):
            self._record(body, self._lines)
        return self._detector.book.take()

    @property
    def counts(self) -> Counts:
        """Totals since the stream began."""
        book = self._detector.book
        long_lines = self._long + self._splitter.long_lines
        return Counts(self._lines, book.points, self._refused, long_lines, book.capped, self._errors)

    def faults(self) -> list[Fault]:
        """The distinct faults of protocol lines, in the order of first sight."""
        return list(self._faults.values())

    def near_misses(self, n: int = 3) -> list[NearMiss]:
        """The lines that came nearest to being metrics, at most `n`."""
        return self._detector.near_misses(n)

    def _block(self, block: bytes) -> None:
        """Whole lines, each ended by a newline."""
        plans = self._plans
        if plans is None:
            plans = self._plans = plans_for(self.options)
        first = self._lines + 1
        detector = self._detector
        masks = block.translate(DIGITS).split(b"\n")
        masks.pop()
        self._lines += len(masks)
        noise, kept = plans.noise, plans.kept
        redrawing, self._redrawing = self._redrawing, False
        wanted: Sequence[int]
        if detector.wants_every_line:
            wanted = range(len(masks))
        else:
            wanted = self._wanted(plans, masks)
            forced = [0] if redrawing else []
            if len(block) > MAX_LINE:
                forced += [at for at, mask in enumerate(masks) if len(mask) > MAX_LINE]
            if forced:
                wanted = sorted({*forced, *wanted})
            if not wanted:
                detector.broke()
                if len(masks) < 64 or not self._before:
                    self._remember(block)
                else:
                    self._remember(block[-2048:])
                return
        lines = block.split(b"\n")
        lines.pop()
        done = -1  # the last line that did not count as noise
        for index in wanted:
            mask = masks[index]
            plan = kept.get(mask)
            if redrawing and index == 0:
                plan = REDRAWN
            elif plan is None:
                plan = NOISE if mask in noise else plans.of(mask, likely=not detector.wants_every_line)
            if plan is NOISE and not detector.wants_every_line:
                continue
            if index - done > 1:
                detector.broke()
            try:
                if self._line(plan, lines[index], first + index, lines, index):
                    done = index
            except Exception:  # a line must never end capture: it is counted, and tests look at the count
                self._errors += 1
                done = index
        if done < len(masks) - 1:
            detector.broke()
        self._remember(block)

    def _wanted(self, plans: Plans, masks: list[bytes]) -> Sequence[int]:
        """Indexes of the lines that may hold something."""
        noise, kept = plans.noise, plans.kept
        unseen = [index for index, mask in enumerate(masks) if mask not in noise]
        fresh = {masks[index] for index in unseen if masks[index] not in kept}
        if not fresh:
            return unseen
        empty = fresh - candidates(list(fresh))
        if not empty:
            return unseen
        plans.add_noise(empty)
        return [index for index in unseen if masks[index] not in empty]

    def _line(self, plan: Plan, line: bytes, number: int, lines: list[bytes], index: int) -> bool:
        """Take one line; whether it counts as more than noise."""
        kind = plan.kind
        if kind == Kind.CONTROL:
            return self._redrawn(line, number, lines, index, plan is REDRAWN)
        detector = self._detector
        if detector.wants_every_line and kind != Kind.SENTINEL:
            own = detector.user_plan(line)
            if own is not None:
                plan, kind = own, own.kind
        if kind == Kind.VALUES:
            detector.carry_out(plan, line, number, list)
            return True
        if kind == Kind.NEUTRAL:
            return True
        if kind == Kind.SENTINEL:
            return self._sentinel(plan, line, number)
        if kind == Kind.NOISE:
            return False
        detector.carry_out(plan, line, number, lambda: self._lines_before(lines, index))
        return kind != Kind.MISS

    def _redrawn(self, line: bytes, number: int, lines: list[bytes], index: int, drawn: bool) -> bool:
        """A line with refreshes or terminal sequences; `drawn`: it had refreshes before those in `line`."""
        *earlier, last = self._states(line)
        for text in earlier:
            self._drawn(text, number)
        if not last.strip():
            return True
        plan = self._plan(last)
        if plan.kind == Kind.CONTROL:
            return False
        if drawn or earlier or b"\r" in line.rstrip(b"\r"):
            ended, goes_on = self._bars.end_of_line(State(number, last, self._detector.clock.context))
            for bar in ended:
                self._commit(bar)
            if goes_on:
                return True
        return self._line(plan, last, number, lines, index)

    def _draw(self, segment: bytes) -> None:
        self._redrawing = True
        for text in self._states(segment):
            self._drawn(text, self._lines + 1)

    def _states(self, line: bytes) -> list[bytes]:
        states, too_long = refreshes(line)
        self._long += too_long
        return states

    def _drawn(self, text: bytes, number: int) -> None:
        if not text.strip():
            return
        ended = self._bars.draw(State(number, text, self._detector.clock.context))
        if ended:
            self._commit(ended)

    def _commit(self, state: State) -> None:
        """A bar's last state counts as a line of its own."""
        detector = self._detector
        plan = (detector.user_plan(state.text) if detector.wants_every_line else None) or self._plan(
            state.text
        )
        if plan.kind == Kind.VALUES:
            context = detector.at_context(state.context)
            detector.carry_out(plan, state.text, state.line, list)
            if plan.step is None:
                detector.at_context(context)

    def _plan(self, line: bytes) -> Plan:
        plans = self._plans
        if plans is None:
            plans = self._plans = plans_for(self.options)
        mask = line.translate(DIGITS)
        return plans.kept.get(mask) or plans.of(mask)

    def _lines_before(self, lines: list[bytes], index: int) -> list[bytes]:
        """The nearest lines before that say something, the nearest first."""
        found: list[bytes] = []
        for at in range(index - 1, max(-1, index - 40), -1):
            text = _says(lines[at])
            if text:
                found.append(text)
                if len(found) == _LOOK_BACK:
                    return found
        return (found + self._before)[:_LOOK_BACK]

    def _remember(self, block: bytes) -> None:
        """Keep the last lines that say something, for a table that starts in the next block."""
        found: list[bytes] = []
        end = len(block) - 1
        for _ in range(40):
            if end < 0 or len(found) == _LOOK_BACK:
                break
            begin = block.rfind(b"\n", 0, end) + 1
            text = _says(block[begin:end])
            if text:
                found.append(text)
            end = begin - 1
        self._before = (found + self._before)[:_LOOK_BACK]

    def _guarded(self, action: Callable[..., None], *args: Any) -> None:
        try:
            action(*args)
        except Exception:
            self._errors += 1

    def _sentinel(self, plan: Plan, line: bytes, number: int) -> bool:
        if plan.record is not None:
            events = records.read(plan.record, line)
            if events is not None:
                self._say(events, number)
                return True
        text = line.decode("utf-8", "replace")
        body = plan.body if plan.body >= 0 else protocol.find_sentinel(text)
        if body < 0:
            return False
        self._speak(text[body:], number, body)
        return True

    def _speak(self, body: str, number: int, column: int) -> None:
        """One record."""
        try:
            events = protocol.parse(body)
        except protocol.Refusal as refusal:
            self._fault(number, column + refusal.column, refusal.reason, body)
            return
        if self.stream != FIFO and not self.options.trust_stdout:
            events = self._trusted(events, number, column, body)
        if not events:
            return
        self._say(events, number)

    def _say(self, events: list[Event], number: int) -> None:
        """The events of a record."""
        book = self._detector.book
        spoken = book.spoken
        for event in events:
            if type(event) is Metric:
                book.points += 1
                if event.name not in spoken:
                    book.spoke(event.name)
        book.give(_new(Match, (number, "protocol", events, None)))

    def _trusted(self, events: list[Event], number: int, column: int, body: str) -> list[Event]:
        for event in events:
            if type(event) not in _HARMLESS:
                verb = protocol.verb_of(event)
                advice = "send it to $DVCLIVE_FIFO, or give --trust-stdout"
                reason = f"`{verb}` is not accepted on {self.stream}: {advice}"
                self._fault(number, column + 1, reason, body)
                return [event for event in events if type(event) in _HARMLESS]
        return events

    def _fault(self, number: int, column: int, reason: str, body: str) -> None:
        self._refused += 1
        known = self._faults.get(reason)
        if known is not None:
            self._faults[reason] = known._replace(count=known.count + 1)
        elif len(self._faults) < _MOST_FAULTS:
            self._faults[reason] = Fault(self.stream, number, column, reason, body[:_SHOWN], 1)

    def _records(self, block: bytes) -> None:
        """Lines of the FIFO."""
        lines = block.split(b"\n")
        masks = block.translate(DIGITS).split(b"\n")
        lines.pop()
        number = self._lines
        for line, mask in zip(lines, masks, strict=False):
            number += 1
            record = _fifo_records[mask] if mask in _fifo_records else _fifo_record(mask)
            if record is not None:
                events = records.read(record, line)
                if events is not None:
                    self._say(events, number)
                    continue
            if len(line) > MAX_LINE:
                self._long += 1
            else:
                self._record(line, number)
        self._lines = number

    def _record(self, line: bytes, number: int) -> None:
        text = line.decode("utf-8", "replace").strip()
        if not text:
            return
        column = 0
        if text.startswith("@dvclive"):
            found = protocol.find_sentinel(text)
            if found >= 0:
                text, column = text[found:], found
        if '"@file"' in text:
            try:
                name = protocol.parse_file_reference(text)
            except protocol.Refusal as refusal:
                self._fault(number, column + refusal.column, refusal.reason, text)
                return
            if name is not None:
                self._detector.book.give(Match(number, "protocol", [], name))
                return
        self._guarded(self._speak, text, number, column)


_fifo_records: dict[bytes, Record | None] = {}


def _fifo_record(mask: bytes) -> Record | None:
    """The places of a plain record on the FIFO, where the sentinel is optional; kept by mask."""
    text = mask.decode("ascii", "replace").rstrip("\r")
    body = protocol.find_sentinel(text) if "@" in text else 0
    record = records.plan(text, body) if body >= 0 else None
    if len(mask) <= 512:
        if len(_fifo_records) > 4096:
            _fifo_records.clear()
        _fifo_records[mask] = record
    return record


def _says(line: bytes) -> bytes:
    """The line's text, short; empty if it is blank or a rule."""
    if len(line) > 1000:
        return b""
    if b"\r" in line or b"\x1b" in line:
        line = refreshes(line)[0][-1]
    return line if any(c.isalnum() for c in line.decode("utf-8", "replace")) else b""
