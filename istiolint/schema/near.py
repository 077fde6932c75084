"""Which known word was meant by one that is not known."""

from __future__ import annotations

from collections.abc import Iterable


def distance(one: str, other: str, most: int) -> int:
    """How many letters to insert, delete, replace or swap with a neighbour; anything over `most` counts as `most` + 1."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, above, row = row, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a != b))
            row.append(cost)
        if i > 1:
            _swap(one, other, i, row, above_above)
        above_above = before
        if min(row) > most:
            return most + 1
    return row[-1]


def _swap(one: str, other: str, i: int, row: list[int], two_above: list[int]) -> None:
    """Let two neighbours that changed places count as one mistake."""
    for j in range(2, len(row)):
        if one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
            row[j] = min(row[j], two_above[j - 2] + 1)


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that `word` was surely meant to be; empty where none is near enough."""
    most = 1 if len(word) < 5 else 2 if len(word) < 10 else 3
    best, least = "", most + 1
    for candidate in known:
        if candidate != word and (far := distance(word, candidate, least)) < least:
            best, least = candidate, far
    return best


def folded(word: str) -> str:
    """A word without the differences of snake_case, kebab-case, camelCase and UPPER_CASE."""
    return word.replace("_", "").replace("-", "").replace(" ", "").casefold()


def same_but_case(word: str, known: Iterable[str]) -> str:
    """The known word that differs in case, underscores and hyphens only; empty where there is none."""
    wanted = folded(word)
    for candidate in known:
        if candidate != word and folded(candidate) == wanted:
            return candidate
    return ""
