"""Small changes to a YAML text that a person wrote, and plain YAML for what we write ourselves.

A change touches only the lines it is about; everything else stays byte for byte. Where a text is written in
a way that lines cannot tell (flow style, anchors), the whole document is written anew by ruamel's round trip,
which keeps comments and order. Text in, text out; no file is opened here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from typing import Any, NamedTuple

from dvclive_cli.events import Json

_PLAIN = re.compile(r"[A-Za-z/_][\w./-]*(?: [\w./()-]+)*", re.ASCII)
_NOT_TEXT = frozenset(("yes", "no", "on", "off", "true", "false", "null", "none"))


class Edit(NamedTuple):
    """Changes to one top-level section, a list of entries or a mapping of them.

    `removed`: indexes or keys; `replaced`: new entry by index or key; `added`: entries to put at the end.
    """

    section: str
    removed: frozenset[int | str] = frozenset()
    replaced: Mapping[int | str, Json] = {}
    added: Sequence[Json] | Mapping[str, Json] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to change."""
        return bool(self.removed or self.replaced or self.added)


class BadYamlError(ValueError):
    """The text is not what it should be; the message tells the line."""


def parse(text: str) -> Any:
    """The document, as ruamel's round-trip loader gives it. Raises BadYamlError."""
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return _yaml(text).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}: " if mark else ""
        raise BadYamlError(f"{where}{error.problem or error.context}") from None
    except (YAMLError, ValueError, TypeError, LookupError, RecursionError) as error:  # LookupError: `+_`
        raise BadYamlError(str(error).split("\n", 1)[0]) from None


def edited(text: str, document: Any, edits: Sequence[Edit]) -> str:
    """The text with the edits. `document` is `parse(text)` (a mapping) and is changed by this call."""
    by_lines = _edit_lines(text, document, edits)
    for edit in edits:
        _edit_document(document, edit)
    expected = _bare(document)
    if by_lines is not None and _says(by_lines, expected) and not _lost(text, by_lines):
        return by_lines
    yaml = _yaml(text)
    out = StringIO()
    yaml.dump(document, out)
    new = out.getvalue() if document else ""
    # ruamel ties a comment to the entry above it: it goes when that entry goes
    new += "".join(f"{comment}\n" for comment in _lost(text, new))
    return new.replace("\n", "\r\n") if "\r\n" in text else new


def emit(value: Mapping[str, Json]) -> str:
    """A mapping as block-style YAML, the way DVC lays out its files.

    >>> print(emit({"plots": [{"a/b.json": {"x": "1"}}, "img"]}), end="")
    plots:
    - a/b.json:
        x: "1"
    - img
    """
    return "".join(f"{line}\n" for line in _lines(value, ""))


