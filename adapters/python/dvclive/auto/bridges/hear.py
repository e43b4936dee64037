"""How a bridge hears the calls of a tracker's functions: when they have returned, and only the program's.

The functions of a tracker call each other: the outermost call of a thread is heard, those inside it not.
"""

from __future__ import annotations

import _thread
import inspect

from .. import callers, patching

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_thread_own = _thread._local()


def beside(
    owner: Any,
    name: str,
    tell: Callable[[Any, dict[str, Any]], None],
    tracker: str,
    change: Callable[[dict[str, Any]], None] | None = None,
    like: Callable[..., Any] | None = None,
    passed: Callable[[dict[str, Any]], object] | None = None,
) -> None:
    """Have the calls of a function heard; one that this version of the tracker has not is passed over.

    Parameters:
        owner: a module or class; None where this version has none.
        name: of its function.
        tell: takes what the function gave, and its arguments by name, with the defaults of those not given.
        tracker: the tracker's package.
        change: may change the arguments of a call before; for `--bridge-only` alone.
        passed: takes the arguments of a call that is not told, because a shim logs the same.
        like: has the function's signature, where Python does not know that of the function.
    """
    if owner is not None and callable(getattr(owner, name, None)):
        patching.around(
            owner, name, lambda original: _heard(original, tell, tracker, change, like or original, passed)
        )


def _heard(
    original: Any,
    tell: Callable[[Any, dict[str, Any]], None],
    tracker: str,
    change: Callable[[dict[str, Any]], None] | None,
    like: Callable[..., Any],
    passed: Callable[[dict[str, Any]], object] | None,
) -> Any:
    signature = inspect.signature(like)
    by_name = _by_name(signature)
    what = f"The bridge from {tracker} has failed"

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if getattr(_thread_own, "inside", False):
            return original(*args, **kwargs)
        words, named = args, kwargs
        if change is not None:
            with patching.guarded(what):
                bound = _bound(signature, args, kwargs)
                if bound is not None:
                    change(bound.arguments)
                    words, named = bound.args, bound.kwargs
        _thread_own.inside = True
        try:
            result = original(*words, **named)
        except BaseException as error:
            patching.unseen(error)
            raise
        finally:
            _thread_own.inside = False
        with patching.guarded(what):
            again = callers.is_told(tracker, 2)
            arguments = None if again and passed is None else by_name(words, named)
            if arguments is not None:
                _thread_own.inside = True  # what we ask the tracker for is no call of the program's
                try:
                    if again and passed is not None:
                        passed(arguments)
                    else:
                        tell(result, arguments)
                finally:
                    _thread_own.inside = False
        return result

    return wrapper


def _bound(signature: inspect.Signature, args: Any, kwargs: Any) -> inspect.BoundArguments | None:
    try:
        return signature.bind(*args, **kwargs)
    except TypeError:  # the program's mistake, for the function itself to say
        return None


def _by_name(signature: inspect.Signature) -> Callable[[Any, Any], dict[str, Any] | None]:
    """What gives the arguments of a call that has succeeded; `inspect` takes 8 µs for what is 1 µs here."""
    parameters = signature.parameters.values()
    plain = [one for one in parameters if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    positional = [one.name for one in plain if one.kind is not one.KEYWORD_ONLY]
    names = frozenset(one.name for one in plain)
    rest: dict[Any, Any] = {inspect.Parameter.VAR_POSITIONAL: (), inspect.Parameter.VAR_KEYWORD: {}}
    defaults = {one.name: rest.get(one.kind, one.default) for one in parameters}

    def arguments(words: Any, given: Any) -> dict[str, Any] | None:
        if len(words) <= len(positional) and names.issuperset(given):
            return {**defaults, **dict(zip(positional, words)), **given}  # noqa: B905 - Python 3.8
        bound = _bound(signature, words, given)
        if bound is not None:
            bound.apply_defaults()
        return None if bound is None else bound.arguments

    return arguments
