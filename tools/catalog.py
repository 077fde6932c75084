"""Writes rules/catalog.json, the front matters of all cards, which runs read instead of the cards themselves."""

from __future__ import annotations

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from istiolint.cards import catalog_text  # noqa: E402
from istiolint.shelf import shelf  # noqa: E402

if __name__ == "__main__":
    with open(os.path.join(shelf("rules"), "catalog.json"), "w", encoding="utf-8") as file:
        file.write(catalog_text(shelf("rules")))
