"""The small path language in which cards say where they look.

    spec.http[*].route[*].destination     `[*]` any item of a list
    spec.subsets[*].labels{*}             `{*}` any value of a mapping
    spec.{tcp,tls}[*].match               `{a,b.c}` alternatives, which may be paths themselves
    metadata.annotations["a.b/c"]         a key with special characters

An empty path is the value itself. Null counts as absent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from istiolint.finding import Path

Found = list[tuple[Path, Any]]
Finder = Callable[[Any], Found]
Step = tuple[str, Any]

_NAME = re.compile(r"[^.\[\]{},\"]+")


class PathError(ValueError):
    """A path that is not written as this language asks; the message says where."""


def compile_path(text: str) -> Finder:
    """A function from a value to all (path, value) pairs that `text` names in it, in order."""
    steps, end = _sequence(text, 0, "")
    if end != len(text):
        raise PathError(f"{text!r}: unexpected {text[end]!r} at character {end + 1}")

    def find(value: Any) -> Found:
        return list(_walk(value, (), steps, 0))

    return find


def _sequence(text: str, at: int, closing: str) -> tuple[list[Step], int]:
    """The steps from `at` up to the end, or to one of the characters of `closing`."""
    steps: list[Step] = []
    while at < len(text) and text[at] not in closing:
        if text.startswith("[*]", at):
            steps.append(("items", None))
            at += 3
        elif text.startswith("{*}", at):
            steps.append(("values", None))
            at += 3
        elif text.startswith('["', at):
            close = text.find('"]', at)
            if close < 0:
                raise PathError(f'{text!r}: missing "] after character {at + 1}')
            steps.append(("key", text[at + 2 : close]))
            at = close + 2
        elif text[at] == "{":
            options = []
            while True:
                option, at = _sequence(text, at + 1, ",}")
                options.append(option)
                if at >= len(text):
                    raise PathError(f"{text!r}: a {{ is not closed")
                if text[at] == "}":
                    break
            steps.append(("any", options))
            at += 1
        elif text[at] == ".":
            at += 1
        else:
            name = _NAME.match(text, at)
            if not name:
                raise PathError(f"{text!r}: unexpected {text[at]!r} at character {at + 1}")
            steps.append(("key", name[0]))
            at = name.end()
    return steps, at


def _walk(value: Any, path: Path, steps: list[Step], at: int) -> Iterator[tuple[Path, Any]]:
    while at < len(steps):
        op, operand = steps[at]
        at += 1
        if op == "key":
            if not isinstance(value, dict) or (value := value.get(operand)) is None:
                return
            path = (*path, operand)
            continue
        if op == "any":
            for option in operand:
                yield from _walk(value, path, option + steps[at:], 0)
            return
        if op == "items" and isinstance(value, list):
            pairs: Any = enumerate(value)
        elif op == "values" and isinstance(value, dict):
            pairs = value.items()
        else:
            return
        for key, child in pairs:
            if child is not None:
                yield from _walk(child, (*path, key), steps, at)
        return
    yield path, value
