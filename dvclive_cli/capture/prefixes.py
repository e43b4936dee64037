"""What loggers and launchers write in front of a line: stamps, levels, logger names, ranks, services.

Patterns here hold no literal digit (see `numbers`). A prefix is taken off before a line is recognised; a rank
in it is kept.
"""

from __future__ import annotations

import re

_LEVEL = (
    r"(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL|trace|debug|info|warn(?:ing)?|error|Info)"
)
_DATE = r"\d{4}[-/.]\d\d?[-/.]\d\d?"
_CLOCK = r"\d\d?:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[-+]\d\d:?\d\d)?"

_PREFIX = re.compile(
    r"[ \t]*(?:"
    rf"\[?{_DATE}(?:[T ]{_CLOCK})?\]?(?=[\s:|,\[-])"  # 2026-11-21 10:00:00,123  [2026-11-21T10:00:00Z]
    rf"|\[?{_CLOCK}\]?(?=\s)"  # 10:00:00
    r"|[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ [^\s\]]+:\d+\]"  # glog
    rf"|\[{_LEVEL}\]|{_LEVEL}(?=[\s:|-])"
    r"|\[(?:rank|default|Rank |RANK )(?P<rank>\d+)\]:?|\[\d+,(?P<mpirank>\d+)\]<std(?:out|err)>:"
    r"|rank(?P<rank_>\d+): "
    r"|\((?:[\w.]+ )?(?:pid|ip)=[^)]*\)"  # Ray
    r"|(?!(?:train|val|valid|test|eval)\b)[A-Za-z][\w.-]* +\|(?= )(?=.*[:=|])(?!.*\|.*\|)"  # docker compose
    r"|\[[A-Za-z_][\w.]*\](?=\s*[-\[:])"  # hydra: [stamp][logger][INFO] -
    rf"|\[[IWED] {_DATE} {_CLOCK}\]"  # optuna
    r"|\[[\w.]+:\d+(?::\w+)?\]"  # DeepSpeed: [logging.py:96:log_dist]
    r"|\[\d+\] (?=\"[^\"]*\"\s*\Z)"  # R: print("...")
    # "main.go:25:", but no test's
    r"|(?![\w./-]*test)[\w./-]+\.(?:c|cc|cpp|cu|go|h|hpp|java|js|py|rb|rs|ts)(?::\d+|\(\d+\)):?(?=\s)"
    r"|LOG\([A-Z]+\)(?=\s)"
    r"|[┌├│└╭╰]─*(?=[ \t])(?!.*[│|┃])"  # Julia's records of several lines
    r"|%(?:[A-Z][\w.]*)?(?=\{)"  # Elixir's maps
    r")(?:[ \t]*[:|-](?=[ \t]))?",
    re.ASCII,
)
_LOGGER = re.compile(
    r"[ \t:]*([A-Za-z_][\w.]*)(?::(?=[ \t]*[A-Za-z{_])|[ \t]+[|-](?=[ \t]+[A-Za-z{_\[]))", re.ASCII
)
_NO_LOGGER = re.compile(
    r"(?:epoch|step|iter|iteration|train|training|val|valid|validation|test|eval)\Z", re.IGNORECASE
)


def strip(text: str) -> tuple[int, tuple[int, int] | None]:
    """Where the message begins, and where the digits of its rank stand (None without a rank).

    >>> strip("2026-11-21 04:28:00,838 INFO train: epoch=0")[0]
    36
    >>> strip("[rank1]: loss=3")
    (9, (5, 6))
    """
    pos, rank, named = 0, None, False
    for _ in range(8):
        found = _PREFIX.match(text, pos)
        if found is not None:
            for group in ("rank", "mpirank", "rank_"):
                if found[group]:
                    rank = found.span(group)
        elif pos and not named:
            # A word after a stamp or level is the logger's name, unless a number follows: then a metric's.
            found, named = _LOGGER.match(text, pos), True
            if found is None or (found[0][-1] != ":" and _NO_LOGGER.match(found[1])):
                break
        else:
            break
        pos = found.end()
    while pos and pos < len(text) and text[pos] in ' \t"':
        pos += 1
    return pos, rank
