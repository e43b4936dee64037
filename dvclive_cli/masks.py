"""What must not be written down: secrets in names, command lines and environments become `***`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

MASK = "***"
_NAME = re.compile(
    r"TOKEN|SECRET|PASSW|CREDENTIAL|(?:^|[_-])KEY|KEY(?:$|[_-])|APIKEY|SIGNATURE|AUTHORI[SZ]ATION",
    re.IGNORECASE,
)
# counts and things that every language model has: `max_tokens`, `tokenizer`
_HARMLESS = re.compile(r"tokens|tokeni[sz]\w*|keys|monkey|keyword\w*|keyboard", re.IGNORECASE)
_COUNTED = re.compile(r"SECRET|PASSW|CREDENTIAL", re.IGNORECASE)
_URL = re.compile(r"(?<=://)[^/\s?#'\"]+(?=@)")
_BEARER = re.compile(r"(?<=\bBearer )[\w.~+/=-]+", re.IGNORECASE)
_OPTION = re.compile(r"-{0,2}([\w.-]+)[=:](.*)$", re.DOTALL)
# Names inside a longer text: `TOKEN=x`, `?token=x`, `"api_key": "x"`, `--api-key x`. Each starts a word, so
# that long words are looked at once.
_INSIDE = re.compile(r"""(?<![\w.-])(?:([\w.-]+)["']?[ \t]*[=:][ \t]*|--?([A-Za-z][\w.-]*)[ \t]+(?!-))""")
_VALUE = re.compile(r"""\\?"[^"]*"|'[^']*'|[^\s&;,'"\\]+""")
_SHORTEST = 6  # characters of a secret value worth looking for elsewhere; "1" is in every text


def is_secret(name: str) -> bool:
    """Whether a variable, option or parameter of this name holds a secret (`*TOKEN*`, `*KEY*`, ...)."""
    return bool(_NAME.search(_HARMLESS.sub("", name)))


def hides(name: str, value: object) -> bool:
    """Whether this value of that name is to be hidden.

    Numbers, true and false under a name with KEY or TOKEN are sizes (`num_key_value_heads`, `--key-dim 64`);
    a password may be a number.
    """
    if not is_secret(name):
        return False
    return bool(_COUNTED.search(name)) or not (
        value is None or isinstance(value, (int, float)) or _is_number(value)
    )


def _is_number(value: object) -> bool:
    try:
        float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False
    return True


def without_secrets(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by name without those that are to be hidden, in groups too; what stands in texts is masked."""
    return {name: _without(value) for name, value in values.items() if not hides(name, value)}


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return without_secrets(value)
    if isinstance(value, list):
        return [_without(item) for item in value]
    return mask_text(value) if isinstance(value, str) else value


def mask_text(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without the secret values, without credentials in URLs, and without `TOKEN=...` and its like."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return _mask_named(_BEARER.sub(MASK, _URL.sub(MASK, text)))


def _mask_named(text: str) -> str:
    pieces, done = [], 0
    for name in _INSIDE.finditer(text):
        if name.end() <= done or not is_secret(name[1] or name[2]):
            continue
        value = _VALUE.match(text, name.end())
        if value is None or not hides(name[1] or name[2], value[0]):
            continue
        pieces += [text[done : name.end()], MASK]
        done = value.end()
    return "".join([*pieces, text[done:]])


def secret_values(environ: Mapping[str, str]) -> list[str]:
    """The values of the environment's secrets, the longest first."""
    values = {value for name, value in environ.items() if len(value) >= _SHORTEST and hides(name, value)}
    return sorted(values, key=len, reverse=True)


def mask_argv(argv: Iterable[str], environ: Mapping[str, str]) -> list[str]:
    """A command line to be written down, without `--api-key X`, `TOKEN=X`, known values, URL credentials."""
    secrets = secret_values(environ)
    masked: list[str] = []
    secret_name = ""
    for word in argv:
        option = _OPTION.match(word)
        if secret_name and not word.startswith("-") and hides(secret_name, word):
            masked.append(MASK)
        elif option and option[2] and hides(option[1], option[2]):
            masked.append(word[: option.start(2)] + MASK)
        else:
            masked.append(mask_text(word, secrets))
        secret_name = word if word.startswith("-") and not option and is_secret(word) else ""
    return masked
