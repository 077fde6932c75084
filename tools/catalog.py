"""Writes rules/catalog.json, the front matters of all cards, which runs read instead of the cards themselves."""

from __future__ import annotations

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from istiolint.cards import catalog_text
from istiolint.shelf import shelf


def main() -> None:
    text = catalog_text(shelf("rules"))
    with open(os.path.join(shelf("rules"), "catalog.json"), "w", encoding="utf-8", newline="\n") as file:
        file.write(text)


if __name__ == "__main__":
    main()
