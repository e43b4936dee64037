"""report.html and report.md: a run as people look at it.

`sheet` says what a report holds; `gather` makes one from a run that goes on or from one that was recorded;
`html` and `markdown` are its two forms. `page/` holds the page's script and style, as files of their own.
"""
