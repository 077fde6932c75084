"""What somebody changes in one file between two runs; each time another value, so that no run has seen it before."""

from __future__ import annotations

import re
from collections.abc import Callable


def route(text: str, turn: int) -> str:
    """Other weights of the two destinations of a VirtualService."""
    share = 10 + turn % 80
    text, one = re.subn(r"(subset: v1\n      weight: )\d+", rf"\g<1>{100 - share}", text)
    text, other = re.subn(r"(subset: v2\n      weight: )\d+", rf"\g<1>{share}", text)
    assert one == other == 1
    return text


def labels(text: str, turn: int) -> str:
    """Another label of the pods of a Deployment."""
    place = r"(        version: v1\n)(?:        build: \S+\n)?(?=      annotations)"
    changed, count = re.subn(place, rf'\g<1>        build: "{turn}"\n', text)
    assert count == 1
    return changed


def port(text: str, turn: int) -> str:
    """Another port of a Service."""
    changed, count = re.subn(r"port: \d+(  # scraped)", rf"port: {9100 + turn % 800}\1", text)
    assert count == 1
    return changed


def comment(text: str, turn: int) -> str:
    """One more line, which means nothing."""
    return f"{text}# line {turn}\n"


EDITS: dict[str, Callable[[str, int], str]] = {
    "weights of a route": route,
    "a label of a Deployment": labels,
    "a port of a Service": port,
    "a comment": comment,
}


def edit(path: str, what: str, turn: int) -> None:
    """Change a file of `generate.py`."""
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    changed = EDITS[what](text, turn)
    assert changed != text
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(changed)
