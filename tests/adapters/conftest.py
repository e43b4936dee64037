"""Finds the helpers of `tests/live`, which know what a run leaves."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(__file__)), "live"))
