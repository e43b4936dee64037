"""How the run goes, as the line is to say it: from the state of the run and the counters in its output.

What the program says by the protocol (`progress 30/100`) counts first, then how many steps the run was said
to have (`--total`), then the counters that it prints. Values only; picklable, so that another recorder goes
on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dvclive_cli.texts import clean, shown

from .counters import Counter, Counters
from .pace import Pace

if TYPE_CHECKING:
    from dvclive_cli.run import Run

MOST_METRICS = 8
NAME = 32
MESSAGE_FOR = 20_000  # milliseconds


class Gauge:
    """What is known of one program's progress.

    Parameters:
        total: steps that the run will have, where the user has said it.
    """

    def __init__(self, total: float | None = None) -> None:
        self.total = total
        self._counters = Counters()
        self._steps, self._told, self._whole = Pace(), Pace(), Pace()
        self._outer = ""
        self._messages = 0
        self._message_ms = 0

    def hear(self, output: bytes, now_ms: int) -> None:
        """What the program has printed."""
        self._counters.hear(output, now_ms)

    def facts(self, run: Run, now_ms: int) -> dict[str, Any]:
        """Plain values for `wording.py`."""
        facts = self._progress(run, now_ms)
        facts["metrics"] = [
            (clean(name, NAME), shown(series.last))
            for name, series in run.series.items()
            if series.last is not None
            and not isinstance(series.last, (dict, list))
            and not name.startswith("system/")
        ][:MOST_METRICS]
        if len(run.messages) > self._messages:
            self._messages, self._message_ms = len(run.messages), now_ms
        if self._messages and now_ms - self._message_ms < MESSAGE_FOR:
            facts["message"] = clean(run.messages[-1], 60)
        return facts

    def _progress(self, run: Run, now_ms: int) -> dict[str, Any]:
        step, told = run.shown_step, run.progress
        if step is not None:
            self._steps.reached(step, now_ms)
        if told is not None:
            self._told.reached(told.done, now_ms)
            if told.total:
                return _facts(self._told, told.done, told.total, "", "it", [_of(told.done, told.total)])
            return {"counters": [f"{told.done:g}"], "rate": self._told.rate, "unit": "it"}
        if self.total and step is not None:
            return _facts(self._steps, step, self.total, "step", "step", [f"step {_of(step, self.total)}"])
        nested = self._counters.nested()
        if nested:
            return self._nest(nested)
        if step is not None:
            return {"counters": [f"step {step}"], "rate": self._steps.rate, "unit": "step"}
        return {}

    def _nest(self, nested: list[Counter]) -> dict[str, Any]:
        """Of counters inside each other: how far the outermost is, with the part that the next one adds."""
        outer, inner = nested[0], nested[-1]
        seen = outer.seen
        counters = [f"{one.seen.label} {_of(one.seen.at, one.seen.of)}".strip() for one in nested[:3]]
        facts: dict[str, Any] = {
            "counters": counters,
            "rate": inner.pace.rate,
            "unit": inner.seen.label or "it",
        }
        if len(facts["unit"]) > 8 or not facts["unit"].isalpha():
            facts["unit"] = "it"
        if outer.restarts and len(nested) == 1:  # what it is a part of is not known
            return facts
        if self._outer != seen.key:
            self._outer, self._whole = seen.key, Pace()
        done = seen.done
        if len(nested) > 1 and nested[1].moved_ms > outer.moved_ms:
            done = min(seen.of, done + nested[1].seen.done / nested[1].seen.of)
        self._whole.reached(done, max(one.moved_ms for one in nested[:2]))
        facts["fraction"] = done / seen.of
        facts["end_ms"] = self._whole.end_ms(seen.of)
        return facts


def _facts(
    pace: Pace, done: float, total: float, label: str, unit: str, counters: list[str]
) -> dict[str, Any]:
    return {
        "counters": counters,
        "rate": pace.rate,
        "unit": unit,
        "fraction": min(1.0, max(0.0, done / total)),
        "end_ms": pace.end_ms(total),
    }


def _of(at: float, of: float) -> str:
    return f"{at:g}/{of:g}" if of < 1e6 else f"{at:.10g}/{of:.10g}"
