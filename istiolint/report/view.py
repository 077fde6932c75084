"""What a format needs beyond the report: how wide, how coloured, the sources and the words about rules."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from istiolint.finding import Confidence, Severity
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.source.text import SourceText


class RuleHelp(NamedTuple):
    """What a card says of its rule, as far as reports repeat it."""

    title: str
    summary: str
    """The first paragraph of the card, as plain text."""
    markdown: str
    """The page of the card without its front matter."""
    severity: Severity
    upstream: tuple[str, ...] = ()
    confidence: Confidence = "high"
    tags: tuple[str, ...] = ()
    """Family and symptoms."""
    uri: str = ""
    """Where the page can be read on the web; empty where nowhere."""


def _nothing(_name: str) -> None:
    return None


class View(NamedTuple):
    """How to show a report. `render(report, View())` is always possible, only poorer."""

    color: bool = False
    width: int = 80
    """Columns to wrap at, in terminal cells."""
    source: Callable[[str], SourceText | None] = _nothing
    """The text of a file by the name that places use, the same object each time; None where it cannot be had."""
    rule_help: Callable[[str], RuleHelp | None] = _nothing
    version: str = "unknown"
    """Of istiolint, for the formats that name their maker."""
    unsafe_fixes: bool = False
    """Unsafe fixes are asked for already, so nothing needs to say how to get them."""


def slashed(file: str) -> str:
    """`file` as forges write it: forward slashes, no `./` before it."""
    name = file.replace("\\", "/") if os.sep == "\\" else file
    while name.startswith("./"):
        name = name[2:].lstrip("/")
    return name or file
