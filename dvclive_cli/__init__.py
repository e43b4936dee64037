"""The engine behind the `dvclive` command: any program's metrics, one vocabulary of events, one recorder."""

__version__ = "4.0.0"
