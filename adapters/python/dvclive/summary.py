"""The mirror of a run's summary that a program reads and changes: `Live.summary`, nested by `/`.

Logging only notes the latest value. The dict is built when the program first asks for it; from then on what
the program does to it (adds, changes, takes out, puts another dict in its place) is found by comparison
when the views are written.
"""

from __future__ import annotations

from . import convert
from .error import InvalidDataTypeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

STEP = "step"
"""The key under which the summary shows the run's step; it is set by `Live.step`, never by a value."""


class Summary:
    """The latest values of one run.

    Attributes:
        known: value by whole name, as the recording has it.
        tree: the dict that the program sees; None until it asks for it.
    """

    __slots__ = ("_step", "known", "tree")

    def __init__(self, known: Mapping[str, Any], step: int | None) -> None:
        self.known = dict(known)
        self.tree: dict[str, Any] | None = None
        self._step = step

    def shown(self) -> dict[str, Any]:
        """The dict for the program: always the same one."""
        if self.tree is None:
            self.tree = {}
            for name, value in self.known.items():
                put(self.tree, name, value)
            if self._step is not None:
                self.tree[STEP] = self._step
        return self.tree

    def replace(self, tree: dict[str, Any]) -> None:
        """The program puts another dict in its place."""
        self.tree = tree

    def stamp(self, step: int) -> None:
        """Show this step."""
        self._step = step
        if self.tree is not None:
            self.tree[STEP] = step

    def changes(self, refuse: Callable[[str], None]) -> dict[str, Any]:
        """What the program changed since the last call, by whole name; None for what it took out.

        `refuse` is told, in words, of values that cannot be shown.
        """
        if self.tree is None:
            return {}
        found: dict[str, Any] = {}
        flatten(self.tree, "", found)
        found.pop(STEP, None)
        changed: dict[str, Any] = {}
        for name, given in found.items():
            if name in self.known and self.known[name] is given and not isinstance(given, list):
                continue
            value = _value(name, given, refuse)
            old = self.known.get(name)
            if value is not None and (type(old) is not type(value) or old != value):
                changed[name] = value
        for name in self.known:
            if name not in found and name != STEP:  # a metric of that name is not seen in the dict
                changed[name] = None
        for name, value in changed.items():
            if value is None:
                self.known.pop(name, None)
            else:
                self.known[name] = value
        return changed


def _value(name: str, given: Any, refuse: Callable[[str], None]) -> Any:
    if given is None:
        return None
    try:
        return convert.scalar(name, given)[0]
    except InvalidDataTypeError as error:
        try:
            plain = convert.param(given)
        except Exception:
            refuse(f"summary[{name!r}] is left out. {error}")
            return None
    return plain


def put(tree: dict[str, Any], name: str, value: Any) -> None:
    """Set a value, nested by `/`. Where `a` and `a/b` both have values, `a/b` stays a key of its own.

    >>> tree = {"a": {"b": 1}}
    >>> put(tree, "a", 2)
    >>> tree
    {'a': 2, 'a/b': 1}
    """
    node, rest = tree, name
    while "/" in rest:
        part, _, after = rest.partition("/")
        inner = node.get(part)
        if inner is None:
            inner = node[part] = {}
        elif not isinstance(inner, dict):
            break
        node, rest = inner, after
    below = node.get(rest)
    node[rest] = value
    if isinstance(below, dict):
        flatten(below, f"{rest}/", node)


def flatten(tree: Mapping[str, Any], prefix: str, out: dict[str, Any]) -> None:
    """Add the values of a nested dict to `out`, by whole name."""
    for key, value in tree.items():
        if isinstance(value, dict):
            flatten(value, f"{prefix}{key}/", out)
        else:
            out[f"{prefix}{key}"] = value
