"""Repairs as text edits: nothing but the named value, key or entry changes, comments and style stay.

A change that cannot be made like this is not made at all: where an anchor or alias would carry it elsewhere, where a
tag would give the new text another meaning, where a comment stands in the way.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable
from typing import Any

from istiolint.finding import Change, Edit, Fix, Path, Repair
from istiolint.source.document import Document
from istiolint.source.text import SourceText

Texts = Callable[[str], SourceText]

_QUOTABLE = re.compile(r"[\w.+:-]+")
"""What means the same in quotes: numbers and words."""

_COMMA = re.compile(r"\s*,\s*")
_LAST_COMMA = re.compile(r"\s*(,?)\s*")
_PROPERTY_BEFORE = re.compile(r"(?:^|[\s\[{,])[&!]\S*\s+$")
_ANCHOR = re.compile(r"(?:^|[\s\[{,])&[^\s,\[\]{}]")
_JSON = re.compile(r'\s*[\[{][\[{\s]*(?:"|$)')
"""How JSON begins, where all keys and texts must stand in double quotes."""
_PROPERTY_REACH = 200
"""Characters before a value in which its anchor and tag stand, if it has them."""


def fix_of(repair: Repair, document: Document, texts: Texts, safe: bool) -> Fix | None:
    """The edits of a repair; None where one of its changes cannot be made without touching what it should not."""
    edits: list[Edit] = []
    for change in repair.changes:
        target = change.document or document
        edit = _edit(change, target, texts(target.file))
        if edit is None:
            return None
        edits.append(edit)
    joined = _joined(edits, texts)
    return None if joined is None else Fix(repair.title, tuple(joined), safe and repair.safe)


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made; of edits that overlap, the first one counts."""
    parts: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < at:
            continue
        parts += (text[at : edit.start], edit.text)
        at = edit.end
    parts.append(text[at:])
    return "".join(parts)


def _joined(edits: list[Edit], texts: Texts) -> list[Edit] | None:
    """The edits with those that touch the same text made one; None where that cannot be done.

    It can be done where a new entry comes behind one that is removed with its line.
    """
    result: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.file, edit.start, edit.end)):
        last = result[-1] if result else None
        if last is None or last.file != edit.file or edit.start >= last.end:
            result.append(edit)
            continue
        tail = texts(edit.file).text[edit.end : last.end]
        if last.text or edit.start != edit.end or tail not in ("\n", "\r\n", "\r"):
            return None
        result[-1] = last._replace(text=edit.text.lstrip("\r\n") + tail)
    return result


def _edit(change: Change, document: Document, source: SourceText) -> Edit | None:
    if not document.spans.exists(change.path):
        return None
    if change.op == "add":
        return _add(change, document, source)
    if not change.path:
        return None
    on_key = change.op == "rename" or (change.op == "remove" and isinstance(change.path[-1], str))
    if on_key and not isinstance(change.path[-1], str):
        return None
    start, end = document.span(change.path, "key" if on_key else "value")
    if _is_shared(document, start, end) or _has_property(source.text, start):
        return None
    if change.op == "remove":
        return _remove(change.path, document, source)
    written = source.text[start:end]
    if "\n" in written or "\r" in written or written[:1] in ("|", ">"):
        return None
    if on_key:
        return Edit(source.file, start, end, _as_node(change.text, written, source)) if written else None
    if isinstance(_value(document, change.path), dict | list):
        return None
    if change.op == "quote":
        return Edit(source.file, start, end, f'"{written}"') if _QUOTABLE.fullmatch(written) else None
    text = _as_node(change.text, written, source)
    if start == end:  # an empty value: `key:` needs a space before what comes
        before = source.text[:start].rstrip(" \t")
        if before[-1:] not in (":", "-"):
            return None
        text = " " + text if len(before) == start else text
    return Edit(source.file, start, end, text)


def _value(document: Document, path: Path) -> Any:
    value: Any = document.value
    for step in path:
        value = value[step]
    return value


def _is_shared(document: Document, start: int, end: int) -> bool:
    """Whether a text stands for more than one node: it is anchored, and there are aliases."""
    if start == end:
        return False
    table = document.spans.offsets
    offsets, pair = table.tobytes(), array(table.typecode, (start, end)).tobytes()
    first = offsets.find(pair)
    return offsets.find(pair, first + len(pair)) >= 0


def _has_property(text: str, start: int) -> bool:
    """Whether an anchor or a tag stands before a value."""
    return _PROPERTY_BEFORE.search(text, max(0, start - _PROPERTY_REACH), start) is not None


def _as_node(text: str, written: str, source: SourceText) -> str:
    """The text of a change as one YAML node in the style of what is `written`: in quotes if that is, or if need be."""
    found = _node(text)
    if found is None:
        return _json(text)
    value = found[0]
    if _JSON.match(source.text):
        return _json(value)
    if isinstance(value, str) and text[0] not in "\"'" and written[:1] in ("'", '"'):
        return _json(value) if written[0] == '"' else "'" + value.replace("'", "''") + "'"
    return text


