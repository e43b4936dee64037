"""Names from a program's output as paths that are harmless: inside their folder, printable, short enough.

Values only; no file is looked at.
"""

from __future__ import annotations

import os

MAX_PART = 200  # bytes; with a suffix and an escape still below NAME_MAX, 255 on every common file system
MAX_NAME = 1000  # bytes of a whole name; PATH_MAX is 4096 and the run directory needs its share

_HEX = frozenset("0123456789abcdefABCDEF")


def safe_name(name: str) -> str:
    """The name as a relative path that cannot leave its directory; itself when it is already one.

    Parts are printable, not empty, not `.` or `..`, and at most 200 bytes; what is not so is percent-encoded,
    and what is too long ends in `~` and a hash. Different names give different paths: a part that looks
    encoded (`%2F`) has its `%` encoded.

    >>> safe_name("train/loss"), safe_name("../x"), safe_name("/x"), safe_name("a%2Fb")
    ('train/loss', '%2E%2E/x', '%2Fx', 'a%252Fb')
    """
    if not name:
        return "%20"  # a real space stays a space, so nothing else becomes this
    parts: list[str] = []
    absolute = ""
    for part in name.split("/"):
        if part:
            parts.append(absolute + _safe_part(part))
            absolute = ""
        else:
            absolute += "%2F"  # the slash that an empty part leaves behind, in front of the next part
    if absolute:  # trailing slashes, or nothing but slashes
        if parts:
            parts[-1] += absolute
        else:
            parts.append(absolute)
    parts = [_short(part) if len(part) > MAX_PART // 4 else part for part in parts]
    safe = "/".join(parts)
    if len(safe) > MAX_NAME // 4 and len(safe.encode()) > MAX_NAME:
        safe = f"{_cut(safe.replace('/', '%2F'), MAX_PART - 17)}~{_digest(name)}"
    return safe


def safe_join(folder: str, name: str, suffix: str) -> str:
    """The path of the file for `name` in `folder`, with `suffix` (".tsv") added.

    A folder part that ends like a file (`a.tsv/b` beside `a`) has that dot encoded: a file and a folder of
    one name cannot both be.
    """
    safe = safe_name(name)
    if "/" in safe and suffix:
        *folders, last = safe.split("/")
        folders = [
            f"{part[: -len(suffix)]}%2E{suffix[1:]}" if part.endswith(suffix) else part for part in folders
        ]
        safe = "/".join([*folders, last])
    return os.path.join(folder, safe + suffix)


def _safe_part(part: str) -> str:
    if part.strip(".") == "" and len(part) <= 2:
        return "%2E" * len(part)
    if part.isprintable() and "%" not in part:
        return part
    out: list[str] = []
    for index, char in enumerate(part):
        looks_encoded = char == "%" and len(part) - index > 2 and set(part[index + 1 : index + 3]) <= _HEX
        if looks_encoded or not char.isprintable():
            out.extend(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))
        else:
            out.append(char)
    return "".join(out)


def _short(part: str) -> str:
    if len(part.encode()) <= MAX_PART:
        return part
    return f"{_cut(part, MAX_PART - 17)}~{_digest(part)}"


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode("utf-8", "ignore")


def _digest(text: str) -> str:
    import hashlib  # only for names longer than any sensible one

    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
