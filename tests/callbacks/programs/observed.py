"""Run a script as `python SCRIPT ARGUMENTS` does; then one line of JSON: an expression over its names."""

import json
import os
import runpy
import sys

expression, *sys.argv = sys.argv[1:]
sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))
names = runpy.run_path(sys.argv[0], run_name="__main__")
print(f"\n{json.dumps(eval(expression, names))}")
