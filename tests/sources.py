"""The sources of the project, as trees."""

import ast
import gc
from functools import cache
from pathlib import Path


@cache
def parsed(path: Path) -> ast.Module:
    """The tree of a file.

    Nothing is collected meanwhile: Python tells of a failed task when it is collected, and parses its lines for that,
    and Python 3.11 cannot parse while it parses.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(path.read_text("utf-8"))
    finally:
        if collects:
            gc.enable()
