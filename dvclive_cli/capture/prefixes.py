"""What loggers and launchers write in front of a line: stamps, levels, places in the source, ranks, services.

Patterns here hold no literal digit (see `numbers`). A prefix is taken off before a line is recognised; a rank
in it is kept. Each is a list of parts in any order, as users put a logger's format together: "[%(asctime)s]
%(filename)s:%(lineno)d %(levelname)s: ". Words that are no part by themselves go where a stamp stands before
them and a level behind.
"""

from __future__ import annotations

import re

_QUIET = r"TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?"
_LEVEL = rf"(?:{_QUIET}|ERROR|CRITICAL|FATAL|SUCCESS|trace|debug|info|warn(?:ing)?|error|Info)"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_CLOCK = r"\d\d?:\d\d(?::\d\d)?(?:[.,](?:\d+|%f))?(?:Z| ?[AP]M\b|[-+]\d\d:?\d\d)?"
_DAY = (
    r"(?:\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[./]\d\d?[./]\d{2,4}"  # 2026-11-21, 11/21/2026
    rf"|\d\d?[- ]{_MONTH}[- ]\d{{2,4}})"  # 21-Nov-26
)
_WEEKDAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_DAY_BEFORE_CLOCK = (
    rf"(?:\d{{8}}|\d\d?[-/]\d\d?|(?:{_WEEKDAY},? )?(?:{_MONTH} +\d\d?|\d\d? {_MONTH})(?: \d{{4}})?)"
)
_STAMP = (
    rf"(?:{_DAY}(?:[T _-]+{_CLOCK})?|{_DAY_BEFORE_CLOCK}[T _-]{_CLOCK}(?: \d{{4}}(?=\s))?"
    rf"|{_CLOCK}(?=[\s\])|]))"
)
_SPLIT = r"(?:train|val|valid|test|eval)"
_SOURCE = r"[\w./<>-]+\.(?:c|cc|cpp|cu|go|h|hpp|java|js|jl|kt|py|R|rb|rs|scala|ts)"

