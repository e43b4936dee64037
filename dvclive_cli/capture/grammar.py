"""What free text is made of: names, numbers, ties between them, and the words that mean something.

Patterns and words only; how a line is cut with them, `pieces` decides. Patterns match masks (see `plan`), so
they hold no literal digit.
"""

from __future__ import annotations

import re

from . import names
from .numbers import NUMBER, SCALE, UNIT
from .steps import STEP, STEPS_BEFORE

_WORD = r"(?:[^\W\d_]|_)[\w@./'\u2019%+#^-]*(?:\(\w?\))?"
_NAME = (
    rf"(?:\|[\w()]{{1,12}}\||{_WORD})"  # |g|, f(x), loss
    rf"(?:[ ](?:{_WORD}|\([A-Za-z][\w %/-]*\))){{0,5}}"
)
_NUMBER = (
    rf"(?:[0-9]+\s?/\s?[0-9]+\s*\(\s*(?P<share>[0-9]+(?:\.[0-9]+)?)\s*%\)"
    rf"|(?P<value>{NUMBER})(?:\s?(?:\+/-|±|\+-)\s?(?P<std>{NUMBER})|\+(?P<std_>{NUMBER}))?"
    rf"(?:(?P<scale>{SCALE})|\s?(?P<percent>%)|(?P<unit>{UNIT}))?"
    rf"(?:\s{{0,3}}\(\s*(?:(?:\+/-|±|[+]-|sd|SD|std\.?|stdev)[ :=]*)?{NUMBER}\s*%?\s*\))?"
    r"(?:\s[A-Za-z]{1,3}(?=\s*(?:[,;|]|\Z)))?)"  # 0.01 nm,
)
# One number in a wrapping: "tensor(0.5, grad_fn=<MseLossBackward0>)", "np.float64(0.5)", "[0.5]"
_CALLEE = (
    r"(?:[A-Za-z_]\w*\.)*"
    r"(?:(?:Eager)?[Tt]ensor|[Aa]rray(?:Impl)?|Variable|Parameter|b?float\d+|int\d+|Some)\("
)
_WRAPPED = (
    rf"(?:{_CALLEE}\s*\[?|\[)\s*(?P<one>{NUMBER})\s*(?:\]?\s*(?:,[^()]*(?:\([^()]*\)[^()]*)*)?\)|\])"
    r"(?=[\s,;|)]|\Z)"
)
_VALUE = _NUMBER + r"(?=[\s,;|)\]}]|\Z|[.:-](?:\s|\Z)|\"\Z)"
_TIES = r"\.{2,}:?|=>|[-]>|[:~→]|=(?![=>])"
PAIR = re.compile(rf"(?P<name>{_NAME})\s*(?:{_TIES})\s*(?:{_WRAPPED}|{_VALUE})")
SPACED = re.compile(rf"(?P<name>{_NAME})\s+{_VALUE}")
SPACED_CALL = re.compile(rf"(?P<name>{_NAME}?)\s+(?={_CALLEE}){_WRAPPED}")
# "The test accuracy is 0.93"
IS = re.compile(
    rf"(?:(?i:the|our|an?) )?(?P<name>{_NAME}?) (?:is|was):?\s+"
    rf"(?:{_WRAPPED}|(?P<value>{NUMBER})(?P<percent>\s?%)?)(?=[.!]?\s*\Z|\s?[,;|])"
)
# A name, and what comes after it: a separator, or the beginning of a number.
NAMED = re.compile(rf"(?P<name>{_NAME})\s*(?P<after>{_TIES}|[-+.]?[0-9]|)")
RANGE = re.compile(r"\d:\.\d")  # "mAP@.5:.95": no name and number
TIED = frozenset({":", "=", "=>", "->", "~", "→"})
# "Cost after epoch 100: 0.9"
AFTER = re.compile(
    rf"(?P<name>{_NAME}?)\s+(?:after|at)\s+{STEP.pattern}(?:\s*[:=]|\s+is\b)\s*{_VALUE}\s*\Z", re.IGNORECASE
)
# "KL divergence after 250 iterations with early exaggeration: 55.8"
AFTER_STEPS = re.compile(
    rf"(?P<name>{_NAME}?)\s+after\s+{STEPS_BEFORE}(?:\s+[^\W\d][\w ]*)?\s*[:=]\s*{_VALUE}\s*\Z", re.IGNORECASE
)
# "[t-SNE] Iteration 50": who says it, in front of what is said
TAG = re.compile(r"\[(?P<name>[^\W\d][\w.-]*)\]:?\s+(?=\S)")
BEST = re.compile(r"\bbest\b", re.IGNORECASE)  # "best model at epoch 5": a claim, and no step
NOT_A_NUMBER = re.compile(r"(?i: nan| [-+]?inf)")
PHASE = re.compile(
    rf"(?P<name>{names.SPLIT})(?: (?:results?|metrics|set|stats|scores?|summary|phase))?"
    r"(?=\s*(?:[|>-]|[=-]>)\s)",
    re.IGNORECASE,
)
QUOTED_LINE = re.compile(
    rf"\s*(?:\{{(?=.*,\s*\Z))?(?P<quote>[\"'])(?P<name>[^\"']{{1,80}})(?P=quote)\s*:\s*[\"']?{_NUMBER}[\"']?[,}}]*\s*\Z"
)
BETWEEN = re.compile(
    r"(?:[\s,;]|\#(?=[A-Za-z])|>(?=\s)|\|(?![\w()]{1,12}\|)|-+(?=\s|\Z)|[=-]+>|>>+|\*+(?=\s)|[•·—–→━╸╺─█]|/(?=\s)|=+(?=\s|\Z)|\"\Z"  # noqa: RUF001
    r"|(?<=\d)\.(?=\s|\Z)|(?!\([A-Za-z][A-Za-z -]*\))[\[({](?=\s*[^\W\d])|[\])}])+"
)
BENIGN = re.compile(
    r"\[[\s0-9/:<>,.?%()-]*(?:\s*[0-9.?]+\s?(?:it/s|s/it))?\]"  # [  48/ 2400]  [00:12<00:30, 9.9it/s]
    r"|(?:[0-9]+:)?[0-9]+:[0-9][0-9](?:\.[0-9]+)?(?=[\s,;|)\]]|\Z)"  # 0:00:01
    r"|(?:[0-9]+[dhms]\s?){1,4}(?=[\s,;|)\]]|\Z)"  # 0h 0m 1s
    rf"|{NUMBER}\s?(?:%|{UNIT})(?=[\s,;|)\]]|\Z)"  # 0.01s
    r"|[0-9]+\s*/\s*[0-9]+(?:\s*\([0-9.]+%\))?(?=[\s,;|)\]]|\Z)"  # 3/10
    rf"|\([0-9.]+\s?(?:%|{UNIT})\)"
    r"|\([A-Za-z][A-Za-z -]*\)"  # (classification)
    r"|\([0-9]+/[0-9]+\)"
    rf"|{_WORD}\s+=\s+[A-Za-z][\w.-]*\s*(?=[,;|])"  # how = reflect,
    r"|\([^()=:]*[^\W\d_] [^()=:]*\)(?=[\s,;|]|\Z)"  # (50 iterations in 1.2s)
    r"|(?:[^\W\d]\w*\s+)?\[\s*[0-9.]+\s?%\s*\]:?(?=\s)"  # Finished [100%]:
    rf"|{_WORD}=(?:\"[^\"]*\"|'[^']*'|[^\s,;|\"'()]+)(?=[\s,;|]|\Z)"  # level=info msg="train step"
)
# A cell of two columns of names and values: "Method:   Least Squares   F-statistic:   78.9"
TEXT_CELL = re.compile(r":[ ]+\S+(?: \S+)*(?=[ ]{3,}\S)")
BARE = re.compile(rf"{NUMBER}\Z")
ABBREVIATED = 6  # characters of a word with its full stop; longer ones end a sentence
TOKEN = re.compile(r"\S+")
# A sentence, and no name.
PROSE = frozenset({
    "to", "of", "in", "from", "at", "is", "are", "was", "for", "with", "by", "after", "before", "than",
    "until", "the", "a", "an", "per", "on", "and", "or", "not", "has", "set", "using", "improved",
    "reached", "took", "got", "down", "up", "return", "yield",
})  # fmt: skip
SPREADS = frozenset({"std", "sd", "stdev", "variance", "var", "deviation"})  # "Std of Reward" is no reward
QUALIFIERS = frozenset({
    "best", "avg", "average", "mean", "final", "min", "max", "total", "current", "running", "epoch",
    "batch",
})  # fmt: skip
LEADS = frozenset({
    "finished", "completed", "end", "ended", "ending", "of", "after", "at", "results", "result", "for",
    "summary", "done", "evaluating", "on", "in", "during", "running", "start", "starting", "processing",
    "loss", "metrics", "learning",
})  # fmt: skip
# What may stand before the step of a heading: "Learning iteration 10/1500".
OPENS = re.compile(r"(?:(?:start(?:ing)?|begin(?:ning)?|of|learning|running|processing) )+", re.IGNORECASE)
# A label of data or of a block, and no sentence: "Test set:", "Final results:".
LABEL = re.compile(r"[^\W\d][\w-]*(?: [^\W\d][\w-]*){0,2}\Z")
# A part of each step word: the search for steps is slow, and most lines have none.
STEP_PARTS = ("step", "ep", "it", "update", "round", "batch", "trial", "gen", "game", "fold")
SPLIT = re.compile(rf"{names.SPLIT}\Z", re.IGNORECASE)
SPLIT_WORD = re.compile(rf"(?<![^\W_])(?P<name>{names.SPLIT})(?![^\W_])", re.IGNORECASE)
HAS_SPLIT = re.compile(rf"(?:^|[^a-z]){names.SPLIT}(?:[^a-z]|$)", re.IGNORECASE)
