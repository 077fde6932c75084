"""The small path language in which cards say where they look.

    spec.http[*].route[*].destination     `[*]` any item of a list
    spec.subsets[*].labels{*}             `{*}` any value of a mapping
    spec.{tcp,tls}[*].match               `{a,b.c}` alternatives, which may be paths themselves
    metadata.annotations["a.b/c"]         a key with special characters

An empty path is the value itself. Null counts as absent.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from istiolint.finding import Path

Found = list[tuple[Path, Any]]
Finder = Callable[[Any], Found]
Walk = Callable[[Any, Path, Found], None]
Step = tuple[str, Any]

_NAME = re.compile(r"[^.\[\]{},\"]+")


class PathError(ValueError):
    """A path that is not written as this language asks; the message says where."""


def compile_path(text: str) -> Finder:
    """A function from a value to all (path, value) pairs that `text` names in it, in order."""
    steps, end = _sequence(text, 0, "")
    if end != len(text):
        raise PathError(f"{text!r}: unexpected {text[end]!r} at character {end + 1}")
    walk = _compiled(steps, _found)

    def find(value: Any) -> Found:
        found: Found = []
        walk(value, (), found)
        return found

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


def _found(value: Any, path: Path, found: Found) -> None:
    found.append((path, value))


def _compiled(steps: list[Step], then: Walk) -> Walk:
    """The steps as one function, from the last one to the first, each of which calls the next."""
    for op, operand in reversed(steps):
        if op == "key":
            then = _key(operand, then)
        elif op == "any":
            then = _any([_compiled(option, then) for option in operand])
        else:
            then = _children(list if op == "items" else dict, then)
    return then


def _key(name: str, then: Walk) -> Walk:
    def walk(value: Any, path: Path, found: Found) -> None:
        if isinstance(value, dict) and (child := value.get(name)) is not None:
            then(child, (*path, name), found)

    return walk


def _any(options: list[Walk]) -> Walk:
    def walk(value: Any, path: Path, found: Found) -> None:
        for option in options:
            option(value, path, found)

    return walk


def _children(container: type[dict[Any, Any] | list[Any]], then: Walk) -> Walk:
    def walk(value: Any, path: Path, found: Found) -> None:
        if isinstance(value, container):
            pairs: Any = value.items() if isinstance(value, dict) else enumerate(value)
            for key, child in pairs:
                if child is not None:
                    then(child, (*path, key), found)

    return walk
