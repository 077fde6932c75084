"""Regular expressions of RE2, which match the whole of a text, as languages."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from istiolint.records import NamedTuple
from istiolint.regions.languages import (
    ALL,
    ANYTHING,
    EMPTY,
    OTHER,
    Chars,
    Language,
    char_set,
    chars,
    exact,
    repeat,
    then,
    union,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Iterable

LOWER = char_set("abcdefghijklmnopqrstuvwxyz")
UPPER = char_set("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
DIGITS = char_set("0123456789")
WORD = LOWER | UPPER | DIGITS | char_set("_")
SPACE = char_set("\t\n\f\r ")
ASCII: Chars = ALL & ~(1 << OTHER)
PERL = {"d": DIGITS, "w": WORD, "s": SPACE}
PRINTED = char_set(map(chr, range(0x20, 0x7F)))
POSIX = {
    "alnum": LOWER | UPPER | DIGITS, "alpha": LOWER | UPPER, "ascii": ASCII, "blank": char_set("\t "),
    "cntrl": char_set(map(chr, (*range(32), 127))), "digit": DIGITS, "graph": PRINTED & ~char_set(" "),
    "lower": LOWER, "print": PRINTED, "punct": PRINTED & ~char_set(" ") & ~(LOWER | UPPER | DIGITS),
    "space": SPACE | char_set("\v"), "upper": UPPER, "word": WORD, "xdigit": DIGITS | char_set("abcdefABCDEF"),
}  # fmt: skip
CONTROLS = dict(zip("afnrtv", "\a\f\n\r\t\v", strict=True))


class _NotModelled(Exception):
    """The pattern uses something that has no language here."""


class _Mark(NamedTuple):
    """An anchor."""

    at_start: bool


class _Repeat(NamedTuple):
    """A part that is repeated."""

    inner: _Part
    least: int
    most: int | None


class _Alternatives(NamedTuple):
    """Sequences of parts, one of which is to match."""

    sequences: tuple[tuple[_Part, ...], ...]


_Part = Language | _Mark | _Repeat | _Alternatives


@lru_cache(maxsize=1024)
def re2_language(pattern: str) -> Language | None:
    """The texts that a pattern matches as a whole; None: RE2 refuses it, or it uses what is not modelled.

    Not modelled are word boundaries, classes by Unicode property, characters that are not of ASCII, and anchors in
    the midst of a text.
    """
    try:
        return _built(_read(pattern), True, True)
    except _NotModelled:
        return None


@lru_cache(maxsize=256)
def found_in(pattern: str) -> Language | None:
    """The texts in which a pattern is found somewhere; None as for `re2_language`."""
    found = []
    try:
        for parts in _read(pattern).sequences:
            begins = bool(parts) and isinstance(parts[0], _Mark) and parts[0].at_start
            ends = bool(parts) and isinstance(parts[-1], _Mark) and not parts[-1].at_start
            inner = _sequence(parts, begins, ends)
            found.append(then(EMPTY if begins else ANYTHING, inner, EMPTY if ends else ANYTHING))
    except _NotModelled:
        return None
    return union(*found)


def _read(pattern: str) -> _Alternatives:
    """The parts of a pattern. Raises _NotModelled."""
    from istiolint.admission.re2 import scan

    found = scan(pattern)
    if found.problem is not None or found.envoy is not None or not pattern.isascii():
        raise _NotModelled
    return _Reader(pattern).alternatives()


class _Reader:
    """Reads a pattern that is known to be one."""

    __slots__ = ("_at", "_dot_all", "_fold", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._fold = False
        self._dot_all = False

    def alternatives(self) -> _Alternatives:
        """Up to the end of the group (or of the pattern); flags that are set inside end with it."""
        flags = (self._fold, self._dot_all)
        sequences: list[tuple[_Part, ...]] = []
        sequence: list[_Part] = []
        while (character := self._text[self._at : self._at + 1]) not in ("", ")"):
            if character == "|":
                self._at += 1
                sequences.append(tuple(sequence))
                sequence = []
            else:
                self._read(character, sequence)
        self._fold, self._dot_all = flags
        return _Alternatives((*sequences, tuple(sequence)))

    def _read(self, character: str, into: list[_Part]) -> None:
        self._at += 1
        if character in "*+?":
            self._repeat(into, 1 if character == "+" else 0, 1 if character == "?" else None)
        elif character == "{" and (counted := self._counts()):
            self._at = counted[0]
            self._repeat(into, counted[1], counted[2])
        elif character == "(":
            if (group := self._group()) is not None:
                into.append(group)
        elif character == "[":
            into.append(chars(self._folded(self._class())))
        elif character == ".":
            into.append(chars(ALL if self._dot_all else ALL & ~char_set("\n")))
        elif character in "^$":
            into.append(_Mark(character == "^"))
        elif character == "\\":
            self._escape(into)
        else:
            into.append(self._literal(character))

    def _repeat(self, into: list[_Part], least: int, most: int | None) -> None:
        if self._text[self._at : self._at + 1] == "?":
            self._at += 1
        into.append(_Repeat(into.pop(), least, most))

    def _counts(self) -> tuple[int, int, int | None] | None:
        """Where `{2,5}` ends, after its brace, and its numbers; None: a plain brace."""
        close = self._text.find("}", self._at)
        low, comma, high = self._text[self._at : close].partition(",") if close > 0 else ("", "", "")
        if not _is_count(low) or (high and not _is_count(high)):
            return None
        return close + 1, int(low), (int(high) if high else None) if comma else int(low)

    # Groups

    def _group(self) -> _Part | None:
        """What a group says; None: it only sets flags, up to the end of the group around it."""
        text = self._text
        if text[self._at : self._at + 1] != "?":
            return self._inside()
        if text.startswith(("?P<", "?<"), self._at):
            self._at = text.index(">", self._at) + 1
            return self._inside()
        end = next(at for at in range(self._at, len(text)) if text[at] in ":)")
        on, _, off = text[self._at + 1 : end].partition("-")
        if "m" in on:
            raise _NotModelled
        before = self._fold, self._dot_all
        self._fold = (self._fold or "i" in on) and "i" not in off
        self._dot_all = (self._dot_all or "s" in on) and "s" not in off
        self._at = end + 1
        if text[end] == ")":
            return None
        found = self._inside()
        self._fold, self._dot_all = before
        return found

    def _inside(self) -> _Alternatives:
        found = self.alternatives()
        self._at += 1
        return found

    # Characters

    def _literal(self, character: str) -> Language:
        mask = char_set(character)
        return chars(self._folded(mask)) if self._fold and character.isalpha() else exact(character)

    def _folded(self, mask: Chars) -> Chars:
        """A set with the other cases of its letters, where case does not count."""
        if not self._fold:
            return mask
        gap = ord("a") - ord("A")
        return mask | (mask & LOWER) >> gap | (mask & UPPER) << gap

    def _escape(self, into: list[_Part]) -> None:
        kind = self._text[self._at]
        if kind == "Q":
            close = self._text.find("\\E", self._at)
            end = close if close >= 0 else len(self._text)
            into += [self._literal(it) for it in self._text[self._at + 1 : end]]
            self._at = min(end + 2, len(self._text))
        elif kind in "Az":
            into.append(_Mark(kind == "A"))
            self._at += 1
        elif kind.lower() in PERL:
            into.append(chars(self._perl()))
        elif kind in "bBCpP":
            raise _NotModelled
        else:
            into.append(self._literal(self._escaped()))

    def _perl(self) -> Chars:
        kind = self._text[self._at]
        self._at += 1
        mask = PERL[kind.lower()]
        return mask if kind.islower() else ALL & ~mask

    def _escaped(self) -> str:
        """The character that is written after a backslash."""
        text, kind = self._text, self._text[self._at]
        self._at += 1
        if kind in "01234567":
            end = self._at
            while end < self._at + 2 and text[end : end + 1] and text[end] in "01234567":
                end += 1
            code = int(text[self._at - 1 : end], 8)
            self._at = end
        elif kind == "x":
            braced = text[self._at] == "{"
            start = self._at + braced
            end = text.index("}", start) if braced else start + 2
            code = int(text[start:end], 16)
            self._at = end + braced
        else:
            return CONTROLS.get(kind, kind)
        if code >= OTHER:
            raise _NotModelled
        return chr(code)

    def _class(self) -> Chars:
        """The set of a `[...]`, of which the first bracket was read."""
        text = self._text
        negated = text[self._at] == "^"
        self._at += negated
        mask = 0
        first = True
        while first or text[self._at] != "]":
            first = False
            mask |= self._item()
        self._at += 1
        if negated:
            return ALL & ~self._folded(mask)
        return mask

    def _item(self) -> Chars:
        text = self._text
        if text.startswith("[:", self._at) and (close := text.find(":]", self._at + 2)) >= 0:
            name = text[self._at + 2 : close]
            self._at = close + 2
            mask = POSIX[name.removeprefix("^")]
            return ALL & ~mask if name[0] == "^" else mask
        if text[self._at] == "\\" and text[self._at + 1].lower() in PERL:
            self._at += 1
            return self._perl()
        low = self._one()
        if text[self._at] == "-" and text[self._at + 1 : self._at + 2] not in ("]", ""):
            self._at += 1
            high = self._one()
            return (2 << ord(high)) - (1 << ord(low))
        return char_set(low)

    def _one(self) -> str:
        character = self._text[self._at]
        self._at += 1
        if character != "\\":
            return character
        if self._text[self._at] in "pP":
            raise _NotModelled
        return self._escaped()


def _is_count(text: str) -> bool:
    return text.isdigit() and (text[0] != "0" or len(text) == 1)


# From parts to a language: anchors say nothing where they stand at the ends of the whole


def _built(part: _Part, first: bool, last: bool) -> Language:
    if isinstance(part, Language):
        return part
    if isinstance(part, _Mark):
        if first if part.at_start else last:
            return EMPTY
        raise _NotModelled
    if isinstance(part, _Repeat):
        once = part.most == 1
        return repeat(_built(part.inner, first and once, last and once), part.least, part.most)
    return union(*[_sequence(it, first, last) for it in part.sequences])


def _sequence(parts: tuple[_Part, ...], first: bool, last: bool) -> Language:
    found = []
    for at, part in enumerate(parts):
        begins = first and _all_marks(parts[:at])
        ends = last and _all_marks(parts[at + 1 :])
        found.append(_built(part, begins, ends))
    return then(*found)


def _all_marks(parts: Iterable[_Part]) -> bool:
    return all(isinstance(it, _Mark) for it in parts)
