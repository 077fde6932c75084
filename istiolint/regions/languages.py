"""Regular languages of texts: extended regular expressions, and their Brzozowski derivatives.

A language is an immutable tree. Its derivative by a character is what may follow that character; taken again and again,
there are only finitely many of them, which are the states of an automaton that is never built as a whole.

Characters are those of ASCII, and one that stands for all others: languages here name none of the others.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal["nothing", "empty", "anything", "chars", "text", "then", "repeat", "union", "both", "not"]
Chars: TypeAlias = int
"""A set of characters: bit n is the character n, and bit 128 all that are not of ASCII."""

OTHER = 128
ALL: Chars = (1 << (OTHER + 1)) - 1
BUDGET = 5_000
"""States of an automaton that are looked at, unless somebody says how many."""

NICE = "xabcdefghijklmnopqrstuvwyz1234567890-/._~XABCDEFGHIJKLMNOPQRSTUVWYZ"
"""The characters that people like to read, the best first."""
_OTHERS = "".join(map(chr, (*range(33, 127), 32, *range(32), 127))) + "\u00e9"
RANK = {character: at for at, character in enumerate(dict.fromkeys(NICE + _OTHERS))}
"""How a character is liked: the less, the better."""


class TooMany(Exception):
    """An answer would take more states than may be looked at."""


class Language:
    """A set of texts. Made by the functions of this module only, which keep trees small."""

    __slots__ = ("_derived", "_hash", "_splits", "kind", "least", "mask", "most", "nullable", "parts", "text")

    def __init__(
        self, kind: Kind, nullable: bool, parts: tuple[Language, ...] = (), *, text: str = "", mask: Chars = 0,
        least: int = 0, most: int | None = None,
    ) -> None:  # fmt: skip
        self.kind = kind
        self.nullable = nullable
        """Whether the empty text is in it."""
        self.parts = parts
        self.text = text
        self.mask = mask
        self.least = least
        self.most = most
        self._hash = hash((kind, parts, text, mask, least, most))
        self._derived: dict[str, Language] = {}
        self._splits: tuple[Chars, ...] | None = None

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Language)
            and self._hash == other._hash
            and (self.kind, self.parts, self.text, self.mask, self.least, self.most)
            == (other.kind, other.parts, other.text, other.mask, other.least, other.most)
        )

    def __repr__(self) -> str:
        said = [repr(it) for it in (*self.parts, self.text, self.mask, self.least, self.most) if it]
        return f"{self.kind}({', '.join(said)})"

    def __contains__(self, given: str) -> bool:
        return derive(self, given).nullable


NOTHING = Language("nothing", False)
"""No text."""
EMPTY = Language("empty", True)
"""The empty text only."""
ANYTHING = Language("anything", True)
"""All texts."""


def chars(mask: Chars) -> Language:
    """Texts of one of these characters."""
    return Language("chars", False, mask=mask) if mask else NOTHING


def char_set(written: Iterable[str]) -> Chars:
    """The set of these characters of ASCII."""
    mask = 0
    for character in written:
        mask |= 1 << ord(character)
    return mask


def exact(given: str) -> Language:
    """Just this text of ASCII."""
    return Language("text", False, text=given) if given else EMPTY


def folded(given: str) -> Language:
    """This text of ASCII, in upper or lower case."""
    found = EMPTY
    for character in reversed(given):
        cases = {character.lower(), character.upper()}
        found = then(chars(char_set(cases)) if len(cases) > 1 else exact(character), found)
    return found


def prefix(given: str) -> Language:
    """All texts that begin so."""
    return then(exact(given), ANYTHING)


def suffix(given: str) -> Language:
    """All texts that end so."""
    return then(ANYTHING, exact(given))


def then(*parts: Language) -> Language:
    """A text of each, one after the other."""
    found = EMPTY
    for part in reversed(parts):
        found = _then(part, found)
    return found


def _then(left: Language, right: Language) -> Language:
    if left is NOTHING or right is NOTHING:
        return NOTHING
    if left is EMPTY:
        return right
    if right is EMPTY:
        return left
    if left.kind == "then":
        return _then(left.parts[0], _then(left.parts[1], right))
    first = right.parts[0] if right.kind == "then" else right
    if left is ANYTHING is first:
        return right
    if left.kind == first.kind == "text":
        joined = exact(left.text + first.text)
        return joined if first is right else _then(joined, right.parts[1])
    return Language("then", left.nullable and right.nullable, (left, right))


def repeat(inner: Language, least: int = 0, most: int | None = None) -> Language:
    """`least` to `most` texts of a language; None: any number."""
    if most == 0 or inner is EMPTY:
        return EMPTY
    if inner is NOTHING:
        return EMPTY if not least else NOTHING
    if inner is ANYTHING or (least, most) == (1, 1):
        return inner
    if inner.mask == ALL and (least, most) == (0, None):
        return ANYTHING
    return Language("repeat", not least or inner.nullable, (inner,), least=least, most=most)


def union(*parts: Language) -> Language:
    """What is in one of them at least."""
    found: dict[Language, None] = {}
    mask = 0
    for part in parts:
        for it in part.parts if part.kind == "union" else (part,):
            if it is ANYTHING:
                return ANYTHING
            mask |= it.mask
            if it is not NOTHING and not it.mask:
                found[it] = None
    if mask:
        found[chars(mask)] = None
    if EMPTY in found and any(it.nullable for it in found if it is not EMPTY):
        del found[EMPTY]
    return _several("union", found, NOTHING)


def both(*parts: Language) -> Language:
    """What is in all of them."""
    found: dict[Language, None] = {}
    mask: Chars | None = None
    for part in parts:
        for it in part.parts if part.kind == "both" else (part,):
            if it is NOTHING:
                return NOTHING
            if it.mask:
                mask = it.mask if mask is None else mask & it.mask
            elif it is not ANYTHING:
                found[it] = None
    if mask is not None:
        found[chars(mask)] = None
        if not mask or EMPTY in found:
            return NOTHING
    return _several("both", found, ANYTHING)


def _several(kind: Literal["union", "both"], found: dict[Language, None], none: Language) -> Language:
    if len(found) < 2:
        return next(iter(found), none)
    parts = tuple(sorted(found, key=hash))
    return Language(kind, (any if kind == "union" else all)(it.nullable for it in parts), parts)


def without(inner: Language) -> Language:
    """All texts but these."""
    if inner.kind == "not":
        return inner.parts[0]
    if inner is ANYTHING:
        return NOTHING
    return ANYTHING if inner is NOTHING else Language("not", not inner.nullable, (inner,))


def minus(one: Language, other: Language) -> Language:
    """What is in `one`, and not in `other`."""
    return both(one, without(other))


# Derivatives


def derive(language: Language, given: str) -> Language:
    """What may follow a text: the rests of all texts of the language that begin with it."""
    for character in given:
        found = language._derived.get(character)
        if found is None:
            found = language._derived[character] = _derive(language, character)
        language = found
        if language is ANYTHING or language is NOTHING:
            break
    return language


def _derive(language: Language, character: str) -> Language:
    parts = language.parts
    match language.kind:
        case "anything":
            return ANYTHING
        case "chars":
            return EMPTY if language.mask >> min(ord(character), OTHER) & 1 else NOTHING
        case "text":
            return exact(language.text[1:]) if language.text[0] == character else NOTHING
        case "then":
            found = _then(derive(parts[0], character), parts[1])
            return union(found, derive(parts[1], character)) if parts[0].nullable else found
        case "repeat":
            most = None if language.most is None else language.most - 1
            rest = repeat(parts[0], max(language.least - 1, 0), most)
            return _then(derive(parts[0], character), rest)
        case "union":
            return union(*[derive(it, character) for it in parts])
        case "both":
            return both(*[derive(it, character) for it in parts])
        case "not":
            return without(derive(parts[0], character))
    return NOTHING


def splits(language: Language) -> tuple[Chars, ...]:
    """Sets of characters by which, as by all that are in none of them, the derivatives are the same."""
    found = language._splits
    if found is None:
        found = language._splits = _split(language)
    return found


def _split(language: Language) -> tuple[Chars, ...]:
    parts = language.parts
    match language.kind:
        case "chars":
            return (language.mask,)
        case "text":
            return (1 << ord(language.text[0]),)
        case "then":
            left, right = parts
            return refined((splits(left), splits(right))) if left.nullable else splits(left)
        case "repeat" | "not":
            return splits(parts[0])
        case "union" | "both":
            return refined([splits(it) for it in parts])
    return ()


def refined(several: Iterable[tuple[Chars, ...]]) -> tuple[Chars, ...]:
    """The finest sets that some divisions have in common; the rest is one more."""
    found: list[Chars] = []
    for mask in dict.fromkeys(mask for division in several for mask in division):
        rest = mask
        divided: list[Chars] = []
        for one in found:
            common = one & rest
            if common and common != one:
                divided += (common, one ^ common)
            else:
                divided.append(one)
            rest &= ~common
        if rest:
            divided.append(rest)
        found = divided
    return tuple(found)


def steps(division: tuple[Chars, ...], alphabet: Chars = ALL) -> list[str]:
    """A character of each set of a division, and of the rest: those that people like to read first."""
    rest = alphabet
    for mask in division:
        rest &= ~mask
    found = [nicest(mask & alphabet) for mask in (*division, rest) if mask & alphabet]
    return sorted(found, key=RANK.__getitem__)


@lru_cache(maxsize=4096)
def nicest(mask: Chars) -> str:
    """The character of a set that people like best."""
    return next(character for character in RANK if mask & (1 << min(ord(character), OTHER)))


def shortest(language: Language, alphabet: Chars = ALL, budget: int = BUDGET) -> str | None:
    """The shortest text of a language (of these characters), of several the nicest; None: there is none.

    Raises TooMany where more states would have to be looked at than the budget allows.
    """
    if language.nullable:
        return ""
    seen = {language}
    ends = [("", language)]
    while ends:
        longer: list[tuple[str, Language]] = []
        for text, state in ends:
            for character in steps(splits(state), alphabet):
                after = derive(state, character)
                if after.nullable:
                    return text + character
                if after is not NOTHING and after not in seen:
                    seen.add(after)
                    if len(seen) > budget:
                        raise TooMany
                    longer.append((text + character, after))
        ends = longer
    return None


def is_empty(language: Language, alphabet: Chars = ALL, budget: int = BUDGET) -> bool:
    """Whether a language has no text (of these characters). Raises TooMany, as `shortest` does."""
    return language is NOTHING or shortest(language, alphabet, budget) is None
