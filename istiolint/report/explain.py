"""The page of a rule for the terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from istiolint.report.cells import wrap
from istiolint.report.markdown import terminal
from istiolint.report.style import painter

if TYPE_CHECKING:
    from istiolint.cards import Card, Page

_FIXES = {"safe": "--fix", "unsafe": "--fix --unsafe-fixes"}
_REFUSALS = {"reject": "the cluster refuses the object", "warn": "the cluster takes the object with a warning"}


def render(page: Page, columns: int, color: bool) -> str:
    """Name and title, the facts of the front matter, then the page, `columns` wide; ends in a line break."""
    paint = painter(color)
    card = page.card
    body = re.sub(r"\A\s*# .*\n", "", page.body)
    lines = [paint(f"{card.name}: {card.title}", "strong"), ""]
    facts = _facts(card)
    indent = 2 + max(len(name) for name, _ in facts) + 2
    for name, text in facts:
        first, *rest = wrap(text, max(20, columns - indent))
        lines.append(f"  {paint(name, 'faint')}{' ' * (indent - 2 - len(name))}{first}")
        lines += [" " * indent + line for line in rest]
    return "\n".join([*lines, "", *terminal(body, columns, paint)]) + "\n"


def _facts(card: Card) -> list[tuple[str, str]]:
    """What the front matter tells a person, in words; what is as usual is left out."""
    facts = [
        ("severity", f"{card.severity}, confidence {card.confidence}"),
        ("family", card.family),
        ("kinds", ", ".join(card.kinds)),
        ("codes", ", ".join(card.upstream)),
        ("symptoms", ", ".join(card.symptoms)),
        ("admission", _REFUSALS.get(card.admission or "", "")),
        ("profile", "" if card.profile == "default" else f"{card.profile}: off unless asked for"),
        ("params", ", ".join(f"{name} ({value})" for name, value in card.params.items())),
        ("fix", _FIXES.get(card.fix, "")),
        ("since", card.since),
    ]
    return [(name, text) for name, text in facts if text]
