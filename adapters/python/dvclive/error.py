"""What `Live` raises: the names and first lines of DVCLive 3.x, with what to do on the next line."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SKLEARN_KINDS = ("calibration", "confusion_matrix", "det", "precision_recall", "roc")
"""The plots that `Live.log_sklearn_plot` can make."""


class DvcLiveError(Exception):
    """A call that `Live` cannot carry out; the caller's to mend. Nothing of the run is harmed by it."""


class InvalidDataTypeError(DvcLiveError):
    """A value of a type that cannot be logged. `name`: what it was logged as; `val`: the value."""

    def __init__(self, name: str, val: Any, advice: str = "") -> None:
        self.name = name
        self.val = val
        text = f"Data '{name}' has not supported type {type(val)}"
        super().__init__(f"{text}\n{advice}" if advice else text)


class InvalidDvcyamlError(DvcLiveError):
    """`dvcyaml` names another file than a dvc.yaml."""

    def __init__(self) -> None:
        super().__init__(
            "`dvcyaml` path must have filename 'dvc.yaml'\n"
            "DVC reads no other name: give a path such as 'sub/dvc.yaml', or None to write none."
        )


class InvalidImageNameError(DvcLiveError):
    """An image's name has no suffix of a picture. `name`: the name."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"Cannot log image with name '{name}'\nEnd it in .jpg, .jpeg, .gif or .png.")


class InvalidParameterTypeError(DvcLiveError):
    """A parameter that a YAML file cannot say. `msg`: what is wrong with it."""

    def __init__(self, msg: Any) -> None:
        self.msg = msg
        super().__init__(f"{msg}\nLog numbers, texts, booleans, lists and dicts of these.")


class InvalidPlotTypeError(DvcLiveError):
    """There is no scikit-learn plot of that kind. `name`: the kind asked for."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"Plot type '{name}' is not supported.\nSupported types are: {list(SKLEARN_KINDS)}")


class InvalidReportModeError(DvcLiveError):
    """`report` is none of the known modes. `val`: what was given."""

    def __init__(self, val: Any) -> None:
        self.val = val
        super().__init__(
            f"`report` can only be `None`, `auto`, `html`, `notebook` or `md`. Got {val} instead."
        )


class FrameworkMissingError(DvcLiveError, ImportError):
    """A callback's framework is not installed. `name`: what cannot be imported."""

    def __init__(self, package: str, name: str) -> None:
        super().__init__(
            f"{package} is not installed for this Python, and its callback needs it.\n"
            f"Install it: python -m pip install {package}"
        )
        self.name = name


class DataAlreadyLoggedError(DvcLiveError):
    """A name was logged twice in a step. Kept for programs that catch it: a second value is no error."""

    def __init__(self, name: str, step: int) -> None:
        self.name = name
        self.step = step
        super().__init__(f"Data '{name}' has already been logged with step '{step}'")
