"""Gives an object its indentation back, which text loses on its way through web pages and mails.

What belongs below what is read from the schema: a line goes to the innermost open mapping that has such a field, an
item to the innermost open list whose items look like it.
"""

from __future__ import annotations

import re

from istiolint.records import NamedTuple
from istiolint.schema.store import NEWEST, Json, Schemas, release, schemas
from istiolint.schema.tree import child

_HEADS = {name: re.compile(rf"^{name}:[ \t]*(\S+)[ \t]*$", re.MULTILINE) for name in ("apiVersion", "kind")}
_FLAT = re.compile(r"^spec:[ \t]*(?:#.*)?\r?\n(?!(?:[ \t\r\n#]|status:|---))", re.MULTILINE)
"""A `spec` with nothing below it, and something behind it."""
_KEY = re.compile(r"""(?P<key>[\w./-]+|"[^"]*"|'[^']*'):(?:[ \t]+(?P<value>.*))?$""")
_COMMENT = re.compile(r"(?:^|\s)#")
_STEP = "  "


class _Open(NamedTuple):
    """A mapping or list that further lines may belong to."""

    node: Json
    indent: str
    is_list: bool
    has: set[str]
    """Keys of a mapping."""


def reindented(text: str) -> str | None:
    """The text of one object of Istio, all at the left margin, as it was; None where that is not so, or not clear."""
    if not _FLAT.search(text) or re.search(r"^[ \t]+\S", text, re.MULTILINE):
        return None
    heads = {name: pattern.findall(text) for name, pattern in _HEADS.items()}
    if any(len(found) != 1 for found in heads.values()):
        return None
    group, _, version = heads["apiVersion"][0].rpartition("/")
    known = schemas(group, heads["kind"][0])
    if known is None:
        return None
    placed = _Placer(known, known.root(version, release(NEWEST)))
    lines = [placed.line(line) for line in text.split("\n")]
    found = "\n".join(line for line in lines if line is not None)
    return None if placed.lost or found == text else found


class _Placer:
    """Goes through the lines, with what is open at each."""

    def __init__(self, known: Schemas, root: int) -> None:
        self._schemas = known
        self._open = [_Open(known.node(root), "", False, set())]
        self.lost = False
        """Whether a line has no place."""

    def line(self, text: str) -> str | None:
        """A line with its indentation; None once one has no place."""
        content = text.rstrip()
        if self.lost or not content or content.startswith("#") or content == "---":
            return text
        if content == "-" or content.startswith("- "):
            return self._item(content[1:].lstrip())
        return self._field(content)

    def _field(self, content: str) -> str | None:
        parts = _KEY.match(content)
        if parts is None:
            self.lost = True
            return None
        key = parts["key"].strip("\"'")
        at = self._mapping_for(key)
        if at is None:
            self.lost = True
            return None
        del self._open[at + 1 :]
        return self._placed(self._open[at].indent, "", content, key, parts["value"])

    def _item(self, content: str) -> str | None:
        parts = _KEY.match(content)
        for at in range(len(self._open) - 1, -1, -1):
            its = self._open[at]
            item = child(self._schemas, its.node, 0) if its.is_list else None
            if item is None:
                continue
            if parts is None:
                if item["type"] in ("object", "array"):
                    continue
                del self._open[at + 1 :]
                return f"{its.indent}- {content}"
            key = parts["key"].strip("\"'")
            if self._takes(item, key) is None:
                continue
            del self._open[at + 1 :]
            self._open.append(_Open(item, its.indent + _STEP, False, set()))
            return self._placed(its.indent, "- ", content, key, parts["value"])
        self.lost = True
        return None

    def _placed(self, indent: str, dash: str, content: str, key: str, value: str | None) -> str | None:
        """The line of a key in the innermost mapping, which opens what is below it."""
        its = self._open[-1]
        its.has.add(key)
        plain = _COMMENT.split(value or "", maxsplit=1)[0].strip()
        if plain[:1] in ("|", ">"):
            self.lost = True  # nobody knows which lines are those of the text
            return None
        below = self._takes(its.node, key)
        if not plain and below is not None and below["type"] in ("object", "array", "any"):
            is_list = below["type"] == "array"
            self._open.append(_Open(below, its.indent + ("" if is_list else _STEP), is_list, set()))
        return f"{indent}{dash}{content}"

    def _mapping_for(self, key: str) -> int | None:
        """The number of the open mapping that a key belongs to."""
        last = len(self._open) - 1
        inner = self._open[last]
        if not inner.is_list and not inner.has and self._takes(inner.node, key) is not None:
            return last
        free: int | None = None
        for at in range(last, -1, -1):
            its = self._open[at]
            if its.is_list or key in its.has:
                continue
            if key in its.node.get("fields", {}):
                return at
            if free is None and self._takes(its.node, key) is not None:
                free = at
        return free

    def _takes(self, node: Json, key: str) -> Json | None:
        """What a mapping has at `key`; None where it can have nothing there."""
        if node["type"] == "any":
            return {"type": "any"}
        return child(self._schemas, node, key) if node["type"] == "object" else None
