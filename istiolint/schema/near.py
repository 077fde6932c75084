"""Which known word was meant by one that is not known."""

from __future__ import annotations

from collections.abc import Iterable


def distance(one: str, other: str, most: int) -> int:
    """How many letters to insert, delete, replace or swap with a neighbour; more than `most` counts as `most` + 1."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    above: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        two_above, above, row = above, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                cost = min(cost, two_above[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


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
    same = [candidate for candidate in known if candidate != word and folded(candidate) == wanted]
    return next((one for one in same if one.casefold() == word.casefold()), same[0] if same else "")
