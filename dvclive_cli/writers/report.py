"""report.md and report.html: one self-contained page about the run, for people.

Made from the state of the run alone; charts show the bounded previews. Names and texts come from the
program, so everything is escaped. The HTML page holds no script, refreshes itself while the run goes on,
and needs nothing else.
"""

from __future__ import annotations

import base64
import html
import os
from collections.abc import Iterator, Mapping
from typing import Any

from dvclive_cli import marks
from dvclive_cli.marks import clean
from dvclive_cli.run import Bucket, Run, Series

MODES = ("md", "html")
REFRESH = 5  # seconds
MAX_CHARTS = 200
MAX_IMAGES = 100
MAX_IMAGE_BYTES = 1 << 20
WIDTH, HEIGHT, MARGIN = 360, 200, 36
_TYPES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".gif": "gif"}

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">{refresh}<title>{title}</title><style>
body {{ font: 14px system-ui, sans-serif; margin: 2em; color: #222; background: #fff }}
table {{ border-collapse: collapse }} td, th {{ padding: .2em .8em; border: 1px solid #ccc; text-align:
left }} figure {{ display: inline-block; margin: .5em }} figcaption {{ font-size: 12px }}
svg {{ background: #fafafa; border: 1px solid #ccc }} svg text {{ font-size: 10px; fill: #555 }}
img {{ max-width: 480px }}
</style></head><body>
<h1>{title}</h1>
{body}
</body></html>
"""


def render(mode: str, run: Run, title: str, images: Mapping[str, str], running: bool) -> str:
    """The report's text.

    Parameters:
        mode: "md" or "html".
        title: the page's heading, e.g. the experiment's name.
        images: path of each image file by its name.
        running: the page says so, and refreshes itself.
    """
    if mode == "md":
        return "\n".join(_markdown(run, title, images))
    parts = ["<p>The run goes on.</p>"] if running else []
    parts += ["<h2>Params</h2>", _table(run.params)] if run.params else []
    summary = run.summary()
    parts += ["<h2>Metrics</h2>", _table(summary)] if summary else []
    parts += [_chart(series) for series in _charted(run)]
    parts += ["<h2>Images</h2>"] if images else []
    parts += [_image(name, path) for name, path in list(images.items())[-MAX_IMAGES:]]
    refresh = f'<meta http-equiv="refresh" content="{REFRESH}">' if running else ""
    return _PAGE.format(title=html.escape(clean(title)), refresh=refresh, body="\n".join(parts))


def _charted(run: Run) -> list[Series]:
    run.fold()
    return [series for series in run.series.values() if series.low is not None and series.plotted][
        :MAX_CHARTS
    ]


def _table(rows: Mapping[str, Any]) -> str:
    cells = (
        f"<tr><th>{html.escape(clean(k))}</th><td>{html.escape(clean(v))}</td></tr>" for k, v in rows.items()
    )
    return f"<table>{''.join(cells)}</table>"


def _image(name: str, path: str) -> str:
    label = html.escape(clean(name))
    try:
        if os.path.getsize(path) > MAX_IMAGE_BYTES:
            return f"<p>{label}: too large for this page.</p>"
        with open(path, "rb") as file:
            data = base64.b64encode(file.read()).decode()
    except OSError:
        return f"<p>{label}: cannot be read.</p>"
    kind = _TYPES.get(os.path.splitext(path)[1].lower(), "png")
    picture = f'<img alt="{label}" src="data:image/{kind};base64,{data}">'
    return f"<figure>{picture}<figcaption>{label}</figcaption></figure>"


def _chart(series: Series) -> str:
    """A line of the last values over a band of the extremes of each bucket."""
    buckets = series.preview
    low, high = min(b.low for b in buckets), max(b.high for b in buckets)
    first, last = min(b.step for b in buckets), max(b.step for b in buckets)

    def x(bucket: Bucket) -> float:
        return MARGIN + (WIDTH - 2 * MARGIN) * ((bucket.step - first) / ((last - first) or 1.0))

    def y(value: float) -> float:
        # halves, because the span of two huge floats overflows
        span = (high / 2 - low / 2) or 1.0
        return HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * ((value / 2 - low / 2) / span)

    line = " ".join(f"{x(b):.1f},{y(b.last):.1f}" for b in buckets)
    upper = [f"{x(b):.1f},{y(b.high):.1f}" for b in buckets]
    lower = [f"{x(b):.1f},{y(b.low):.1f}" for b in reversed(buckets)]
    label = html.escape(clean(series.name))
    return (
        f'<figure><svg role="img" aria-label="{label}" width="{WIDTH}" height="{HEIGHT}">'
        f'<polygon points="{" ".join(upper + lower)}" fill="#945dd6" opacity=".2"/>'
        f'<polyline points="{line}" fill="none" stroke="#945dd6" stroke-width="1.5"/>'
        f'<text x="2" y="{MARGIN - 6}">{high:.5g}</text>'
        f'<text x="2" y="{HEIGHT - MARGIN + 12}">{low:.5g}</text>'
        f'<text x="{MARGIN}" y="{HEIGHT - 6}">step {first:.0f}</text>'
        f'<text x="{WIDTH - MARGIN}" y="{HEIGHT - 6}" text-anchor="end">{last:.0f}</text>'
        f"</svg><figcaption>{label}</figcaption></figure>"
    )


def _markdown(run: Run, title: str, images: Mapping[str, str]) -> Iterator[str]:
    yield f"# {marks.escaped(title)}\n"
    if run.params:
        yield "## Params\n"
        yield from marks.table(["name", "value"], run.params.items())
        yield ""
    if run.series:
        yield "## Metrics\n"
        run.fold()
        yield from marks.table(
            ["name", "last", "min", "max", "points"],
            ((one.name, one.last, one.low, one.high, one.count) for one in run.series.values()),
        )
        yield ""
    if images:
        yield "## Images\n"
        yield from (f"![{marks.escaped(name)}]({marks.link('plots/images/' + name)})\n" for name in images)
