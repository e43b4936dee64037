"""Lines to points: the order of recognition, and everything that depends on the lines before.

Makes a line's plan (in the order: line protocol, mapping and known formats, table, pairs), keeps plans by
mask, and carries them out. Must not know where lines come from.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from .. import protocol
from . import formats, mappings, names, pairs, patterns, prefixes, records, tables
from .candidates import is_candidate
from .lines import MAX_LINE
from .model import CaptureOptions, NearMiss
from .numbers import printed
from .plan import CONTROL, NEUTRAL, NOISE, Kind, Plan, Value, in_bytes
from .series import SeriesBook
from .steps import Clock

_LONGEST_KEPT = 512  # bytes of a mask; longer lines are seldom alike
_MOST_KEPT = 4096
_CONTROLS = frozenset(
    b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a"
    b"\x1b\x1c\x1d\x1e\x1f\r\x7f"
)
_LOCK_AFTER = 3
_MOST_MISSES = 8

Key = tuple[tuple[str, ...], str]


class Plans:
    """The plans of the masks seen, for one choice of formats and names: shared by all streams, part of no
    state.

    `noise` holds masks that are known to give nothing.
    """

    __slots__ = ("_lines", "_only", "_tidy", "kept", "noise")

    def __init__(self, chosen: tuple[str, ...], naming: str) -> None:
        self._only = bool(chosen)
        self._lines = formats.lines_of(chosen)
        self._tidy = tidier(naming)
        self.kept: dict[bytes, Plan] = {}
        self.noise: set[bytes] = set()

    def of(self, mask: bytes, *, likely: bool = False) -> Plan:
        """The plan of a mask, kept for the next time if it is short. `likely`: it has passed the filter."""
        plan = self.make(mask, likely=likely)
        if len(mask) <= _LONGEST_KEPT:
            if plan is NOISE:
                self.add_noise([mask])
            else:
                if len(self.kept) >= _MOST_KEPT:
                    self.kept.clear()
                self.kept[mask] = plan
        return plan

    def add_noise(self, masks: Collection[bytes]) -> None:
        """Remember masks that give nothing."""
        if len(self.noise) + len(masks) > 2 * _MOST_KEPT:
            self.noise.clear()
        self.noise.update(mask for mask in masks if len(mask) <= _LONGEST_KEPT)

    def make(self, mask: bytes, *, likely: bool = False) -> Plan:
        """Decide what a line of this mask holds."""
        if len(mask) > MAX_LINE or not _CONTROLS.isdisjoint(mask):
            return CONTROL
        if b"@dvclive" in mask:
            return _sentinel(mask)
        if not likely and not is_candidate(mask):
            return NOISE
        text = mask.decode("utf-8", "surrogateescape")
        if not any(c.isalnum() for c in text):
            return NEUTRAL
        return in_bytes(self._of_text(text), text)

    def _of_text(self, text: str) -> Plan:
        start, rank = prefixes.strip(text)
        known = formats.plan(text, start, self._lines, self._tidy, rank)
        if known is not None:
            return known
        if self._only:
            return NOISE
        if text.startswith("{", start):
            mapping = mappings.plan(text, start, self._tidy)
            if mapping is not None:
                mapping.rank = rank
                return mapping
        return tables.plan(text, start) or pairs.plan(text, start, self._tidy, rank) or NOISE


def _sentinel(mask: bytes) -> Plan:
    plan = Plan(Kind.SENTINEL, "protocol")
    if mask.isascii():
        text = mask.decode()
        plan.body = protocol.find_sentinel(text)
        if plan.body >= 0:
            plan.record = records.plan(text, plan.body)
        else:
            plan.kind = Kind.NOISE
    return plan


_plans: dict[Key, Plans] = {}


def plans_for(options: CaptureOptions) -> Plans:
    """The process's plans for these options."""
    key = (options.formats, options.names)
    if key not in _plans:
        _plans[key] = Plans(*key)
    return _plans[key]


def tidier(naming: str) -> Callable[[str], str]:
    """How names are made safe."""
    return names.as_is if naming == "as-is" else names.clean


