"""From what a check says to what a person sees: a defect, its card and the text of its file make a finding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from istiolint.cards import Card
from istiolint.finding import Defect, Finding, Note, Path, Place, Related, ResourceId, Side
from istiolint.source.document import Document
from istiolint.source.parts import part_range
from istiolint.source.text import SourceText

Texts = Callable[[str], SourceText]
"""The text of a file, by the name that its documents have."""

MOST_RELATED = 20
"""Related places of a finding; where there are more, nobody looks at them all."""
LONGEST_FIELD = 160
"""Longer texts of a manifest are shortened in the middle where a message quotes them."""


def complete(defect: Defect, document: Document, card: Card, texts: Texts) -> Finding:
    """The finding of a defect of `document`. Raises KeyError where the card's message wants a field that is missing."""
    document = defect.document or document
    text = texts(document.file)
    fields = {name: _shown(value) for name, value in defect.fields.items()}
    fix = None
    if defect.repair is not None and card.fix != "none":
        from istiolint.fix import fix_of

        fix = fix_of(defect.repair, document, texts, safe=card.fix == "safe")
    confidence = defect.confidence or card.confidence
    return Finding(
        rule=card.name,
        severity="warning" if confidence == "low" and card.severity == "error" else card.severity,
        confidence=confidence,
        message=card.message.format_map(fields),
        place=place(document, text, defect.path, defect.on, defect.part),
        path=pointer(defect.path),
        resource=resource(document),
        admission=card.admission,
        upstream=card.upstream,
        related=tuple(_related(note, document, texts) for note in defect.notes[:MOST_RELATED]),
        fix=fix,
        fingerprint=fingerprint(card.name, document, defect.path),
        label=card.label.format_map(fields) if card.label else "",
    )


def resource(document: Document) -> ResourceId | None:
    """Who a document is, for reports; None for what is no object."""
    if not document.is_object:
        return None
    return ResourceId(document.api_version, document.kind, document.namespace, document.name)


def place(
    document: Document, text: SourceText, path: Path, on: Side = "value", part: tuple[int, int] | None = None
) -> Place:
    """Where to point for `path`: at a scalar's text; at the key of a mapping, list or empty value.

    An item of a list that is a mapping or list itself is shown by its first line.
    """
    start, end = document.span(path, on)
    if on == "value" and path and document.spans.exists(path):
        value = _value(document, path)
        if isinstance(value, dict | list) or start == end:
            if isinstance(path[-1], str):
                start, end = document.span(path, "key")
        elif part is not None and isinstance(value, str):
            start, end = part_range(text.text, start, end, value, part)
    elif on == "value" and start < end:
        known = path
        while known and not document.spans.exists(known):
            known = known[:-1]
        if known and isinstance(known[-1], str):
            start, end = document.span(known, "key")
    return _range(text, start, end)


def span_place(text: SourceText, start: int, end: int) -> Place:
    """The place of a range of a file's text."""
    return _range(text, start, end)


def _range(text: SourceText, start: int, end: int) -> Place:
    end = min(end, text.line_end(start)) if end > start else end
    while end > start + 1 and text.text[end - 1] in " \t\r\n":
        end -= 1
    line, column = text.position(start)
    end_line, end_column = text.position(end)
    return Place(text.file, line, column, end_line, end_column)


def _value(document: Document, path: Path) -> Any:
    value: Any = document.value
    for step in path:
        value = value[step]
    return value


def pointer(path: Path) -> str:
    """A path as JSON pointer."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def fingerprint(rule: str, document: Document, path: Path) -> str:
    """A name for a finding that outlives moved lines and reordered lists.

    Made of the rule, the object, and the path with list items named by their `name`, `host` or port, if they have one.
    """
    from hashlib import blake2b

    steps: list[str] = []
    value: Any = document.value
    for step in path:
        child: Any = None
        if isinstance(value, dict):
            child = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            child = value[step]
            step = _item_name(child) or step
        steps.append(str(step))
        value = child
    name = document.name if document.is_object else document.file
    parts = (rule, document.kind, document.namespace or "", name, *steps)
    return blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _item_name(item: Any) -> str:
    if isinstance(item, dict):
        for key in ("name", "host", "number"):
            if isinstance(item.get(key), str | int):
                return f"{key}={item[key]}"
        for key in ("destination", "port"):
            name = _item_name(item.get(key))
            if name:
                return f"{key}.{name}"
    elif isinstance(item, str):
        return f"={item}"
    return ""


def _related(note: Note, document: Document, texts: Texts) -> Related:
    other = note.document or document
    return Related(place(other, texts(other.file), note.path, note.on), note.message, str(resource(other) or ""))


def _shown(value: object) -> object:
    """A field as a message shows it: on one line, not too long."""
    if not isinstance(value, str):
        return value
    if not value.isprintable():
        value = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in value)
    if len(value) > LONGEST_FIELD:
        half = LONGEST_FIELD // 2
        value = f"{value[:half]}…{value[-half:]}"
    return value
