"""Is this name a misspelling of that one? Nearest names without comparing all with all."""

from __future__ import annotations

from collections.abc import Iterable

SEPARATORS = "-._/"
LONGEST = 253
"""No name of a host or an object is longer; what is longer resembles nothing."""
SURE = 5
"""A word must have so many letters before one wrong letter makes it a misspelling: `cart` and `card` are two words."""


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

    Not for short words, digits, plurals, or one-letter parts: `web1` and `web2`, `order` and `orders`, `app-a` and
    `app-b` are names of a family.
    """
    if not edit_apart(wrong, right):
        return False
    start = _common(wrong, right)
    end = _common(wrong[start:][::-1], right[start:][::-1])
    changes = [name[start : len(name) - end] for name in (wrong, right)]
    if all(not change or change in SEPARATORS for change in changes):
        return min(len(wrong), len(right)) >= SURE + 3
    for name, change in zip((wrong, right), changes, strict=True):
        left, after = _last_word(name[:start]), _first_word(name[len(name) - end :])
        if len(left) + len(change) + len(after) < SURE or not (left or after):
            return False
        if any(letter.isdigit() or letter in SEPARATORS for letter in change) or (change == "s" and not after):
            return False
    return True


def _numbered(one: str, other: str) -> bool:
    """Whether two names that are one edit apart have another digit in one place."""
    at = _common(one, other)
    return len(one) == len(other) and one[at].isdigit() and other[at].isdigit() and one[at + 1 :] == other[at + 1 :]


def _last_word(text: str) -> str:
    return text[max(text.rfind(separator) for separator in SEPARATORS) + 1 :]


def _first_word(text: str) -> str:
    ends = [at for separator in SEPARATORS if (at := text.find(separator)) >= 0]
    return text[: min(ends)] if ends else text


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
        """The name one slip away, a plain misspelling before others, then by alphabet; empty where there is none.

        Another number is no misspelling: who writes `v3` does not mean `v1`.
        """
        shapes = self._shapes
        if shapes is None:
            shapes = self._shapes = {}
            for known in self._names:
                for shape in _shapes(known):
                    shapes.setdefault(shape, []).append(known)
        found = {known for shape in _shapes(name) for known in shapes.get(shape, ()) if edit_apart(name, known)}
        found = {known for known in found if not _numbered(name, known)}
        return min(found, key=lambda known: (not misspelt(name, known), known), default="")


NOTHING = Names(())


def _shapes(name: str) -> set[str]:
    if len(name) > LONGEST:
        return {name}
    return {name, *(name[:at] + name[at + 1 :] for at in range(len(name)))}
