"""Which of several languages have a text in common that none of the others has: one text for every such choice."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from istiolint.records import NamedTuple
from istiolint.regions.languages import (
    ALL,
    ANYTHING,
    BUDGET,
    EMPTY,
    NOTHING,
    Chars,
    Language,
    TooMany,
    derive,
    minus,
    refined,
    shortest,
    splits,
    steps,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


class Domain(NamedTuple):
    """The texts that come into question at all."""

    language: Language = ANYTHING
    alphabet: Chars = ALL
    candidates: tuple[str, ...] = ()
    """Texts of it that people know, and that are taken before all others, the best first."""


class Minterms(NamedTuple):
    """For each choice of languages that have a text in common one such text, the nicest first."""

    texts: dict[int, str]
    """By the choice: bit n stands for language n."""
    complete: bool = True
    """Whether there is no other choice."""


class _State(NamedTuple):
    """Where the automata of all languages are after some text."""

    domain: Language
    open: tuple[tuple[int, Language], ...]
    """Bits and states of those that depend on what follows."""
    decided: int
    """Bits of those that take whatever follows."""


@lru_cache(maxsize=4096)
def minterms(languages: tuple[Language, ...], domain: Domain, budget: int = BUDGET) -> Minterms:
    """All choices of some languages, by a walk through their automata, from short texts to long ones."""
    found: dict[int, str] = {}
    for text in domain.candidates:
        vector = sum(1 << at for at, language in enumerate(languages) if text in language)
        found.setdefault(vector, text)
    start = _state(domain.language, ((1 << at, it) for at, it in enumerate(languages)), 0)
    seen = {start}
    ends = [("", start)]
    while ends:
        longer: list[tuple[str, _State]] = []
        for text, state in ends:
            if not state.open:
                if (
                    not found.get(state.decided)
                    and (rest := _shortest(state.domain, domain.alphabet, text)) is not None
                ):
                    found[state.decided] = text + rest
                continue
            vector = state.decided
            for bit, language in state.open:
                if language.nullable:
                    vector |= bit
            if state.domain.nullable and not found.get(vector):
                found[vector] = text
            division = refined([splits(state.domain), *[splits(it) for _, it in state.open]])
            for character in steps(division, domain.alphabet):
                allowed = derive(state.domain, character)
                if allowed is NOTHING:
                    continue
                after = _state(allowed, [(bit, derive(it, character)) for bit, it in state.open], state.decided)
                if after not in seen:
                    seen.add(after)
                    longer.append((text + character, after))
            if len(seen) > budget:
                return Minterms(found, False)
        ends = longer
    return Minterms(found)


def _state(domain: Language, states: Iterable[tuple[int, Language]], decided: int) -> _State:
    still = []
    for bit, language in states:
        if language is ANYTHING:
            decided |= bit
        elif language is not NOTHING:
            still.append((bit, language))
    return _State(domain, tuple(still), decided)


def _shortest(domain: Language, alphabet: Chars, before: str) -> str | None:
    """The shortest rest of a text; not an empty one where that would make the whole text empty, if there is another."""
    if domain is ANYTHING and before:
        return ""
    try:
        rest = shortest(domain, alphabet)
        if rest == "" and not before:
            rest = shortest(minus(domain, EMPTY), alphabet) or ""
    except TooMany:
        return None
    return rest
