"""Colour: whether, and which."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Literal, Protocol

Role = Literal["error", "warning", "info", "frame", "related", "strong", "faint", "code"]
When = Literal["auto", "always", "never"]
Paint = Callable[[str, Role], str]
"""Text and its role in; the same text with or without escape sequences around it out."""

_CODES: Mapping[Role, str] = {
    "error": "1;31",
    "warning": "1;33",
    "info": "1;36",
    "frame": "94",
    "related": "94",
    "strong": "1",
    "faint": "2",
    "code": "36",
}


class Stream(Protocol):
    """As much of a text stream as is asked here."""

    def isatty(self) -> bool:
        """Whether a person reads it."""

    def fileno(self) -> int:
        """Its descriptor; may raise where it has none."""


def painter(color: bool) -> Paint:
    """The function that colours, or one that leaves text as it is."""
    return _colored if color else _plain


def _colored(text: str, role: Role) -> str:
    return f"\x1b[{_CODES[role]}m{text}\x1b[0m" if text else ""


def _plain(text: str, role: Role) -> str:
    return text


def wants_color(when: When, stream: Stream, environ: Mapping[str, str]) -> bool:
    """Whether to colour what goes to `stream`.

    `auto` asks in this order: NO_COLOR forbids, FORCE_COLOR and CLICOLOR_FORCE demand, TERM=dumb forbids, and
    else it is a matter of being a terminal.
    """
    if when != "auto":
        return when == "always"
    if environ.get("NO_COLOR"):
        return False
    if any(environ.get(name, "") not in ("", "0", "false") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return environ.get("TERM") != "dumb" and stream.isatty()


def columns(stream: Stream, environ: Mapping[str, str]) -> int:
    """The width to wrap at: of the terminal, though never above 100; 80 where there is none."""
    wish = environ.get("COLUMNS", "")
    if wish.isascii() and wish.isdigit() and int(wish):
        found = int(wish)
    else:
        try:
            found = os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 80
        except (OSError, ValueError):
            found = 80
    return max(40, min(found or 80, 100))
