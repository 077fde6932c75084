"""Where `rules/` and `schemas/` are: inside the wheel, or beside the package in a checkout."""

from __future__ import annotations

import os

_PACKAGE = os.path.dirname(os.path.abspath(__file__))


def shelf(name: str) -> str:
    """The folder `rules` or `schemas`."""
    packed = os.path.join(_PACKAGE, "data", name)
    return packed if os.path.isdir(packed) else os.path.join(os.path.dirname(_PACKAGE), name)
