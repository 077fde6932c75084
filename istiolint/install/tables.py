"""The messages of Istio's settings and their fields, as `schemas/install/` has them."""

from __future__ import annotations

import os

from istiolint.shelf import shelf

Shape = dict[str, str]
"""The fields of a message and their types (tools/install_tables.py says how they are written)."""

_tables: dict[str, dict[str, Shape]] = {}


def table(name: str) -> dict[str, Shape]:
    """A table of `schemas/install/` by name."""
    if name not in _tables:
        from json import load

        with open(os.path.join(shelf("schemas"), "install", f"{name}.json"), encoding="utf-8") as file:
            _tables[name] = load(file)
    return _tables[name]
