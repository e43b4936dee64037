"""One stream of a program's output: bytes in, matches out, in the same way however the bytes are cut.

Works on whole blocks of lines: one translate gives all masks, and lines whose mask is known noise are never
looked at one by one. Must not know any rule of recognition, nor what a record means.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import candidates, speech
from .alike import WORTH, Patience, cut, head
from .bars import Bars, LiveBars, State
from .detector import Detector
from .lines import MAX_LINE, LineSplitter, is_binary, refreshes
from .model import CaptureOptions, Columns, Counts, Fault, Match, NearMiss, line_by_line
from .plan import CUT, DIGITS, NOISE, Kind, Plan
from .plans import Plans, plans_for
from .speech import Speech
from .steps import BAR
from .templates import Template

FIFO = "fifo"
REDRAWN = Plan(Kind.CONTROL)
"""Plan of the rest of a line whose refreshes came before."""
_LOOK_BACK = 3
_MOST_LOOKED_AT = 40


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
        all_verbs = stream == FIFO or options.trust_stdout
        self._speech = Speech(stream, self._detector.book, all_verbs=all_verbs)
        self._bars = Bars()
        self._live = None if options.live_bars is None else LiveBars(options.live_bars)
        self._now_ms = 0.0
        self._lines = 0
        self._redrawing = False  # the line that is still open was drawn before
        self._errors = 0
        self._cut = 0
        self._long = 0
        self._before: list[bytes] = []
        self._plans: Plans | None = None
        self._template: Template | None = None
        self._patience = Patience()  # with templates
        self._idle = Patience()  # with stretches of noise

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        state["_plans"] = state["_template"] = None  # the process's, not ours
        return state

    def feed(self, data: bytes) -> list[Match]:
        """Take bytes; give what the lines finished by them hold."""
        return line_by_line(self.feed_in_bulk(data))

    def feed_in_bulk(self, data: bytes, now_ms: float = 0.0) -> list[Match | Columns]:
        """`feed`, with what lines alike hold in columns. `now_ms`: when the bytes came, for live bars."""
        self._now_ms = now_ms
        block, drawn = self._splitter.feed(data)
        if block:
            self._block(block)
        for segment in drawn:
            self._guarded(self._draw, segment)
        return self._detector.book.take()

    def close(self) -> list[Match]:
        """The stream has ended: its last line counts even without a newline, and what waited is decided."""
        return line_by_line(self._close())

    def _close(self) -> list[Match | Columns]:
        rest = self._splitter.close()
        if rest:
            self._block(rest + b"\n")
        for state in self._bars.close():
            self._guarded(self._commit, state)
        self._detector.end_box()
        self._detector.book.close()
        return self._detector.book.take()

    def expand(self, data: bytes) -> list[Match]:
        """Read the records of a file that a match named (`Match.file`); whole, of any length."""
        for line in data.split(b"\n"):
            self._guarded(self._speech.bare, line, self._lines)
        return line_by_line(self._detector.book.take())

    @property
    def lines(self) -> tuple[int, int]:
        """How many lines have come whole, and how many have begun."""
        return self._lines, self._lines + (self._redrawing or self._splitter.is_open)

    @property
    def counts(self) -> Counts:
        """Totals since the stream began."""
        book = self._detector.book
        long_lines = self._long + self._splitter.long_lines + self._speech.long_lines
        return Counts(
            self._lines, book.points, self._speech.refused, long_lines, book.capped, self._errors, self._cut
        )

    def faults(self) -> list[Fault]:
        """The distinct faults of protocol lines, in the order of first sight."""
        return list(self._speech.faults.values())

    def near_misses(self, n: int = 3) -> list[NearMiss]:
        """The lines that came nearest to being metrics, at most `n`."""
        return self._detector.misses.nearest(n)

    def _block(self, block: bytes) -> None:
        """Whole lines, each ended by a newline."""
        while len(block) > WORTH and self._patience.over():
            template = self._template
            block = self._learn(block) if template is None else self._in_bulk(block, template)
            if self._template is None:
                self._patience.failed()
                break
        if len(block) > WORTH and not self._redrawing and self._idle.over():
            block = self._mostly_noise(block)
        if block:
            self._one_by_one(block)

    def _mostly_noise(self, block: bytes) -> bytes:
        """Take a block in which few lines may hold something; the whole block, if that is not so."""
        plans = self._plans or self._open_plans()
        found = None if plans.users or self.stream == FIFO else candidates.stretches(block.translate(DIGITS))
        if found is None:
            self._idle.failed()
            return block
        self._idle.worked()
        done = 0
        for begin, end in [*found, (len(block), len(block))]:
            if begin > done:
                self._noise(block[done:begin])
            if end > begin:
                self._one_by_one(block[begin:end])
            done = end
        return b""

    def _noise(self, block: bytes) -> None:
        """Whole lines that hold nothing."""
        self._lines += block.count(b"\n")
        self._detector.broke()
        self._went_by(block)

    def _learn(self, block: bytes) -> bytes:
        """Take the first lines of a block and the template of those that come again; the lines that are
        left."""
        end = head(block)
        self._one_by_one(block[:end])
        try:
            plans = self._plans or self._open_plans()
            lines = block[:end].split(b"\n")[-16:-1]
            record = speech.plan_of if self.stream == FIFO else None
            self._template = plans.template(lines, record=record)
        except Exception:
            self._errors += 1
        return block[end:]

    def _in_bulk(self, block: bytes, template: Template) -> bytes:
        """Take the lines of a block that the template reads, and the few between them; the lines that are
        left. The template goes if it was of no use."""
        useful = False
        pieces, rest = cut(block, template)
        for before, alike, rows in pieces:
            if before:
                self._one_by_one(before)
            if rows and not self._in_columns(template, rows):
                self._one_by_one(alike)
            elif rows:
                useful = True
                self._lines += len(rows) * len(template.lines)
                self._remember(alike)
                self._detector.misses.forget()
        if useful:
            self._patience.worked()
        else:
            self._template = None
        return rest

    def _in_columns(self, template: Template, rows: list[tuple[str, ...]]) -> bool:
        number = self._lines + 1
        try:
            if template.lines[0].plan.kind == Kind.SENTINEL:
                return self._speech.alike(template.lines[0], rows, number)
            return self._detector.carry_out_all(template, rows, number)
        except Exception:
            self._errors += 1
            return False

    def _one_by_one(self, block: bytes) -> None:
        """Whole lines, each decided by its own plan."""
        if self.stream == FIFO:
            self._lines = self._speech.block(block, self._lines)
            return
        plans = self._plans or self._open_plans()
        first = self._lines + 1
        masks = block.translate(DIGITS).split(b"\n")
        masks.pop()
        self._lines += len(masks)
        redrawing, self._redrawing = self._redrawing, False
        wanted: Sequence[int] = plans.wanted(masks, binary=b"\0" in block)
        forced = [0] if redrawing else []
        if len(block) > MAX_LINE:
            forced += [index for index, mask in enumerate(masks) if len(mask) > MAX_LINE]
        if forced:
            wanted = sorted({*forced, *wanted})
        likely = set(wanted) if plans.users else None
        if likely is not None:
            wanted = range(len(masks))
        detector = self._detector
        lines = block.split(b"\n") if wanted else []
        done = -1  # the last line that did not count as noise
        for index in wanted:
            if redrawing and index == 0:
                plan = REDRAWN
            elif likely is None or index in likely:
                plan = plans.of(masks[index], likely=True)
            else:
                plan = NOISE
            if plan is NOISE and likely is None:
                detector.misses.keep(lines[index], first + index)
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
        self._went_by(block)

    def _went_by(self, block: bytes) -> None:
        """Keep what later lines, and the user, may ask of these."""
        self._remember(block)
        misses = self._detector.misses
        if self._detector.book.points:
            misses.forget()
        else:
            misses.block(block, self._lines)

    def _line(
        self, plan: Plan, line: bytes, number: int, lines: list[bytes], index: int, *, drawn: bool = False
    ) -> bool:
        """Take one line; whether it counts as more than noise."""
        kind = plan.kind
        if kind == Kind.CONTROL:
            return self._redrawn(line, number, lines, index, plan is REDRAWN)
        if self._bars.waiting and kind not in (Kind.NOISE, Kind.NEUTRAL):
            for state in self._bars.plain():
                self._commit(state)
        detector = self._detector
        plans = self._plans
        self._cut += plan.why == CUT
        if plans is not None and plans.users and kind != Kind.SENTINEL:
            own = plans.of_user(line)
            if own is not None:
                plan, kind = own, own.kind
        if kind == Kind.VALUES:
            detector.carry_out(plan, line, number, list, drawn=drawn)
            return True
        if kind == Kind.NEUTRAL:
            detector.end_box()
            return True
        if kind == Kind.SENTINEL:
            return self._speech.line(plan, line, number)
        if kind == Kind.NOISE:
            return False
        detector.carry_out(plan, line, number, lambda: self._lines_before(lines, index), drawn=drawn)
        return kind != Kind.MISS

    def _redrawn(self, line: bytes, number: int, lines: list[bytes], index: int, drawn: bool) -> bool:
        """A line with refreshes or terminal sequences; `drawn`: it had refreshes before those in `line`."""
        *earlier, last = self._states(line)
        for text in earlier:
            self._drawn(text, number)
        if not last.strip():
            return True
        plan = (self._plans or self._open_plans()).of(last.translate(DIGITS))
        if plan.kind == Kind.CONTROL:
            return False
        if drawn or earlier or b"\r" in line.rstrip(b"\r"):
            state = State(number, last, self._detector.clock.context)
            ended, goes_on = self._bars.end_of_line(state, wait=plan.kind == Kind.VALUES)
            for bar in ended:
                self._commit(bar)
            if goes_on:
                return True
            if self._live is not None and plan.kind == Kind.VALUES:
                self._commit(State(number, last, self._detector.clock.context))
                return True
            return self._line(plan, last, number, lines, index, drawn=True)
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
        state = State(number, text, self._detector.clock.context)
        for ended in self._bars.draw(state):
            self._commit(ended)
        if self._live is not None and self._live.is_due(state, self._now_ms):
            self._commit(state)

    def _commit(self, state: State) -> None:
        """A bar's last state counts as a line of its own."""
        detector = self._detector
        plans = self._plans or self._open_plans()
        plan = plans.of_user(state.text) or plans.of(state.text.translate(DIGITS))
        self._cut += plan.why == CUT
        if plan.kind == Kind.VALUES:
            step = self._live.step(state) if self._live is not None else None
            if step == -1:
                return
            context = detector.at_context(state.context)
            detector.carry_out(plan, state.text, state.line, list, step, drawn=True)
            if plan.step is None or plan.step.word == BAR or step is not None:
                detector.at_context(context)

    def _open_plans(self) -> Plans:
        self._plans = plans_for(self.options)
        return self._plans

    def _lines_before(self, lines: list[bytes], index: int) -> list[bytes]:
        """The nearest lines before that say something, the nearest first."""
        found: list[bytes] = []
        for line in lines[max(0, index - _MOST_LOOKED_AT) : index][::-1]:
            text = _says(line)
            if text:
                found.append(text)
                if len(found) == _LOOK_BACK:
                    break
        return (found + self._before)[:_LOOK_BACK]

    def _remember(self, block: bytes) -> None:
        """Keep the last lines that say something, for a table that starts in the next block."""
        found: list[bytes] = []
        end = len(block) - 1
        for _ in range(_MOST_LOOKED_AT):
            begin = block.rfind(b"\n", 0, end) + 1
            text = _says(block[begin:end])
            if text:
                found.append(text)
            end = begin - 1
            if end < 0 or len(found) == _LOOK_BACK:
                break
        self._before = (found + self._before)[:_LOOK_BACK]

    def _guarded(self, action: Callable[..., None], *args: Any) -> None:
        try:
            action(*args)
        except Exception:
            self._errors += 1


def _says(line: bytes) -> bytes:
    """The line's text, short; empty if it is blank, a rule, or no text."""
    if len(line) > 1000 or is_binary(line):
        return b""
    if b"\r" in line or b"\x1b" in line:
        line = refreshes(line)[0][-1]
    return line if any(c.isalnum() for c in line.decode("utf-8", "replace")) else b""
