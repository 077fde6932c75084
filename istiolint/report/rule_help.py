"""What reports repeat of the cards."""

from __future__ import annotations

import os
import re

from istiolint.cards import CardError, Page, catalog, page_at
from istiolint.report.markdown import plain
from istiolint.report.view import RuleHelp
from istiolint.shelf import shelf

_FIRST_PARAGRAPH = re.compile(r"\A\s*# .*\n\s*(?P<text>(?:(?!```|#).*\S.*\n?)+)")


def rule_help(name: str) -> RuleHelp | None:
    """The help of a rule of istiolint; None where there is no such rule."""
    card = catalog().get(name)
    if card is None:
        return None
    try:
        return help_of(page_at(os.path.join(shelf("rules"), card.family, f"{name}.md")))
    except (OSError, CardError):
        return None


def help_of(page: Page) -> RuleHelp:
    """The help that a card gives."""
    card = page.card
    first = _FIRST_PARAGRAPH.match(page.body)
    return RuleHelp(
        title=card.title,
        summary=plain(first["text"]) if first else card.title,
        markdown=page.body,
        severity=card.severity,
        upstream=card.upstream,
        confidence=card.confidence,
        tags=(card.family, *card.symptoms),
    )
