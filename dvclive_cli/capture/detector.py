"""Points from plans: everything that depends on the lines before.

Carries out what a line's plan says: steps from the context, the header of a table, series that must prove to
be some, the format that has the stream. Must not know how a plan was made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING

from .misses import Misses
from .model import CaptureOptions
from .numbers import printed
from .plan import Kind, Plan, Span, Value
from .repeats import Repeats, Row
from .series import Prints, SeriesBook
from .steps import BAR, Clock, StepAt

if TYPE_CHECKING:
    from .tables import Header
    from .templates import Statement, Template

_LOCK_AFTER = 3
_NO_LOCK = ("json", "dict", "pattern")  # whoever prints these may print anything between them
_MOST_IN_BOX = 200
_MOST_CLOCKS = 1024


class Detector:
    """What the lines so far have established: steps, a table's header, proven series, a format that has the
    stream."""

    def __init__(self, options: CaptureOptions) -> None:
        self._naming = options.names
        self.clock = Clock()
        self.book = SeriesBook(options.max_series, options.known_params, options.ranks)
        self._clocks: dict[int | None, Clock] = {}  # of the ranks that did not print last
        self._rank: int | None = None
        self._context: int | None = None  # the last that any rank gave
        self._box: list[tuple[int, Value, bytes, str]] = []  # rows that wait for the box's end
        self._box_group = ""
        self._box_step: tuple[int, int] | None = None  # its rank among step names, and the step
        self._repeats = Repeats()
        self._near = False  # the line just before gave a step and nothing else
        self._header: Header | None = None
        self._rows = 0
        self._headless: tuple[str, int] | None = None  # the shape of the row just before that had no header
        self._dormant = False
        self._last_row_step = -1
        self._skip_next = ""
        self._hits: dict[str, int] = {}
        self._locked = ""
        self.misses = Misses()
        self._drawn = False

    def broke(self) -> None:
        """Lines went by that gave nothing: whatever needs neighbouring lines ends."""
        self._near = False
        self._dormant = True
        self._headless = None
        if self._box or self._box_step:
            self.end_box()

    def carry_out(
        self,
        plan: Plan,
        line: bytes,
        number: int,
        before: Callable[[], list[bytes]],
        at: int | None = None,
        *,
        drawn: bool = False,
    ) -> None:
        """Do what the plan says with this line. `before()` gives the lines before it that say something, the
        nearest first. `at`: its step, where something else than the line tells it. `drawn`: it was drawn
        before, as a progress bar's."""
        kind = plan.kind
        self._drawn = drawn
        if kind == Kind.BOX:
            self._box_row(plan, line, number)
            return
        if self._box or self._box_step:
            self.end_box()
        self.book.begin()
        rank = int(line[plan.rank[0] : plan.rank[1]][:9]) if plan.rank else None
        if rank != self._rank:
            self._turn_to(rank)
        if kind != Kind.ROW:
            self._headless = None
        if kind == Kind.VALUES:
            self._values(plan, line, number, at)
        elif kind == Kind.CONTEXT:
            if plan.step and self._heeds(plan):
                self._context = self.clock.read(plan.step, line)[0]
                self._near = True
        elif kind == Kind.ROW:
            self._row(plan, line, number, before)
        elif kind == Kind.MISS:
            self.misses.keep(line, number, plan.rule, plan.why)
            self.broke()
        elif kind == Kind.SKIP_NEXT:
            self._skip_next = plan.rule

    def carry_out_all(self, template: Template, rows: Sequence[tuple[str, ...]], number: int) -> bool:
        """Do what the plans of a template say with all lines that it read, of which `number` is the first.

        False: nothing was done, they have to be looked at line by line. The lines just before are of a turn
        of the same.
        """
        clock = copy(self.clock)
        groups = list(zip(*rows, strict=True))
        context: Sequence[int] | None = None
        prints: list[Prints] = []

        def read(at: StepAt, places: Mapping[Span, int]) -> tuple[list[int], Sequence[int] | None]:
            return clock.read_all(at, {span: list(map(int, groups[places[span]])) for span in at[:3] if span})

        for line, statement in enumerate(template.lines, number):
            if statement.plan.kind == Kind.CONTEXT:
                if self._heeds(statement.plan) and statement.plan.step is not None:
                    context, _ = read(statement.plan.step, statement.groups)
                continue
            found = self._series(statement)
            if found is None:
                return False
            rule, names, at = found
            columns: list[tuple[str, Sequence[float], Sequence[str]]] = [
                (name, list(map(int if whole else float, groups[group])), groups[group])
                for name, (group, whole) in zip(names, statement.values, strict=True)
                if name
            ]
            steps = None
            if at is not None:
                steps, epochs = read(at, statement.groups)
                context = steps
                if epochs is not None:
                    columns.append(("epoch", epochs, list(map(str, epochs))))
            prints.append(Prints(line, rule, columns, steps, clock.context if context is None else context))
        if not self.book.add_all(prints, len(template.lines)):
            return False
        self.clock = clock
        if context is not None and template.lines[0].plan.kind == Kind.CONTEXT:
            self._context = context[-1]
        if template.lines[0].plan.kind == Kind.ROW:
            self._rows += len(rows)
            self._last_row_step = context[-1] if context else self._last_row_step
        return True

    def _series(self, statement: Statement) -> tuple[str, Sequence[str], StepAt | None] | None:
        """What the numbers of lines alike are, now: the rule, a name or an empty text for each, and where the
        step is. None where lines before decide it for each."""
        plan = statement.plan
        header = self._header
        if plan.kind == Kind.ROW:
            if header is None or self._dormant:
                return None
            if header.sep != plan.sep or len(header.names) != len(plan.cells):
                return None
            place = plan.cells[header.step] if header.step >= 0 else None
            if header.step >= 0 and (place is None or not place.whole):
                return None
            names = [name for name, cell in zip(header.names, plan.cells, strict=True) if cell]
            return "table", names, StepAt((place.start, place.end)) if place else None
        if not plan.hold and self._locked != plan.rule and plan.rule not in _NO_LOCK:
            return None
        if plan.hold and self._locked and not any(value.own for value in plan.values):
            return None
        if plan.step is not None and plan.step.step is None:
            return None
        return plan.rule, [v.name or self._name(statement.sample, *v[7:10]) for v in plan.values], plan.step

    def _heeds(self, plan: Plan) -> bool:
        """Whether a step that stands alone counts for the lines that follow."""
        return not (self._locked and plan.rule == "pairs" and plan.step and plan.step.word != "epoch")

    def _turn_to(self, rank: int | None) -> None:
        """Another rank prints: each counts its own steps."""
        if len(self._clocks) > _MOST_CLOCKS:
            self._clocks.clear()
        self._clocks[self._rank] = self.clock
        self.clock = self._clocks.pop(rank, Clock())
        self._rank = rank

    def at_context(self, context: int | None) -> int | None:
        """Set the step that lines before have given; the one it replaces."""
        old, self.clock.context = self.clock.context, context
        return old

    def _values(self, plan: Plan, line: bytes, number: int, at: int | None) -> None:
        rule = plan.rule
        if plan.near and not (plan.values and (self._near or self._goes_on_with(plan))):
            if not (plan.again and self._again(plan, line, number)):
                self.misses.keep(line, number, plan.rule, plan.why)
            self._dormant = True
            self._near = False
            return
        if self._skip_next:
            skip, self._skip_next = self._skip_next == rule, ""
            if skip:
                return
        if plan.hold:
            if self._locked and not any(value.own for value in plan.values):
                return
        elif self._locked != rule:
            hits = self._hits[rule] = self._hits.get(rule, 0) + 1
            if hits >= _LOCK_AFTER and rule not in _NO_LOCK:
                self._locked = rule
        clock = self.clock
        step, epoch, counter = at, None, None
        if step is None and plan.step is not None:
            if plan.step.word == BAR:
                counter = clock.counted(plan.step, line)
            else:
                step, epoch = clock.read(plan.step, line)
        context = None
        if step is None:
            context = clock.context if clock.context is not None or not self._clocks else self._context
        rank = self._rank
        hold = plan.hold
        add = self.book.add
        for value in plan.values:
            name, begin, end, whole, plain, scale, commas, parts, prefix, suffix, weak, _own = value
            raw = line[begin:end]
            if commas:
                raw = raw.replace(b",", b"")
            text = None
            if whole:
                worth: float = int(raw)
            else:
                worth = float(raw)
                text = printed(worth, raw, plain)
                if scale != 1.0:
                    worth, text = worth * scale, None
            if name is None:
                name = self._name(line, parts, prefix, suffix)
                if not name:
                    continue
            add(number, rule, name, worth, text, step, rank, context, hold, weak, counter, self._drawn)
        if epoch is not None and step is not None:
            add(number, rule, "epoch", epoch, None, step, rank, None, hold, False)
        if not plan.near:
            self._near = self._near and plan.step is None  # one of the lines of a block, "loss: 0.5"
            self._dormant = True

    def _again(self, plan: Plan, line: bytes, number: int) -> bool:
        """Lines of these names are points once there were some; whether this one is."""
        if self._locked:
            return False
        points: list[tuple[str, float, str | None, bool]] = []
        for value in plan.again:
            name = value.name or self._name(line, value.parts, value.prefix, value.suffix)
            if name:
                points.append((name, *_number(line, value), value.whole))
        at = plan.step.step if plan.step else None
        step = int(line[at[0] : at[1]][:18]) if at else None
        rows = self._repeats.offer(Row(number, self._rank, step, tuple(points))) if points else []
        for row in rows:
            for name, worth, text, _ in row.points:
                self.book.add(row.line, plan.rule, name, worth, text, row.step, row.rank, None, True, True)
        return bool(rows)

    def _goes_on_with(self, plan: Plan) -> bool:
        """Whether all that the line says is the next point of series that are there: "acc: 1" after
        "acc: 0.95"."""
        return all(value.own and self.book.knows(value.name) for value in plan.values)

    def _name(self, line: bytes, parts: tuple[Span, ...], prefix: str, suffix: str) -> str:
        """The name that stands in the line."""
        from .recognise import tidier

        tidy = tidier(self._naming)
        named = [tidy(line[begin:end].decode("utf-8", "replace")) for begin, end in parts]
        return prefix + "/".join(part for part in named if part) + suffix if named[-1] else ""

    def _row(self, plan: Plan, line: bytes, number: int, before: Callable[[], list[bytes]]) -> None:
        self._near = False
        header = self._header
        fits = header is not None and header.sep == plan.sep and len(header.names) == len(plan.cells)
        if not fits or (self._dormant and not self._goes_on(header, plan, line)):
            shape = (plan.sep, len(plan.cells))
            header = None if shape == self._headless else self._find_header(plan, before())
            if header is None:
                self._dormant = True
                self._headless = shape
                return
            self._header, self._rows, self._last_row_step = header, 0, -1
        assert header is not None
        self._dormant = False
        values = tuple(
            cell._replace(name=name)
            for name, cell in zip(header.names, plan.cells, strict=True)
            if name and cell is not None
        )
        at = plan.cells[header.step] if header.step >= 0 else None
        step = None
        if header.step >= 0:
            if at is None or not at.whole:
                return
            step = int(line[at.start : at.end].replace(b",", b""))
            self._last_row_step = self.clock.context = step
        self._rows += 1
        self._emit_row(values, line, number, step)

    def _emit_row(self, values: tuple[Value, ...], line: bytes, number: int, step: int | None) -> None:
        for value in values:
            raw = line[value.start : value.end].replace(b",", b"")
            worth = int(raw) if value.whole else float(raw)
            text = None if value.whole else printed(worth, raw, value.plain)
            self.book.add(number, "table", value.name or "", worth, text, step, None, None, True, True)

    def _box_row(self, plan: Plan, line: bytes, number: int) -> None:
        if plan.step is not None and plan.step.step is not None:
            from .tables import BOX_STEPS

            begin, end = plan.step.step
            step = (BOX_STEPS.index(plan.step.word), int(line[begin:end][:18]))
            self._box_step = min(self._box_step or step, step)
        elif plan.sep:
            self._box_group = plan.sep
        if len(self._box) < _MOST_IN_BOX:
            self._box += [(number, value, line, self._box_group) for value in plan.values]

    def end_box(self) -> None:
        """The box ended: its rows are points at its step; without one, only those that name a metric."""
        if self._box:
            self.book.begin()
            step = self._box_step[1] if self._box_step else None
            for number, value, line, group in self._box:
                if step is None and not value.own:
                    continue
                raw = line[value.start : value.end].replace(b",", b"")
                worth: float = int(raw) if value.whole else float(raw)
                text = None if value.whole else printed(worth, raw, value.plain)
                name = group + (value.name or self._name(line, value.parts, value.prefix, value.suffix))
                context = self.clock.context if step is None else None
                self.book.add(number, "box", name, worth, text, step, None, context, True, value.weak)
        self._box, self._box_group, self._box_step = [], "", None

    def _goes_on(self, header: Header | None, plan: Plan, line: bytes) -> bool:
        """Whether a row continues a table that other lines interrupted: only if its step goes on."""
        if header is None or header.step < 0:
            return False
        at = plan.cells[header.step]
        return (
            at is not None
            and at.whole
            and int(line[at.start : at.end].replace(b",", b"")) > self._last_row_step
        )

    def _find_header(self, plan: Plan, lines: list[bytes]) -> Header | None:
        from . import tables
        from .recognise import tidier

        if len(lines) > 1:
            upper, lower = (line.decode("utf-8", "replace") for line in (lines[1], lines[0]))
            header = tables.stacked(upper, lower, plan, tidier(self._naming))
            if header is not None:
                return header
        for line in lines[:2]:
            header = tables.header(line.decode("utf-8", "replace"), plan, tidier(self._naming))
            if header is not None:
                return header
        return None


def _number(line: bytes, value: Value) -> tuple[float, str | None]:
    """What the number is worth, and how it was printed where that differs."""
    raw = line[value.start : value.end].replace(b",", b"")
    if value.whole:
        return int(raw), None
    worth = float(raw)
    return (worth, printed(worth, raw, value.plain)) if value.scale == 1.0 else (worth * value.scale, None)
