"""Bridges: what a program tells another tracker is part of the run, beside what the tracker does with it.

One module a tracker, named after its package, with `patch(module)`: called once the tracker is imported, it
has the tracker's public functions heard. What they share: `hear`, how a call is heard without a change to
it; `told`, what becomes of what was told; `alone`, what `--bridge-only` needs; `absent`, what stands in for a
tracker that is not installed.

Rules for all of them. The tracker's own behaviour never changes: its function runs first, its result and its
errors are the program's, and ours are said once. A call from a framework whose own shim logs the same is left
out (`auto.callers`). The first run of a tracker in a process has its names as they are, later ones a group
(`wandb_2/loss`). What has no place in DVC's files is left alone, quietly.

With `--bridge-only` the tracker itself writes nothing and needs no login: a bridge has an installed package
do that by the package's own means; for one that is not installed there is a stand-in.
"""
