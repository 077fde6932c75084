"""Lists in CHANGELOG.md, under its newest release, the rules that are new in it.

python tools/changelog.py
"""

from __future__ import annotations

import os
import re
import sys
import textwrap
from collections.abc import Iterable

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from istiolint.cards import catalog

FILE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "CHANGELOG.md")
_ADDED = re.compile(r"^## .*?^### Added\n(?P<part>.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
"""The part on what was added, of the newest release."""
_FAMILY = re.compile(r"^- \*\*(?P<family>\w+)\*\*: (?P<names>.*?)(?=^- |^\n|\Z)", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"`([a-z0-9-]+)`")


def refreshed(text: str, rules: Iterable[tuple[str, str]]) -> str:
    """The changelog with those rules (family and name) under its newest release that no older one has added."""
    section = _ADDED.search(text)
    if section is None:
        raise ValueError('CHANGELOG.md has no "### Added" under its newest release')
    before, after = text[: section.start("part")], text[section.end() :]
    old = {name for match in _FAMILY.finditer(after) for name in _NAME.findall(match["names"])}
    families: dict[str, list[str]] = {}
    for family, name in rules:
        if name not in old:
            families.setdefault(family, []).append(name)
    prose = _FAMILY.sub("", section["part"]).strip("\n")
    lists = "\n".join(_item(family, names) for family, names in sorted(families.items()))
    return before + "".join(f"\n{part}\n" for part in (prose, lists, after) if part).rstrip("\n") + "\n"


def current(text: str) -> str:
    """The changelog as the catalogue of rules wants it."""
    return refreshed(text, [(card.family, card.name) for card in catalog().values()])


def _item(family: str, names: Iterable[str]) -> str:
    line = f"- **{family}**: " + ", ".join(f"`{name}`" for name in sorted(names))
    return textwrap.fill(line, 120, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def main() -> None:
    with open(FILE, encoding="utf-8") as stream:
        text = stream.read()
    new = current(text)
    if new != text:
        with open(FILE, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(new)
        print("CHANGELOG.md brought up to date")


if __name__ == "__main__":
    main()