# A part that may begin a line.
_HEAD = re.compile(
    r"[ \t]*(?:"
    rf"(?P<stamp>{_STAMP}(?=[\s:|,\[-]|\Z)|[\[(](?:[IWEDF] )?{_STAMP}[\])])"
    # [2026-11-21 10:00:00 INFO], [11/21 10:00:00 d2.utils.events]
    rf"|(?P<stamp_>[\[(](?:[IWEDF] )?{_STAMP},? (?![^\])]*(?:poch|step|iter))[^\])=]{{1,60}}[\])])"
    rf"|\[[\w./:-]+\](?=[ \t]+{_STAMP}[\s:|,\[-])"  # [host:0/2] 2026-11-21 ...
    r"|[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ [^\s\]]+:\d+\]"  # glog
    rf"|(?P<level>\[ *{_LEVEL} *(?:\|[^\]=]*)?\]|{_LEVEL}(?=[\s:|-]))"  # [INFO|trainer.py:2345]
    r"|\[(?:rank|default|Rank |RANK )(?P<rank>\d+)\]:?|\[\d+,(?P<mpirank>\d+)\]<std(?:out|err)>:"
    r"|rank(?P<rank_>\d+): "
    r"|\((?:[\w.]+ )?(?:pid|ip)=[^)]*\)"  # Ray
    rf"|(?!{_SPLIT}\b)[A-Za-z][\w.-]* +\|(?= )(?=.*[:=|])(?!.*\|.*\|)"  # docker compose
    r"|\[[A-Za-z_][\w.]*\](?=\s*[-\[:])"  # hydra: [stamp][logger][INFO] -
    r"|\[[\w.]+:\d+(?::\w+)?\]"  # DeepSpeed: [logging.py:96:log_dist]
    r"|\[\d+\] (?=\"[^\"]*\"\s*\Z)"  # R: print("...")
    # "main.go:25:", but no test's
    rf"|(?![\w./-]*test){_SOURCE}(?:: ?\d+|\(\d+\)|\[line:\d+\]):?(?=\s)"
    r"|LOG\([A-Z]+\)(?=\s)"
    r"|\A>(?=\w)"  # ">epoch=0, error=6.35" of many tutorials
    r"|time=\"?[^\s\"]+\"? level=\w+ msg=(?=\"[^\"]*\"\s*\Z)"  # logrus
    r"|[┌├│└╭╰]─*(?=[ \t])(?!.*[│|┃])"  # Julia's records of several lines
    r"|%(?:[A-Z][\w.]*)?(?=\{)"  # Elixir's maps
    r")(?:[ \t]*(?:[:|-]|>>)(?=[ \t])|:(?=[\d\[])|(?<=\d):(?=[A-Za-z_]))?",
    re.ASCII,
)
# What goes with a stamp or a level: where in the source, which thread, which logger.
_ORIGIN = re.compile(
    r"[ \t]*(?:"
    rf"\((?!{_SPLIT}\))[A-Za-z][\w.$-]*(?:[:/ ][\w.$-]+)*\)(?=[\s:])"  # (Foo.java:12), (trainer:464)
    rf"|\[(?!{_SPLIT}\w*\])[A-Za-z][\w.$-]*(?:: ?\d+)?\](?=[\s:-])"  # [main], [line: 33]
    r"|[A-Za-z_][\w$]*(?:\.[\w$]+)+(?=[ \t]+\()"  # org.example.Trainer (Trainer.java:12)
    r"|[A-Za-z_][\w.<>]*(?::[\w<>]+)*:\d+(?=[ \t]+[-|>]|:[ \t])"  # loguru's module:function:line -
    rf"|{_SOURCE}(?:: ?\d+|:\d+\[\d+\]|\[line:\d+\]):?(?=[ \t])"
    r")[ \t]*(?:[:|>-]+(?=[ \t]))?",
    re.ASCII,
)
_LOGGER = re.compile(
    r"[ \t:]*([A-Za-z_][\w.]*)(?::(?=[ \t]*[A-Za-z{_])|[ \t]+[|-](?=[ \t]+[A-Za-z{_\[]))", re.ASCII
)
_NO_LOGGER = re.compile(
    r"(?:epoch|step|iter|iteration|train|training|val|valid|validation|test|eval)\Z", re.IGNORECASE
)
# Up to a level, through words of any kind: "P123 INFO ", "[  train.py][line: 833][  INFO]".
_UP_TO_LEVEL = re.compile(
    r"[^={}\"]{0,100}?(?<![\w./-])"
    rf"(?:{_QUIET}|info|debug|warn(?:ing)?|(?:ERROR|CRITICAL|FATAL)(?!:?\s*[-+.\d]))"
    r"[\])]*[ \t]*(?:[:|>-](?=[ \t])|:(?=[\d\[]))?(?=[\s\[(])",
    re.ASCII,
)
_EARLY_LEVEL = re.compile(
    rf"(?:\d+ )?(?:\[[\w./:-]*\]|[A-Za-z_][\w.]*) (?:{_QUIET})[ \t]*(?:[:|-](?=[ \t]))?(?=\s)", re.ASCII
)
# What is said, and so no prefix: a step, a fraction, a name with its value.
_SAID = re.compile(
    r"(?:epoch|step|iter|iteration|episode|round|batch|update|trial)\b[\s:=\[#(]*\d|(?<![\d:])\d+\.\d+(?![.\d:])",
    re.IGNORECASE | re.ASCII,
)
_HOST = re.compile(r"[ \t]*[\w.-]+ [\w./-]+\[\d+\]:(?=[ \t])", re.ASCII)  # syslog's


def strip(text: str) -> tuple[int, tuple[int, int] | None]:
    """Where the message begins, and where the digits of its rank stand (None without a rank).

    >>> strip("2026-11-21 04:28:00,838 INFO train: epoch=0")[0]
    36
    >>> strip("[rank1]: loss=3")
    (9, (5, 6))
    """
    pos, rank, named, stamped, levelled = 0, None, False, False, False
    early = _EARLY_LEVEL.match(text)
    if early:
        pos, levelled = early.end(), True
    for _ in range(8):
        found = _HEAD.match(text, pos)
        if found is not None:
            for group in ("rank", "mpirank", "rank_"):
                if found[group]:
                    rank = found.span(group)
            stamped = stamped or bool(found["stamp"] or found["stamp_"])
            levelled = levelled or bool(found["level"])
            pos = found.end()
            continue
        if not pos:
            break
        if stamped and not levelled:
            words = _UP_TO_LEVEL.match(text, pos)
            levelled = True  # looked for once
            if words and not _SAID.search(words[0]):
                pos = words.end()
                continue
        found = _ORIGIN.match(text, pos) or (_HOST.match(text, pos) if stamped else None)
        if found is not None:
            pos = found.end()
            continue
        if named:
            break
        # A word after a stamp or level is the logger's name, unless a number follows: then a metric's.
        found, named = _LOGGER.match(text, pos), True
        if found is None or (found[0][-1] != ":" and _NO_LOGGER.match(found[1])):
            break
        pos = found.end()
    while pos and pos < len(text) and text[pos] in ' \t"':
        pos += 1
    return pos, rank
