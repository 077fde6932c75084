"""Laws of repairs: a change does what it says and nothing else, or it is not offered."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from istiolint.finding import Change, Path, Repair
from istiolint.fix import apply, fix_of
from istiolint.source.document import Document
from istiolint.source.reader import read
from istiolint.source.spans import SpanTable
from istiolint.source.text import SourceText

from .manifests import mappings, styles, written
from .test_reading import comments, walk

NEW = {"new": "new", "7": 7, "'q'": "q", "true": True, '"a: b"': "a: b", "*.example.com": "*.example.com", "~": None}


def document_of(text: str) -> Document:
    part = next(part for part in read(text) if isinstance(part.value, dict))
    return Document("f", 0, part.value, SpanTable(part.value, part.offsets))


def changed(text: str, *changes: Change) -> str | None:
    """The text with a repair made; None where it cannot be made."""
    source = SourceText("f", text)
    fix = fix_of(Repair("", changes), document_of(text), lambda _: source, safe=True)
    return None if fix is None else apply(text, fix.edits)


def expected(value: Any, change: Change, new: Any) -> Any:
    """The value that a change should leave."""
    value = copy.deepcopy(value)
    parent = value
    for step in change.path[:-1]:
        parent = parent[step]
    last = change.path[-1] if change.path else None
    if change.op == "set":
        parent[last] = new
    elif change.op == "remove":
        del parent[last]
    elif change.op == "rename":
        entries = {change.text if key == last else key: child for key, child in parent.items()}
        parent.clear()
        parent.update(entries)
    else:
        (parent if last is None else parent[last])["zzz"] = {"deep": [1]}
    return value


def change_of(op: str, path: Path, text: str) -> Change:
    return Change(
        op, path, {"add": "zzz:\n  deep: [1]" if text == "new" else "zzz: {deep: [1]}", "rename": "zzz"}.get(op, text)
    )  # type: ignore[arg-type]


def decorated(text: str, remarks: list[str]) -> str:
    """The text with a comment behind every line that can have one."""
    return "\n".join(f"{line} {remarks[n % len(remarks)]}".rstrip(" ") for n, line in enumerate(text.split("\n")))


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, Any, Change, Any]:
    """A manifest, its value, a change somewhere in it, and what the change's text means."""
    value, style = draw(mappings), draw(styles)
    manifest = written(value, style)
    if style["default_flow_style"] is False and style["width"] > 1000 and style["string_style"] in ('"', "'"):
        manifest = decorated(manifest, draw(st.lists(comments, min_size=7, max_size=7)))
    parts = read(manifest)
    assume(len(parts) == 1 and parts[0].value == value)
    op = draw(st.sampled_from(["set", "remove", "rename", "add"]))
    path = draw(st.sampled_from([path for path, _ in walk(value) if path or op == "add"]))
    assume(op != "rename" or isinstance(path[-1], str))
    text = draw(st.sampled_from(list(NEW)))
    return manifest, value, change_of(op, path, text), NEW[text]


@given(cases())
@settings(max_examples=400, suppress_health_check=[HealthCheck.filter_too_much])
def test_a_change_does_what_it_says(case: tuple[str, Any, Change, Any]) -> None:
    manifest, value, change, new = case
    after = changed(manifest, change)
    if after is None:
        return
    (part,) = read(after)
    assert part.problems == ()
    assert list(walk(part.value)) == list(walk(expected(value, change, new)))