def _node(text: str) -> tuple[Any] | None:
    """The value of a text that is one YAML node on one line, wherever it stands; None where it is not."""
    from istiolint.source.reader import read

    documents = read(f"[{text}]")
    if "\n" in text or len(documents) != 1 or documents[0].problems:
        return None
    items = documents[0].value
    if not isinstance(items, list) or len(items) != 1:
        return None
    return (items[0],) if text[0] in "{[" or not isinstance(items[0], dict | list) else None


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def _remove(path: Path, document: Document, source: SourceText) -> Edit | None:
    """Delete an entry or item with its line break (in flow style: its comma); not the only one of its container."""
    container = _value(document, path[:-1])
    if len(container) < 2:
        return None
    text = source.text
    is_entry = isinstance(path[-1], str)
    start = document.span(path, "key" if is_entry else "value")[0]
    end = document.span(path)[1]
    if _ANCHOR.search(text, start, end):
        return None
    if text[document.span(path[:-1])[0]] in "{[":
        return _remove_from_flow(path, document, source, start, end)
    line_start = source.starts[source.position(start)[0] - 1]
    lead = text[line_start:start]
    while end > start and text[end - 1] in " \t\r\n":
        end -= 1
    line_end = source.line_end(end)
    if not _is_rest(text[end:line_end]):
        return None
    if is_entry and lead.strip(" \t"):  # the first entry of a list item stands behind the dash, which must stay
        if lead.strip(" \t-"):
            return None
        following = line_end + len(text[line_end:]) - len(text[line_end:].lstrip())
        return Edit(source.file, start, following, "")
    if not is_entry and lead.strip(" \t") != "-":
        return None
    if line_end < len(text):
        line_end += 2 if text.startswith("\r\n", line_end) else 1
    return Edit(source.file, line_start, line_end, "")


def _is_rest(text: str) -> bool:
    """Whether the rest of a line is nothing but blanks and a comment."""
    stripped = text.lstrip(" \t")
    return not stripped or (stripped[0] == "#" and len(stripped) < len(text))


def _remove_from_flow(path: Path, document: Document, source: SourceText, start: int, end: int) -> Edit | None:
    """With the comma and blanks that follow, up to the next one; the last one with the comma before it."""
    places = _children(document, path[:-1])
    at = next((number for number, place in enumerate(places) if place[0] == start), None)
    if at is None:
        return None
    if at + 1 < len(places):
        following = places[at + 1][0]
        return Edit(source.file, start, following, "") if _COMMA.fullmatch(source.text, end, following) else None
    before = places[at - 1][1]
    return Edit(source.file, before, end, "") if at and _COMMA.fullmatch(source.text, before, start) else None


def _children(document: Document, path: Path) -> list[tuple[int, int]]:
    """Where the entries or items of a container stand, in order of the text; merged ones are left out."""
    container = _value(document, path)
    outer_start, outer_end = document.span(path)
    places: list[tuple[int, int]] = []
    for step in container if isinstance(container, dict) else range(len(container)):
        start = document.span((*path, step), "key" if isinstance(container, dict) else "value")[0]
        if outer_start <= start < outer_end:
            places.append((start, document.span((*path, step))[1]))
    return sorted(places)


def _add(change: Change, document: Document, source: SourceText) -> Edit | None:
    container = _value(document, change.path)
    if not isinstance(container, dict) or not container:
        return None
    text = source.text
    start, end = document.span(change.path)
    if _is_shared(document, start, end) or _has_property(text, start):
        return None
    places = _children(document, change.path)
    if not places:
        return None
    if text[start] == "{":
        last = places[-1][1]
        comma = _LAST_COMMA.fullmatch(text, last, end - 1)
        found = _node(f"{{{change.text}}}")
        if comma is None or found is None:
            return None
        entry = _json(found[0])[1:-1] if _JSON.match(text) else change.text
        return Edit(source.file, last, last, f", {entry}")
    _, column = source.position(start)
    if text[start - column + 1 : start].strip(" -") or text[start] == "?":
        return None
    last_start, last_end = _last_scalar(document, change.path)
    while end > start and text[end - 1] in " \t\r\n":
        end -= 1
    if text[last_start:last_end][:1] in ("|", ">") and _ends_with_breaks(text, last_start, end):
        return None
    at = source.line_end(end)
    if not _is_rest(text[end:at]):
        return None
    newline = "\r\n" if "\r\n" in text else "\n"
    indent = " " * (column - 1)
    lines = [indent + line if line else line for line in change.text.rstrip("\n").split("\n")]
    return Edit(source.file, at, at, newline + newline.join(lines))


def _last_scalar(document: Document, path: Path) -> tuple[int, int]:
    """Where the value stands with which the text of the value at `path` ends."""
    offsets = document.spans.offsets
    start, end = document.span(path)
    last = max(at for at in range(0, len(offsets), 2) if start <= offsets[at] and offsets[at + 1] <= end)
    return offsets[last], offsets[last + 1]


def _ends_with_breaks(text: str, start: int, end: int) -> bool:
    """Whether the block scalar at `start` keeps the line breaks at its end, or has none at the end of the text."""
    header = text[start : start + 4].split("\n", maxsplit=1)[0]
    return "+" in header or end == len(text)
