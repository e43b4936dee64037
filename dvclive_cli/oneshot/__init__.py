"""One command, one record: `dvclive log-metric` and its siblings, for shell scripts and CI steps.

`table` says which commands there are, `build` what their words mean as events, `main` who takes those: the
recorder of the `dvclive run` around us (`inside`, `send`), or the run that commands keep open among
themselves (`alone`, `kept`; `turn` says whose turn it is).
"""
