"""Which lines of a block are worth a plan: a filter of necessary conditions, over thousands of masks at a
time.

A line that passes may still be noise; a line that does not pass never gives anything. So whatever a rule can
take has to pass here, and a test holds this for every format and every line of the corpus.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .lines import MAX_LINE

# Words in the names of metrics, as stems (names.is_metric is exact).
_STEMS = (
    r"loss|acc|auc|roc|f0|fscore|prec|recall|sensitiv|specific|mse|mae|mape|msle|rse|r0|r\^0|ppl|perplex|bleu"
    r"|rouge|meteor|cider|chrf|[^a-z\n]ap[^a-z\n]|wer|cer|map|iou|dice|jaccard|psnr|ssim|lpips|fid|mcc|kappa|reward"
    r"|deviance|winrate|log-?lik|log_?l|ln_?l|[^a-z\n]llh?|obj"
    r"|rms|sse|inertia|chi-?sq|chi0|r[-_ ]?sq|[prh]@0|brier|gini|\b[ab]ic"
    r"|return|score|err|nll|elbo|kld?|entropy|fitness|objective|cost|regret|elo|bpc|bpd|bpb|ndcg|mrr|likelihood"
    r"|divergence|residual|top0|hit|purity|silhouette|energy|[abw]ic|concord|pearson|spearman|[pr]@"
    r"|function[ _]value|best[ _]value"
)
_STEP = "step|epoch|iter(?:ation)?|it|ep(?:isode)?|update|updates|round|batch|trial|gen(?:eration)?|game|fold"
_NUMBER = r"[-+]?(?:\.?0|nan|inf)"

SOURCE = (
    r"(?im)@dvclive"
    r"|[\x00-\x08\x0b-\x1f]"  # refreshes, colours
    # Blank lines, lone brackets, rules (also of box-drawing characters, U+2500 to U+25BF).
    r"|^(?:[^a-z0_\n\x80-\xff]|\xe2[\x94-\x96][\x80-\xbf])*$"
    r"|^ *\| +[a-z_][^|\n]*\| *(?:[-+]?(?:\.?0|nan|inf)[^|\n]*)?\|[ \t]*$"  # boxes
    r"|^ *\xe2\x94\x82 +[a-z_][^\n]*(?: |\xe2\x94\x82) *"  # the same, by rich
    r"[-+]?(?:\.?0|nan|inf)[^ \n]* *\xe2\x94\x82[ \t]*$"
    r"|\{[^\n]*0[^\n]*\}[ \t,;]*$"  # mappings
    rf"|(?:^|[^a-z\n])(?:{_STEP})s?(?:\([a-z]+\))?[^a-z0\n]*0"
    # The value may stand some words after the stem ("Accuracy of the model: 0"). Without a colon it is no
    # whole number.
    rf"|(?:{_STEMS})[^\n:=~>]*(?:[:=~]|[=-]?>|\xe2\x86\x92)[ \t'\"]*{_NUMBER}"
    rf"|(?:{_STEMS})[\w@]*[^\n0]*[ \t][-+]?(?:0*\.0|0+(?:\.|e[-+]?0|[ \t]?%)|nan|inf)"
    rf"|(?:{_STEMS})[^\n]*(?:tensor|array(?:impl)?|variable|parameter|float0+|int0+|some)\([ \t\[]*{_NUMBER}"
    r"|^[ \t]*(?:\[[ \t]*0+[ \t]*\]|0+[:)])[ \t]"
    rf"|^[ \t>]*0+,[ \t]+[a-z_]\w*={_NUMBER}"
    r"|^[ \t]*0+[ \t]+[a-z]+[ \t]*:[ \t]"
    r"|^[ \t|*]*[-+]?\.?0[0.]*(?:e[-+]?0+|/0+)?[a-z%]*(?:[ \t]*[|,;\t][ \t|]*|[ \t]+)(?:-+[ \t]+)?"
    r"[-+]?(?:\.?0|nan|inf)"
    rf"|^[ \t{{(|*#\[-]*[\"']?[a-z_][^\n:=0]*[:=][ \t]*[\"']?{_NUMBER}"
    # Lines of known formats that nothing else would let pass.
    r"|iteration is:|/step - |0%\||\*[ \t]*(?:acc|prec)@|\): par = |: iops=|: >>>>>|: mip =|stress-ng: "
    r"|ly classified ins|^[pr]@0+\t|^cbc0+i |^benchmark #?0|^[ \t]*0+ -- [\[(]"
    r"|per-word bound|topic diff=|\] end |^ *all  +0|with values: \["
)
_MANY = 200
_FEW = 16  # lines of a block that may give something
_LONG = 500  # bytes from which on a line goes to re2: `re` takes the square of it for "loss loss loss ..."

_fallback = re.compile(SOURCE.encode("latin-1"))
_engine: list[Any] = []
_seen = [0]


def is_candidate(mask: bytes) -> bool:
    """Whether the line may give anything."""
    if len(mask) > _LONG:
        return _linear().search(mask) is not None
    return _fallback.search(mask) is not None


def _linear() -> Any:
    """The same pattern for re2; imported when it is needed."""
    if not _engine:
        import re2

        options = re2.Options()
        options.encoding = options.Encoding.LATIN1  # bytes are bytes; in UTF-8 bad bytes would match nothing
        _engine.append(re2.compile(SOURCE.encode("latin-1"), options))
    return _engine[0]


def candidates(masks: list[bytes]) -> set[bytes]:
    """Those of the masks that may give anything.

    Once there were many they go to re2, in one piece: its automaton passes over text twenty times faster than
    `re` does, and takes 4 ms to import.
    """
    if not masks:
        return set()
    if not _engine:
        _seen[0] += len(masks)
        if _seen[0] < _MANY:
            return {mask for mask in masks if is_candidate(mask)}
    text = b"\n".join(masks)
    return {text[begin:end] for begin, end in _lines(text)}


def stretches(text: bytes) -> list[tuple[int, int]] | None:
    """Where in a text of masks, each ended by a newline, lines stand that may give anything: neighbours
    together, with their newlines. None if they are so many that it is better to look at each line, or if a
    line is too long for that.

    >>> stretches(b"saved\\nloss: 0.00\\nloss: 0.0\\nbye\\n")
    [(6, 27)]
    """
    if _has_long(text):
        return None
    found: list[tuple[int, int]] = []
    for count, (begin, end) in enumerate(_lines(text, len(text) - 1)):
        if count == _FEW:
            return None
        if found and found[-1][1] == begin:
            found[-1] = (found[-1][0], end + 1)
        else:
            found.append((begin, end + 1))
    return found


def _lines(text: bytes, size: int | None = None) -> Iterator[tuple[int, int]]:
    """Where the lines begin and end that may give anything."""
    pattern, at, size = _linear(), 0, len(text) if size is None else size
    while at <= size:
        hit = pattern.search(text, at, size)
        if hit is None:
            return
        begin = text.rfind(b"\n", 0, hit.start()) + 1
        # An empty match at a line's start may stand just after the newline it was asked to start from.
        end = text.find(b"\n", max(hit.end() - 1, begin))
        if end < 0:
            end = size
        yield begin, end
        at = end + 1


def _has_long(text: bytes) -> bool:
    at = 0
    while len(text) - at > MAX_LINE:
        end = text.rfind(b"\n", at, at + MAX_LINE + 1)
        if end < 0:
            return True
        at = end + 1
    return False
