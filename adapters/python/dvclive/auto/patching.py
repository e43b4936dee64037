"""How functions of frameworks are patched so that the program notices nothing but the call.

Decides what happens where our part fails: it is said once, and the framework's goes on as if we were not
there. What the framework itself raises passes through unchanged.
"""

from __future__ import annotations

import functools

from .. import messages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any


class guarded:  # noqa: N801 - used as a statement
    """A `with` block whose errors are ours, not the program's: said once, then forgotten."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if error is None or not isinstance(error, Exception):
            return False
        messages.warn_once(
            f"{self.what} ({type(error).__name__}: {error}). Nothing is logged by it; the program goes on. "
            "DVCLIVE_SHIM=off switches all shims off."
        )
        return True


def around(owner: Any, name: str, make: Callable[[Any], Callable[..., Any]]) -> None:
    """Put a wrapper in the place of a function or method; a second time nothing happens.

    Parameters:
        owner: a module or class.
        name: of the attribute.
        make: gives the wrapper of the original.
    """
    original = getattr(owner, name)
    if getattr(original, "_dvclive_shim", False):
        return
    wrapper: Any = functools.wraps(original)(make(original))
    wrapper._dvclive_shim = True
    setattr(owner, name, wrapper)


def unseen(error: BaseException) -> None:
    """Take the frame that has caught an error out of its traceback, which is the program's (from Python 3.11
    on; before, `raise` puts the frame back)."""
    traceback = error.__traceback__
    error.__traceback__ = None if traceback is None else traceback.tb_next


def before(original: Any, what: str, change: Callable[[dict[str, Any]], Callable[[], None] | None]) -> Any:
    """A wrapper that looks at a call's arguments, and may change them.

    Parameters:
        original: the function.
        what: to say where `change` fails.
        change: takes the arguments by name; gives what is to be called when the function has ended, with an
            error or without.
    """
    import inspect

    signature = inspect.signature(original)

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        after = None
        words, named = args, kwargs
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError:  # the program's mistake, for the function itself to say
            bound = None
        if bound is not None:
            with guarded(what):
                after = change(bound.arguments)
                words, named = bound.args, bound.kwargs
        try:
            return original(*words, **named)
        except BaseException as error:
            unseen(error)
            raise
        finally:
            if after is not None:
                with guarded(what):
                    after()

    return wrapper


def after(owner: Any, name: str, what: str, act: Callable[[Any, Any], None]) -> None:
    """Do something each time that a method has been called.

    Parameters:
        owner: a class.
        name: of the method.
        what: to say where `act` fails.
        act: takes the object and the method's result.
    """

    def make(original: Any) -> Callable[..., Any]:
        def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
            result = original(self, *args, **kwargs)
            with guarded(what):
                act(self, result)
            return result

        return wrapper

    around(owner, name, make)


def read(owner: Any, name: str, what: str, act: Callable[[Any, Any], object]) -> None:
    """Do something each time that a property has been read.

    Parameters:
        owner: a class.
        name: of the property.
        what: to say where `act` fails.
        act: takes the object and the property's value.
    """
    original = getattr(owner, name)
    if getattr(original.fget, "_dvclive_shim", False):
        return

    def wrapper(self: Any) -> Any:
        value = original.fget(self)
        with guarded(what):
            act(self, value)
        return value

    getter: Any = functools.wraps(original.fget)(wrapper)
    getter._dvclive_shim = True
    setattr(owner, name, property(getter, original.fset, original.fdel, original.__doc__))


def safe(method: Callable[..., Any], what: str, answer: Callable[..., Any] = lambda *args: None) -> Any:
    """A callback's method that a framework calls: its errors do not reach the framework.

    Parameters:
        method: the method.
        what: to say where it fails.
        answer: what to give the framework then, from the same arguments.
    """

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with guarded(what):
            return method(*args, **kwargs)
        return answer(*args)

    return wrapper
