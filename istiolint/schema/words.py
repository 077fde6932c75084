"""How places and values of an object are called in messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from istiolint.finding import Path

TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "int-or-string": "a number or a text",
}
"""What a schema type is called."""


def place(path: Path) -> str:
    """A place as its fields are written in prose: `http[].route[]`; the spec is not named where something follows."""
    text = ""
    for step in path[1:] if len(path) > 1 and path[0] == "spec" else path:
        text += "[]" if isinstance(step, int) else f".{step}" if text else step
    return text or "the object"


def what(path: Path) -> str:
    """A value as its last two fields: `destination.host`, `hosts[0]`."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int) and parts:
            parts[-1] += f"[{step}]"
        else:
            parts.append(str(step))
    if parts[0] == "spec" and len(parts) > 1:
        parts = parts[1:]
    return ".".join(parts[-2:])


def given(value: Any) -> str:
    """What stands there instead: `a list`, `the text "80"`, `the number 80`."""
    if isinstance(value, str):
        return f'the text "{value}"' if value else "an empty text"
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else f"the number {value}"


def listed(names: Sequence[object], last: str = "or") -> str:
    """`a, b or c`."""
    words = [str(name) for name in names]
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def quoted(text: str) -> str:
    """A text as a YAML scalar in double quotes."""
    from json import dumps

    return dumps(text, ensure_ascii=False)
