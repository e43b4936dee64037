"""The import `dvclive`: what programs written for DVCLive find under its name.

Standard library only, Python >= 3.8: under `dvclive run` it is used by interpreters that have nothing of
ours.
"""

from .live import Live

__version__ = "4.0.0"

__all__ = ["Live", "__version__"]
