"""Names: made safe, and told apart into metrics, settings and bookkeeping.

Words are judged on names and on their masks (digits written as 0) alike. Whether a name may become a file
name is decided where files are written; here a name is only tidied.
"""

from __future__ import annotations

import re

# Which data a value is of.
SPLIT = r"(?:train(?:ing)?|tr|val(?:id(?:ation)?|i)?|test(?:ing)?|eval(?:uation)?|dev|holdout|learn)"

# Words that end in one of these, and words that are one of those.
_ENDINGS = (
    r"loss(?:es)?|acc(?:u(?:racy|racies)?)?|auc|roc|scores?|bleu|rewards?|returns?|errors?|err|iou|mape|mse"
    r"|rmsle|deviance|winrate|log-?lik(?:elihood)?"
)
_WORDS = (
    r"f\d|prec(?:ision)?|recall|sensitivity|specificity|mae|msle|rse|r\^?\d|ppl|perplexity|rouge\w*|meteor|auprc|cider"
    r"|chrf|wer|cer|m?ap(?:\d\w*)?|dice|jaccard|psnr|ssim|lpips|fid|mcc|kappa|nll|elbo|kld?|entropy|fitness|objective"
    r"|cost|regret|elo|obj|rms|sse|inertia"
    r"|chi-?sq|chi\d|log_?l(?:ik)?|ln_?l|llh?|r[-_ ]?sq(?:u|uared)?|(?:p|r|hr)@\w+|brier|gini"
    r"|bpc|bpd|bpb|ndcg|mrr|likelihood|divergence|residual|top\d|hit|purity|silhouette|energy"
    r"|[aw]ic|bic|concordance|pearson|spearman|function[ _]value|best[ _]value"
)
_METRIC = re.compile(rf"(?:(?:{_ENDINGS})|(?<![a-z])(?:{_WORDS}))(?![a-z])", re.ASCII)
_OVER = re.compile(
    r"[ _](?:over|per|in|of|for)[ _](?:(?:the|this|each|one)[ _])?epoch\Z"
)  # "Training acc over epoch"
_CAMEL = re.compile(r"(?<=[a-z\d])(?=[A-Z])")

_BOOKKEEPING = (
    r"^time_|^data$|(?:^|[^a-z])(?:time|times|eta|elapsed|duration|dur|seed|version|port|pid|ppid|uid|gid|remaining"
    r"|timestamp|ts|date|workers?|threads?|procs?|rank|world_size|size|bytes|samples|examples|images|words|tokens"
    r"|lines|rows|params|parameters|instances|n?evals|nfev|evaluations|iterations?|epochs?|steps|rounds|episodes"
    r"|patience|timeout|retries|memory|mem|progress"
    r"|speed|throughput|fps|runtime|seconds|secs|sec|ms|sec_per_batch|wall|min_delta"
    r"|(?:samples|steps|tokens)_per_sec(?:ond)?)$"
    r"|^(?:num|n|nb|number|count)(?=_| |$)"
    r"|(?:function|fn|type|level|code|(?<!val)id|index|labels?|features?|predict|weight)$"
    r"|/(?:s|sec|second|it|step|thread|batch)(?:/|$)"
)
# Words of settings that also name what changes: beside a step, a printed fraction of this name is a curve.
_CHOICE = (
    r"(?:^|[^a-z])(?:total|best)$|^(?:max|min|total)(?=_| |$)(?!.*loss|.*acc|.*err|.*rew|.*score)"
    r"|(?:scale|coeff?|alpha|beta|gamma|eps|epsilon|threshold|thresh|tol|tolerance|target|delta|margin|factor"
    r"|decay|interval|every|freq|smoothing|clip|(?<!lower.)(?<!upper.)bound|limit|cutoff|baseline)$"
)
_SETTING = re.compile(f"{_BOOKKEEPING}|{_CHOICE}", re.ASCII)
_COUNT = re.compile(_BOOKKEEPING, re.ASCII)

_POSSESSIVE = re.compile(r"^(.+?)['\u2019]s[ _]+(.+)$")
_SPLIT_DASH = re.compile(rf"^({SPLIT}\d*)-(?=[A-Za-z])(.+)$", re.IGNORECASE | re.ASCII)
_UNSAFE = re.compile(r"[^\w@./+%-]+")
_DOTS = re.compile(r"(?<![0-9A-Za-z])\.+|\.+(?![0-9A-Za-z])")
_RUNS = re.compile(r"__+")
_PERCENT = re.compile(r"[ _]*[\[(]?%[\])]?$")
_MOST = 160

_memo: dict[str, str] = {}


def clean(raw: str) -> str:
    """The name made safe, "" when nothing is left of it.

    >>> clean("train-logloss"), clean("training's auc"), clean("val_loss"), clean("Avg. loss"), clean("|g|")
    ('train/logloss', 'training/auc', 'val_loss', 'Avg_loss', 'g')
    """
    done = _memo.get(raw)
    if done is None:
        if len(_memo) > 4096:  # a program that puts ids into names must not grow us
            _memo.clear()
        done = _memo[raw] = _clean(raw)
    return done


def _clean(raw: str) -> str:
    name = _PERCENT.sub("", raw.strip(" \t:=|*#>'\"`,;-"))
    name = _POSSESSIVE.sub(r"\1/\2", name)
    name = _SPLIT_DASH.sub(r"\1/\2", name)
    name = _UNSAFE.sub("_", name)
    parts = (_RUNS.sub("_", _DOTS.sub("_", part)).strip("_") for part in name.split("/"))
    return "/".join(part for part in parts if part.strip(".-%"))[:_MOST]


def as_is(raw: str) -> str:
    """The name as printed, without control characters and outer blanks."""
    return "".join(c for c in raw if c.isprintable()).strip()[:_MOST]


def is_metric(name: str) -> bool:
    """Whether the name says by itself that its value is a metric: a loss, a score, an error.

    >>> is_metric("valLoss"), is_metric("train-logloss"), is_metric("F1 score"), is_metric("seed")
    (True, True, True, False)
    """
    low = _OVER.sub("", _CAMEL.sub("_", name).lower())
    return bool(_METRIC.search(low)) and not _SETTING.search(low)


def mentions_metric(text: str) -> bool:
    """Whether a metric's name stands anywhere in the text."""
    return bool(_METRIC.search(_CAMEL.sub("_", text).lower()))


def is_setting(name: str) -> bool:
    """Whether the name is a setting's or bookkeeping's, and no metric when it stands alone.

    >>> is_setting("batch_size"), is_setting("elapsed"), is_setting("num_workers"), is_setting("loss")
    (True, True, True, False)
    """
    low = _CAMEL.sub("_", name).lower().strip()
    return bool(_SETTING.search(low))


def is_bookkeeping(name: str) -> bool:
    """Whether the name is a timing's, a counter's or an id's: no curve even where its value changes.

    >>> is_bookkeeping("elapsed"), is_bookkeeping("num_workers"), is_bookkeeping("best")
    (True, True, False)
    """
    low = _CAMEL.sub("_", name).lower().strip()
    return bool(_COUNT.search(low))
