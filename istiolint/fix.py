"""Repairs as text edits: nothing but the named value, key or entry changes, comments and style stay."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from istiolint.finding import Change, Edit, Fix, Path, Repair
from istiolint.source.document import Document
from istiolint.source.text import SourceText

Texts = Callable[[str], SourceText]


def fix_of(repair: Repair, document: Document, texts: Texts, safe: bool) -> Fix | None:
    """The edits of a repair; None where one of its changes cannot be made without touching what it should not."""
    edits: list[Edit] = []
    for change in repair.changes:
        target = change.document or document
        edit = _edit(change, target, texts(target.file))
        if edit is None:
            return None
        edits.append(edit)
    return Fix(repair.title, tuple(edits), safe and repair.safe)


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


def _edit(change: Change, document: Document, source: SourceText) -> Edit | None:
    if change.op == "add":
        return _add(change, document, source)
    if not document.spans.exists(change.path):
        return None
    if change.op == "remove":
        return _remove(change.path, document, source)
    start, end = document.span(change.path, "key" if change.op == "rename" else "value")
    written = source.text[start:end]
    if change.op == "set" and ("\n" in written or isinstance(_value(document, change.path), dict | list)):
        return None
    text = change.text
    if start == end:  # an empty value: `key:` needs a space before what comes
        text = " " + text if source.text[start - 1 : start] not in (" ", "\t") else text
    return Edit(source.file, start, end, text)


def _value(document: Document, path: Path) -> Any:
    value: Any = document.value
    for step in path:
        value = value[step]
    return value


def _remove(path: Path, document: Document, source: SourceText) -> Edit | None:
    """Delete an entry or item with its line break (in flow style: its comma); not the only one of its container."""
    if not path:
        return None
    container = _value(document, path[:-1])
    if len(container) < 2:
        return None
    text = source.text
    is_entry = isinstance(path[-1], str)
    start = document.span(path, "key" if is_entry else "value")[0]
    end = document.span(path)[1]
    if text[document.span(path[:-1])[0]] in "{[":
        return _remove_from_flow(source, start, end)
    line_start = source.starts[source.position(start)[0] - 1]
    lead = text[line_start:start]
    while end > start and text[end - 1] in " \t\r\n":
        end -= 1
    line_end = source.line_end(end)
    if text[end:line_end].strip() and not text[end:line_end].lstrip().startswith("#"):
        return None
    if is_entry and lead.strip():  # the first entry of a list item stands behind the dash, which must stay
        if lead.strip(" \t-"):
            return None
        following = _next_content(text, line_end)
        return Edit(source.file, start, following, "") if following is not None else None
    if not is_entry and lead.strip(" \t") != "-":
        return None
    if line_end < len(text):
        line_end += 2 if text.startswith("\r\n", line_end) else 1
    return Edit(source.file, line_start, line_end, "")


def _next_content(text: str, at: int) -> int | None:
    """Where the next line that is no comment begins its text."""
    while at < len(text):
        end = text.find("\n", at + 1)
        end = len(text) if end < 0 else end
        line = text[at:end]
        if line.strip() and not line.lstrip().startswith("#"):
            return at + len(line) - len(line.lstrip())
        at = end
    return None


def _remove_from_flow(source: SourceText, start: int, end: int) -> Edit:
    text = source.text
    after = end
    while text[after] in " \t\r\n":
        after += 1
    if text[after] == ",":
        after += 1
        while text[after] in " \t":
            after += 1
        return Edit(source.file, start, after, "")
    before = start
    while text[before - 1] in " \t\r\n":
        before -= 1
    return Edit(source.file, before - 1 if text[before - 1] == "," else start, end, "")


def _add(change: Change, document: Document, source: SourceText) -> Edit | None:
    if not document.spans.exists(change.path):
        return None
    container = _value(document, change.path)
    if not isinstance(container, dict) or not container:
        return None
    text = source.text
    last = (*change.path, list(container)[-1])
    start, end = document.span(change.path)
    if text[start] == "{":
        return (
            None
            if "\n" in change.text
            else Edit(source.file, document.span(last)[1], document.span(last)[1], f", {change.text}")
        )
    key = document.span((*change.path, next(iter(container))), "key")[0]
    column = source.position(key)[1] - 1
    while end > start and text[end - 1] in " \t\r\n":
        end -= 1
    at = source.line_end(end)
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = [" " * column + line for line in change.text.rstrip("\n").split("\n")]
    return Edit(source.file, at, at, newline + newline.join(lines))
