"""Rule cards: `rules/<family>/<rule-name>.md`, the only place where a rule is described.

A run needs the front matters of all cards, and reads them from `rules/catalog.json`, which `tools/catalog.py` makes of
the cards. Where a checkout's cards are newer than that file, they are read themselves.
"""

from __future__ import annotations

import os
import re
from typing import Any, cast

from istiolint.finding import Admission, Confidence, Severity
from istiolint.records import NamedTuple
from istiolint.shelf import shelf

FIELDS = frozenset(
    (
        "severity", "confidence", "kinds", "each", "reads", "upstream", "symptoms", "admission", "message", "label",
        "fix", "params", "profile", "since",
    )
)  # fmt: skip
JUDGEMENTS = frozenset(("syntax", "schema", "versions", "admission", "install", "suppression"))
"""Families whose rules are not called node by node: reading, judging and silencing yield them (architecture.md)."""


class Card(NamedTuple):
    """What a run must know of a rule."""

    name: str
    family: str
    title: str
    severity: Severity
    confidence: Confidence
    kinds: tuple[str, ...]
    each: str
    reads: tuple[str, ...]
    upstream: tuple[str, ...]
    symptoms: tuple[str, ...]
    admission: Admission | None
    message: str
    label: str
    fix: str
    params: dict[str, Any]
    profile: str
    since: str

    @property
    def function(self) -> str:
        """The name of the function that is its body."""
        return self.name.replace("-", "_")


class Fence(NamedTuple):
    """A fenced manifest of a card: the heading above it, its text, and the line of the card where the text begins."""

    heading: str
    text: str
    line: int


class Page(NamedTuple):
    """A whole card: its facts and everything that is for people."""

    card: Card
    body: str
    fences: tuple[Fence, ...]
    file: str


class CardError(Exception):
    """A card that cannot be read; the message names the file and the reason."""


def catalog() -> dict[str, Card]:
    """All cards by rule name, in order of family and name."""
    folder = shelf("rules")
    listed = _catalog_file(folder)
    return {page.card.name: page.card for page in pages(folder)} if listed is None else listed


def _catalog_file(folder: str) -> dict[str, Card] | None:
    """The generated catalogue; None where there is none, or where it does not fit the cards beside it."""
    import json

    try:
        with open(os.path.join(folder, "catalog.json"), encoding="utf-8") as file:
            stored = json.load(file)
        if stored["sizes"] != _sizes(folder):
            return None
        return {row["name"]: _card(row["name"], row["family"], row["title"], row) for row in stored["cards"]}
    except (OSError, ValueError, KeyError):
        return None


def _sizes(folder: str) -> dict[str, int]:
    sizes = {}
    with os.scandir(folder) as families:
        for family in families:
            if family.is_dir():
                with os.scandir(family.path) as cards:
                    sizes.update({f"{family.name}/{c.name}": c.stat().st_size for c in cards if c.name.endswith(".md")})
    return dict(sorted(sizes.items()))


def catalog_text(folder: str) -> str:
    """What `catalog.json` should hold for the cards of `folder`."""
    import json

    rows = [page.card._asdict() for page in pages(folder)]
    plain = [{key: value for key, value in row.items() if value not in ("", (), {}, None)} for row in rows]
    return json.dumps({"sizes": _sizes(folder), "cards": plain}, indent=1, ensure_ascii=False) + "\n"


def pages(folder: str | None = None) -> list[Page]:
    """All cards of a folder of families, whole, in order of family and name."""
    folder = folder or shelf("rules")
    return [page_at(os.path.join(folder, name)) for name in _sizes(folder)]


def page(name: str) -> Page:
    """The card of the rule with this name; CardError where there is none."""
    folder = shelf("rules")
    for entry in _sizes(folder):
        if entry.endswith(f"/{name}.md"):
            return page_at(os.path.join(folder, entry))
    raise CardError(f"there is no rule {name}")


def page_at(file: str) -> Page:
    """The card in a file; CardError where it is not well-formed."""
    with open(file, encoding="utf-8") as stream:
        text = stream.read()
    family, name = os.path.basename(os.path.dirname(file)), os.path.basename(file).removesuffix(".md")
    front = re.match(r"---\n(.*?\n)---\n", text, re.DOTALL)
    if not front:
        raise CardError(f"{file}: a card begins with a front matter between two lines of ---")
    import yaml

    try:
        facts = yaml.safe_load(front[1])
    except yaml.YAMLError as error:
        raise CardError(f"{file}: {error}") from error
    if not isinstance(facts, dict) or not set(facts) <= FIELDS:
        unknown = sorted(set(facts) - FIELDS) if isinstance(facts, dict) else facts
        raise CardError(f"{file}: the front matter has unknown fields: {unknown}")
    if not {"severity", "message"} <= set(facts):
        raise CardError(f"{file}: severity and message are required")
    body = text[front.end() :]
    title = re.search(r"^# (.+)$", body, re.MULTILINE)
    if not title:
        raise CardError(f"{file}: the title (`# ...`) is missing")
    first_line = text[: front.end()].count("\n") + 1
    return Page(_card(name, family, title[1].strip(), facts), body, tuple(_fences(body, first_line)), file)


_FENCE = re.compile(r"^(?:## (?P<heading>[^\n]+)|```ya?ml\n(?P<text>.*?)^```)$", re.MULTILINE | re.DOTALL)


def _fences(body: str, first_line: int) -> list[Fence]:
    heading = ""
    fences = []
    for found in _FENCE.finditer(body):
        if found["heading"] is not None:
            heading = found["heading"].strip()
        else:
            line = first_line + body[: found.start("text")].count("\n")
            fences.append(Fence(heading, found["text"], line))
    return fences


def _card(name: str, family: str, title: str, facts: dict[str, Any]) -> Card:
    return Card(
        name=name,
        family=family,
        title=title,
        severity=cast(Severity, facts["severity"]),
        confidence=cast(Confidence, facts.get("confidence", "high")),
        kinds=tuple(facts.get("kinds", ())),
        each=facts.get("each") or "",
        reads=tuple(facts.get("reads", ())),
        upstream=tuple(facts.get("upstream", ())),
        symptoms=tuple(facts.get("symptoms", ())),
        admission=cast("Admission | None", facts.get("admission")),
        message=facts["message"],
        label=facts.get("label", ""),
        fix=facts.get("fix", "none"),
        params=facts.get("params") or {},
        profile=facts.get("profile", "default"),
        since=str(facts.get("since", "")),
    )