def _lines(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(item, (Mapping, list, tuple)) and item:
                yield f"{indent}{_scalar(key)}:"
                yield from _lines(item, f"{indent}  " if isinstance(item, Mapping) else indent)
            else:
                yield f"{indent}{_scalar(key)}: {_scalar(item)}"
        return
    for item in value:
        if isinstance(item, Mapping) and item:  # the mapping's first line goes behind the dash
            first, *rest = _lines(item, f"{indent}  ")
            yield f"{indent}- {first.lstrip()}"
            yield from rest
        else:
            yield f"{indent}- {_scalar(item)}"


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXT:
        return value
    if isinstance(value, float) and value - value != 0.0:
        return ".nan" if value != value else ".inf" if value > 0 else "-.inf"
    return json.dumps(value, ensure_ascii=not str(value).isprintable())  # JSON is YAML


# By lines -------------------------------------------------------------------------------------------------


def _edit_lines(text: str, document: Any, edits: Sequence[Edit]) -> str | None:
    """The edits on whole lines, or None where the text is not laid out in blocks."""
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += end
    changes: list[tuple[int, int, list[str]]] = []  # first line, line behind the last, new lines
    for edit in edits:
        section = document.get(edit.section)
        if not section:
            if edit.section in document or not edit.added:
                return None
            changes.append((len(lines), len(lines), list(_lines({edit.section: edit.added}, ""))))
            continue
        if section.fa.flow_style():
            return None
        spans = _spans(lines, section)
        if spans is None:
            return None
        indent = re.match(" *", lines[next(iter(spans.values()))[0]])[0]  # type: ignore[index]
        if len(edit.removed) == len(spans) and not edit.added:
            head = document.lc.key(edit.section)[0]
            changes.append((head, max(stop for _, stop in spans.values()), []))
            continue
        changes += [(*spans[key], []) for key in edit.removed]
        for key, entry in edit.replaced.items():
            changes.append(
                (*spans[key], list(_lines({key: entry} if isinstance(key, str) else [entry], indent)))
            )
        if edit.added:
            behind = max(stop for _, stop in spans.values())
            changes.append((behind, behind, list(_lines(edit.added, indent))))
    changes.sort(key=lambda change: change[:2])
    for start, stop, new in reversed(changes):  # from the end, so that line numbers stay true
        lines[start:stop] = [line + end for line in new]
    return "".join(lines)


def _spans(lines: list[str], section: Any) -> dict[int | str, tuple[int, int]] | None:
    """First line, and line behind the last, of every entry of a section; comments behind it stay out."""
    spans: dict[int | str, tuple[int, int]] = {}
    listed = isinstance(section, list)
    for key in range(len(section)) if listed else section:
        start = section.lc.item(key)[0] if listed else section.lc.key(key)[0]
        indent = len(lines[start]) - len(lines[start].lstrip(" "))
        if listed and not lines[start].lstrip(" ").startswith("- "):
            return None
        stop = start + 1
        for number in range(start + 1, len(lines)):
            content = lines[number].strip()
            if not content or content.startswith("#"):
                continue
            if len(lines[number]) - len(lines[number].lstrip(" ")) <= indent:
                break
            stop = number + 1
        spans[key] = (start, stop)
    return spans


# By the document ------------------------------------------------------------------------------------------


def _edit_document(document: Any, edit: Edit) -> None:
    section = document.get(edit.section)
    for key, entry in edit.replaced.items():
        section[key] = entry
    for key in sorted(edit.removed, reverse=True):
        del section[key]
    if edit.added:
        if section is None:
            section = document[edit.section] = {} if isinstance(edit.added, Mapping) else []
        if isinstance(edit.added, Mapping):
            section.update(edit.added)
        else:
            section.extend(edit.added)
    elif not section and edit.section in document:
        del document[edit.section]


def _yaml(text: str) -> Any:
    from ruamel.yaml import YAML  # 23 ms: only where a file was there

    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    yaml.width = 1 << 16
    dash = re.search(r"^( *)(?:- )?[^\s#-][^\n]*:[ \t\r]*\n( *)- ", text, re.MULTILINE)
    offset = max(0, len(dash[2]) - len(dash[1])) if dash else 0  # `- item` below its key, or indented
    yaml.indent(mapping=2, sequence=2 + offset, offset=offset)
    yaml.explicit_start = text.startswith("---") or None
    return yaml


def _bare(value: Any) -> Any:
    """Without ruamel's own types, to compare documents."""
    if isinstance(value, Mapping):
        return {_bare_key(key): _bare(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_bare(item) for item in value]
    return str(value) if isinstance(value, str) else value


def _bare_key(key: Any) -> Any:
    """A key may be a list or a mapping (`? [a]: b`), which Python's dict takes none of."""
    bare = _bare(key)
    return repr(bare) if isinstance(bare, (dict, list)) else bare


def _says(text: str, expected: Any) -> bool:
    try:
        return bool(repr(_bare(parse(text))) == repr(expected))
    except BadYamlError:
        return False


def _lost(old: str, new: str) -> list[str]:
    kept = _comments(new)
    return [comment for comment in _comments(old) if comment not in kept]


def _comments(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.lstrip().startswith("#")]
