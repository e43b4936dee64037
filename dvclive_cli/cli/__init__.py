"""The commands of `dvclive`, declared for click. What they do is imported when they are called.

One module for each kind of command; the quick way past click is `__main__.py`.
"""

from . import aids, looking, programs, scripts
from .group import cli

__all__ = ["aids", "cli", "looking", "programs", "scripts"]
