"""What the parts of a request may be: paths, methods, values of headers and of parameters, names of tokens."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from istiolint.regions.languages import (
    ALL,
    ANYTHING,
    EMPTY,
    OTHER,
    Chars,
    Language,
    both,
    char_set,
    chars,
    exact,
    minus,
    nicest,
    prefix,
    refined,
    repeat,
    then,
    union,
)
from istiolint.regions.minterms import Domain

if TYPE_CHECKING:
    from collections.abc import Iterable

PRINTED = char_set(map(chr, range(0x20, 0x7F)))
PLAIN = PRINTED & ~char_set(" ")
TOKEN = PLAIN & ~char_set('"(),/:;<=>?@[\\]{}')
PATH = PLAIN & ~char_set("?#")
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")

METHOD = Domain(repeat(chars(TOKEN), 1), TOKEN, METHODS)
QUERY = Domain(ANYTHING, PLAIN & ~char_set("&#"))
NO_SLASH = PLAIN & ~char_set("/")
PRINCIPAL = Domain(then(repeat(chars(PLAIN), 1), exact("/"), repeat(chars(NO_SLASH), 1)), PLAIN)
"""`iss/sub`, of which the subject has no slash."""
HOST = PLAIN & ~char_set('"#/<>?@[\\]^`{|}') & ~char_set("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def header_values(languages: Iterable[Language]) -> Domain:
    """Values of headers: no space begins or ends them."""
    if not _mentions(languages, " "):
        return Domain(ANYTHING, PLAIN)
    inner = then(chars(PLAIN), ANYTHING)
    return Domain(union(EMPTY, both(inner, then(ANYTHING, chars(PLAIN)))), PRINTED)


def paths(languages: Iterable[Language], mode: str) -> Domain:
    """Paths as a proxy sees them, for a `meshConfig.pathNormalization`: those that it leaves as they are."""
    languages = tuple(languages)
    alphabet = PATH
    allowed = prefix("/")
    if mode == "NONE":
        return Domain(allowed, alphabet, ("/",))
    alphabet &= ~char_set("\\")
    if _mentions(languages, "."):
        allowed = minus(allowed, _dotted())
    else:
        alphabet &= ~char_set(".")
    if _mentions(languages, "%"):
        allowed = minus(allowed, _badly_escaped(mode == "DECODE_AND_MERGE_SLASHES"))
    else:
        alphabet &= ~char_set("%")
    if "MERGE" in mode:
        allowed = minus(allowed, then(ANYTHING, exact("//"), ANYTHING))
    return Domain(allowed, alphabet, ("/",))


def hosts(pattern: str, port: int) -> Domain:
    """Authorities that a name, or a wildcard, means, with the port or without; without a name: all."""
    if not pattern:
        return Domain(repeat(chars(HOST), 1), HOST)
    ported = union(EMPTY, exact(f":{port}"))
    if not pattern.startswith("*"):
        return Domain(then(exact(pattern), ported), HOST)
    label = repeat(chars(HOST & ~char_set(".:")), 1)
    return Domain(then(label, exact(pattern[1:]), ported), HOST)


def _mentions(languages: Iterable[Language], character: str) -> bool:
    """Whether some language tells a character from all that people like better."""
    masks: dict[Chars, None] = {}
    todo = list(languages)
    while todo:
        language = todo.pop()
        if character in language.text:
            return True
        if language.mask:
            masks[language.mask] = None
        todo += language.parts
    bit = char_set(character)
    inside = ALL & ~(1 << OTHER)
    for mask in masks and refined([tuple(masks)]):
        if mask & bit:
            return nicest(mask & inside) == character
        inside &= ~mask
    return bool(masks) and nicest(inside) == character


@lru_cache(maxsize=1)
def _dotted() -> Language:
    """Paths with a segment `.` or `..`."""
    dots = then(ANYTHING, exact("/."), union(EMPTY, exact(".")))
    return union(dots, then(dots, exact("/"), ANYTHING))


@lru_cache(maxsize=2)
def _badly_escaped(slashes: bool) -> Language:
    """Paths with an escape that a proxy writes in another way; `slashes`: also those of slashes."""
    from istiolint.trace.patterns import normalise

    mode = "DECODE_AND_MERGE_SLASHES" if slashes else "BASE"
    digits = "0123456789ABCDEFabcdef"
    pairs = [
        exact(f"{one}{two}") for one in digits for two in digits if normalise(f"/%{one}{two}", mode) != f"/%{one}{two}"
    ]
    return then(ANYTHING, exact("%"), union(*pairs), ANYTHING)
