"""Is this name a misspelling of that one? Nearest names without comparing all with all."""

from __future__ import annotations

from collections.abc import Iterable


def edit_apart(one: str, other: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours turns one name into the other."""
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if short == long or len(long) - len(short) > 1:
        return False
    start = _common(short, long)
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    return short[start + 1 :] == long[start + 1 :] or (
        short[start : start + 2] == long[start : start + 2][::-1] and short[start + 2 :] == long[start + 2 :]
    )


def misspelt(wrong: str, right: str) -> bool:
    """Whether `wrong` is so surely a slip for `right` that both being meant is out of the question.

    Not for short names, digits, plurals, or one-letter parts: `web1` and `web2`, `order` and `orders`, `app-a` and
    `app-b` are names of a family.
    """
    if min(len(wrong), len(right)) < 5 or not edit_apart(wrong, right):
        return False
    start = _common(wrong, right)
    end = _common(wrong[start:][::-1], right[start:][::-1])
    for name in (wrong, right):
        changed = name[start : len(name) - end]
        if any(letter.isdigit() for letter in changed):
            return False
        left, after = name[:start], name[len(name) - end :]
        if changed and (not left or left[-1] in "-._") and (not after or after[0] in "-._"):
            return False
        if changed == "s" and (not after or after[0] in "-._"):
            return False
    return True


def _common(one: str, other: str) -> int:
    length = 0
    for first, second in zip(one, other, strict=False):
        if first != second:
            break
        length += 1
    return length


class Names:
    """A set of names that finds the ones a single slip away; made once, asked often."""

    __slots__ = ("_names", "_shapes")

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._shapes: dict[str, list[str]] | None = None

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def __len__(self) -> int:
        return len(self._names)

    def nearest(self, name: str) -> str:
        """The name one slip away, a plain misspelling before others, then by alphabet; empty where there is none."""
        shapes = self._shapes
        if shapes is None:
            shapes = self._shapes = {}
            for known in self._names:
                for shape in _shapes(known):
                    shapes.setdefault(shape, []).append(known)
        found = {known for shape in _shapes(name) for known in shapes.get(shape, ()) if edit_apart(name, known)}
        return min(found, key=lambda known: (not misspelt(name, known), known), default="")


def _shapes(name: str) -> set[str]:
    return {name, *(name[:at] + name[at + 1 :] for at in range(len(name)))}
