"""What stands in for a tracker that is not there: modules whose every name exists and does nothing.

A script that was written for the tracker imports it, calls it and goes through what it gives; none of that
may fail where the tracker itself would not. Knows no tracker: bridges put what matters in place of nothing.
"""

from __future__ import annotations

import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


class Nothing:
    """Anything of a tracker: called, entered, iterated and asked for attributes, it does nothing."""

    def __init__(self, name: str = "") -> None:
        self.__dict__["_dvclive_name"] = name

    def __repr__(self) -> str:
        return f"<{self._dvclive_name}, which DVCLive stands in for>"

    def __getattr__(self, name: str) -> Any:
        return missing(name, self.__dict__.get("_dvclive_name", ""))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: D102
        if len(args) == 1 and not kwargs and isinstance(args[0], (types.FunctionType, type)):
            return args[0]  # a decorator
        return Nothing(f"{self._dvclive_name}()")

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (Nothing,)  # the base of a class, object.__mro_entries__

    def __instancecheck__(self, thing: object) -> bool:
        return False

    def __subclasscheck__(self, kind: type) -> bool:
        return False

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        """Errors pass through."""

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *error: object) -> None:
        """Errors pass through."""

    def __await__(self) -> Iterator[Any]:
        return iter(())

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return True

    def __contains__(self, item: object) -> bool:
        return False

    def __getitem__(self, key: object) -> Any:
        return Nothing(f"{self._dvclive_name}[{key!r}]")

    def __setitem__(self, key: object, value: object) -> None:
        """Not kept."""

    def __delitem__(self, key: object) -> None:
        """It was not there."""

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __int__(self) -> int:
        return 0

    __index__ = __int__

    def __float__(self) -> float:
        return 0.0

    def __lt__(self, other: object) -> bool:
        return False

    __gt__ = __le__ = __ge__ = __lt__

    def __or__(self, other: object) -> Any:
        return self  # in annotations: `wandb.Image | None`

    __ror__ = __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __or__


class Some:
    """An object of a tracker of which some is there: all else of it does nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return Nothing(f"{type(self).__name__}.{name}")

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        """Errors pass through."""


class TrackerError(Exception):
    """What a script may catch of a tracker; nobody raises it."""


def missing(name: str, owner: str) -> Any:
    """What an attribute is that nobody has put there: an error's class where it is called like one.

    Raises:
        AttributeError: for names that Python asks for by itself.
    """
    if name.startswith("__") and name.endswith("__"):
        raise AttributeError(name)
    if name.endswith(("Error", "Exception")) and name[:1].isupper():
        return TrackerError
    return Nothing(f"{owner}.{name}" if owner else name)


class Module(types.ModuleType):
    """A module of a tracker that is not there; others may be below it."""

    __path__ = []  # noqa: RUF012 - nobody adds to it

    def __getattr__(self, name: str) -> Any:
        return missing(name, self.__name__)