class Detector:
    """What the lines so far have established: steps, a table's header, proven series, a format that has the
    stream."""

    def __init__(self, options: CaptureOptions) -> None:
        self._tidy_name = options.names
        self._patterns = options.patterns
        self._user_formats = options.user_formats
        self._chosen = options.formats
        self.clock = Clock()
        self.book = SeriesBook(options.max_series, options.known_params)
        self._near = False  # the line just before gave a step and nothing else
        self._header: tables.Header | None = None
        self._rows = 0
        self._dormant = False
        self._last_row_step = -1
        self._skip_next = ""
        self._hits: dict[str, int] = {}
        self._locked = ""
        self._misses: dict[str, NearMiss] = {}

    def broke(self) -> None:
        """Lines went by that gave nothing: whatever needs neighbouring lines ends."""
        self._near = False
        self._dormant = True

    @property
    def wants_every_line(self) -> bool:
        """Whether users' patterns have to see each line."""
        return bool(self._patterns or self._user_formats)

    def user_plan(self, line: bytes) -> Plan | None:
        """What users' patterns and formats take from the line."""
        text = line.decode("utf-8", "surrogateescape")
        try:
            text.encode()
        except UnicodeEncodeError:  # re2 reads UTF-8
            text = "".join("?" if "\ud800" <= c <= "\udfff" else c for c in text)
        for pattern in self._patterns:
            plan = patterns.plan(text, pattern)
            if plan is not None:
                return in_bytes(plan, text)
        if self._user_formats:
            start, rank = prefixes.strip(text)
            lines = formats.user_lines(self._user_formats, self._chosen)
            plan = formats.plan(text, start, lines, tidier(self._tidy_name), rank)
            if plan is not None:
                return in_bytes(plan, text)
        return None

    def carry_out(self, plan: Plan, line: bytes, number: int, before: Callable[[], list[bytes]]) -> None:
        """Do what the plan says with this line. `before()` gives the lines before it that say something, the
        nearest first."""
        kind = plan.kind
        if kind == Kind.VALUES:
            self._values(plan, line, number)
        elif kind == Kind.CONTEXT:
            if plan.step and not (self._locked and plan.rule == "pairs" and plan.step.word != "epoch"):
                self.clock.read(plan.step, line)
                self._near = True
        elif kind == Kind.ROW:
            self._row(plan, line, number, before)
        elif kind == Kind.MISS:
            self._miss(plan, line, number)
            self.broke()
        elif kind == Kind.SKIP_NEXT:
            self._skip_next = plan.rule

    def at_context(self, context: int | None) -> int | None:
        """Set the step that lines before have given; the one it replaces."""
        old, self.clock.context = self.clock.context, context
        return old

    def _values(self, plan: Plan, line: bytes, number: int) -> None:
        rule = plan.rule
        if plan.near and not self._near:
            self._miss_weak(plan, line, number)
            self._dormant = True
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
            if hits >= _LOCK_AFTER and rule not in ("json", "dict", "pattern"):
                self._locked = rule
        clock = self.clock
        step = epoch = None
        if plan.step is not None:
            step, epoch = clock.read(plan.step, line)
        context = clock.context if step is None else None
        rank = int(line[plan.rank[0] : plan.rank[1]]) if plan.rank else None
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
            add(number, rule, name, worth, text, step, rank, context, hold, weak)
        if epoch is not None and step is not None:
            add(number, rule, "epoch", epoch, None, step, None, None, hold, False)
        if not plan.near:
            self._near = False
            self._dormant = True

    def _name(self, line: bytes, parts: tuple[tuple[int, int], ...], prefix: str, suffix: str) -> str:
        tidy = names.as_is if self._tidy_name == "as-is" else names.clean
        named = [tidy(line[begin:end].decode("utf-8", "replace")) for begin, end in parts]
        return prefix + "/".join(part for part in named if part) + suffix if named and named[-1] else ""

    def _row(self, plan: Plan, line: bytes, number: int, before: Callable[[], list[bytes]]) -> None:
        self._near = False
        header = self._header
        fits = header is not None and header.sep == plan.sep and len(header.names) == len(plan.cells)
        if not fits or (self._dormant and not self._goes_on(header, plan, line)):
            header = self._find_header(plan, before())
            if header is None:
                self._dormant = True
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

    def _goes_on(self, header: tables.Header | None, plan: Plan, line: bytes) -> bool:
        """Whether a row continues a table that other lines interrupted: only if its step goes on."""
        if header is None or header.step < 0 or self._rows < 2:
            return False
        at = plan.cells[header.step]
        return (
            at is not None
            and at.whole
            and int(line[at.start : at.end].replace(b",", b"")) > self._last_row_step
        )

    def _find_header(self, plan: Plan, lines: list[bytes]) -> tables.Header | None:
        tidy = tidier(self._tidy_name)
        for line in lines[:2]:
            header = tables.header(line.decode("utf-8", "replace"), plan, tidy)
            if header is not None:
                return header
        return None

    def _miss(self, plan: Plan, line: bytes, number: int) -> None:
        if len(self._misses) < _MOST_MISSES:
            shown = line[:200].decode("utf-8", "replace").strip()
            self._misses.setdefault(
                plan.why + plan.rule, NearMiss(number, shown, plan.rule, plan.why, plan.option)
            )

    def _miss_weak(self, plan: Plan, line: bytes, number: int) -> None:
        if len(self._misses) < _MOST_MISSES and "weak" not in self._misses:
            shown = line[:200].decode("utf-8", "replace").strip()
            self._misses["weak"] = NearMiss(
                number, shown, plan.rule, "no step, and the name is not a metric's",
                r"print a step on the same line, or use --pattern",
            )  # fmt: skip

    def near_misses(self, most: int) -> list[NearMiss]:
        """The lines that came nearest to being metrics, those with a metric's name first."""
        return [miss for key, miss in sorted(self._misses.items(), key=lambda item: item[0] == "weak")][:most]
