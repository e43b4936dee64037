"""What must not be written down: secrets in names, command lines and environments become `***`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

MASK = "***"
_NAME = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|(?:^|[_-])KEY|KEY(?:$|[_-])|APIKEY", re.IGNORECASE)
_URL = re.compile(r"(?<=://)([^/@\s:]+(?::[^/@\s]*)?)(?=@)")
_OPTION = re.compile(r"-{0,2}([\w.-]+)[=:](.*)$", re.DOTALL)
_SHORTEST = 6  # characters of a secret value worth looking for elsewhere; "1" is in every text


def is_secret(name: str) -> bool:
    """Whether a variable, option or parameter of this name holds a secret (`*TOKEN*`, `*KEY*`, ...)."""
    # `tokens`, `max_tokens`, `num_tokens` are counts that every language model has
    return bool(_NAME.search(re.sub(r"(?i)tokens|tokeni[sz]er?|keys|monkey|keyword\w*", "", name)))


def mask_text(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without credentials in URLs and without any of the secret values."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return _URL.sub(MASK, text)


def secret_values(environ: Mapping[str, str]) -> list[str]:
    """The values of the environment's secrets, the longest first."""
    values = {value for name, value in environ.items() if is_secret(name) and len(value) >= _SHORTEST}
    return sorted(values, key=len, reverse=True)


def mask_argv(argv: Iterable[str], environ: Mapping[str, str]) -> list[str]:
    """A command line to be written down: `--api-key X`, `TOKEN=X`, known values and URL credentials masked."""
    secrets = secret_values(environ)
    masked: list[str] = []
    next_is_secret = False
    for word in argv:
        option = _OPTION.match(word)
        if next_is_secret and not word.startswith("-"):
            masked.append(MASK)
        elif option and is_secret(option[1]) and option[2]:
            masked.append(word[: option.start(2)] + MASK)
        else:
            masked.append(mask_text(word, secrets))
        next_is_secret = word.startswith("-") and not option and is_secret(word)
    return masked
