"""The small path language in which cards say where they look.

    spec.http[*].route[*].destination     `[*]` any item of a list
    spec.subsets[*].labels{*}             `{*}` any value of a mapping
    spec.{tcp,tls}[*].match               `{a,b.c}` alternatives, which may be paths themselves
    metadata.annotations["a.b/c"]         a key with special characters

An empty path is the value itself. Null counts as absent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from istiolint.finding import Path

T = TypeVar("T")

Found = list[tuple[Path, Any, list[T]]]
"""Paths, the values there, and what belongs to the texts that name them."""
Finder = Callable[[Any], Found[T]]
_Walk = Callable[[Any, Path, list[Any]], None]
_Step = tuple[str, Any]

_NAME = re.compile(r"[^.\[\]{},\"]+")


class PathError(ValueError):
    """A path that is not written as this language asks; the message says where."""


def compile_path(text: str) -> Callable[[Any], list[tuple[Path, Any]]]:
    """A function from a value to all (path, value) pairs that `text` names in it, in order."""
    find = compile_paths([(text, None)])
    return lambda value: [(path, child) for path, child, marks in find(value) for _ in marks]


def compile_paths(texts: Iterable[tuple[str, T]]) -> Finder[T]:
    """A function that finds what several texts name in a value, in one walk; each text comes with a mark of its own.

    What lies above comes first, items of a list are in order, and alternatives as the first text has them.
    """
    tree = _Tree()
    for text, mark in texts:
        steps, end = _sequence(text, 0, "")
        if end != len(text):
            raise PathError(f"{text!r}: unexpected {text[end]!r} at character {end + 1}")
        tree.plant(steps, 0, mark, ())
    walk = tree.compiled()

    def find(value: Any) -> Found[T]:
        found: Found[T] = []
        walk(value, (), found)
        return found

    return find


def _sequence(text: str, at: int, closing: str) -> tuple[list[_Step], int]:
    """The steps from `at` up to the end, or to one of the characters of `closing`."""
    steps: list[_Step] = []
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


class _Tree:
    """Where several paths go on from one place."""

    __slots__ = ("branches", "marks")

    def __init__(self) -> None:
        self.marks: list[Any] = []
        """What is found here."""
        self.branches: dict[_Step, _Tree] = {}

    def plant(self, steps: list[_Step], at: int, mark: Any, after: tuple[tuple[list[_Step], int], ...]) -> None:
        """Add the path of `steps` from number `at` on; `after` are the steps around, to go on with at the end."""
        if at < len(steps):
            op, operand = steps[at]
            if op == "any":
                for option in operand:
                    self.plant(option, 0, mark, ((steps, at + 1), *after))
            else:
                self.branches.setdefault((op, operand), _Tree()).plant(steps, at + 1, mark, after)
        elif after:
            self.plant(*after[0], mark, after[1:])
        else:
            self.marks.append(mark)

    def compiled(self) -> _Walk:
        """As one function, which calls those of the branches."""
        walks = [_marking(self.marks)] if self.marks else []
        keys = [tree.chain(name) for (op, name), tree in self.branches.items() if op == "key"]
        if keys:
            walks.append(_keys(keys))
        for (op, _), tree in self.branches.items():
            if op != "key":
                walks.append((_items if op == "items" else _values)(tree.compiled()))
        return walks[0] if len(walks) == 1 else _all(walks)

    def chain(self, *keys: str) -> tuple[tuple[str, ...], _Walk]:
        """The keys to here and on, up to where something is found or several ways part, and how it goes on there."""
        if not self.marks and len(self.branches) == 1:
            (op, name), tree = next(iter(self.branches.items()))
            if op == "key":
                return tree.chain(*keys, name)
        return keys, self.compiled()


def _marking(marks: list[Any]) -> _Walk:
    def walk(value: Any, path: Path, found: list[Any]) -> None:
        found.append((path, value, marks))

    return walk


def _all(walks: list[_Walk]) -> _Walk:
    def walk(value: Any, path: Path, found: list[Any]) -> None:
        for then in walks:
            then(value, path, found)

    return walk


def _keys(chains: list[tuple[tuple[str, ...], _Walk]]) -> _Walk:
    ways = [(keys[0], keys[1:], keys, then) for keys, then in chains]

    def walk(value: Any, path: Path, found: list[Any]) -> None:
        if type(value) is dict:
            for key, rest, keys, then in ways:
                child = value.get(key)
                for name in rest:
                    child = child.get(name) if type(child) is dict else None
                if child is not None:
                    then(child, path + keys, found)

    return walk


def _items(then: _Walk) -> _Walk:
    def walk(value: Any, path: Path, found: list[Any]) -> None:
        if type(value) is list:
            for index, child in enumerate(value):
                if child is not None:
                    then(child, (*path, index), found)

    return walk


def _values(then: _Walk) -> _Walk:
    def walk(value: Any, path: Path, found: list[Any]) -> None:
        if type(value) is dict:
            for key, child in value.items():
                if child is not None:
                    then(child, (*path, key), found)

    return walk
