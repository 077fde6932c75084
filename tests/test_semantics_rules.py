"""docs/semantics-rules.md: each mistake that follows from the model has a rule, or a reason."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from istiolint.cards import catalog

ROOT = Path(__file__).parent.parent
CARDS = catalog()
MORE = {"10a", "11a", "30a", "31a"}


class Row(NamedTuple):
    number: str
    what: str
    rules: tuple[str, ...]
    remark: str


def rows() -> list[Row]:
    text = (ROOT / "docs" / "semantics-rules.md").read_text(encoding="utf-8")
    found = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("| ") else []
        if len(cells) == 4 and cells[0][:1].isdigit():
            found.append(Row(cells[0], cells[1], tuple(re.findall(r"\[([^]]+)\]\(([^)]+)\)", cells[2])), cells[3]))
    return found


def test_all_of_them_are_there() -> None:
    assert sorted(row.number for row in rows()) == sorted({*map(str, range(1, 75)), *MORE})


def test_rules_are_there_under_their_names() -> None:
    for row in rows():
        for name, link in row.rules:
            assert name in CARDS, row
            assert (ROOT / "docs" / link).resolve() == (ROOT / "rules" / CARDS[name].family / f"{name}.md").resolve()


def test_what_no_rule_finds_has_a_reason() -> None:
    assert not [row for row in rows() if not row.rules and not row.remark]


def test_what_is_off_by_default_says_so() -> None:
    for row in rows():
        profiles = {CARDS[name].profile for name, _ in row.rules}
        if row.rules and "default" not in profiles:
            assert "strict" in row.remark, row
