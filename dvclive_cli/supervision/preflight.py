"""Checks before the program starts that need more than the standard library: patterns, formats, parameters.

Runs in a process of its own, and only when such an option was given, so that a plain start pays nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ..capture import CaptureOptions, validate_options
from ..config import Config
from ..errors import DvcliveError
from ..inputs.userfiles import read_params_file
from ..params import flatten_params, parse_artifact, parse_param


def capture_options(config: Config, known_params: frozenset[str] = frozenset()) -> CaptureOptions:
    """The part of the options that capture wants to know."""
    return CaptureOptions(
        formats=config.format,
        patterns=config.pattern,
        names=config.names,
        trust_stdout=config.trust_stdout,
        ranks=config.ranks,
        live_bars=config.live_bars,
        known_params=known_params,
        user_formats=tuple(config.user_formats.items()),
    )


def check(config: Config) -> None:
    """Raise UsageError for the first option that cannot be used."""
    for text in config.param:
        parse_param(text)
    for text in config.artifact:
        parse_artifact(text)
    for path in config.params_file:
        flatten_params(read_params_file(path), path)
    validate_options(capture_options(config))


def main(plumbing: Mapping[str, Any]) -> int:
    """Check the options in `plumbing`; 0, or the error on stderr and its exit status."""
    try:
        check(Config(plumbing["config"]))
    except DvcliveError as error:
        os.write(2, f"dvclive: {error}\n".encode("utf-8", "backslashreplace"))
        return error.exit_code
    return 0
