"""A syntax checker for regular expressions as Go's RE2 takes them (specification 3.14).

Istio's webhook compiles a pattern with Go's `regexp`; Envoy compiles it again with the C++ RE2. Both descend from
one design, but not to the last detail, so a scan has two answers. One pass over the pattern, with an explicit stack
of open groups as RE2 itself has it; no tree is built, because only two numbers of each part matter: how often
repeats multiply, and a lower bound of its program.
"""

from __future__ import annotations

from functools import lru_cache

from istiolint.admission.values import Problem
from istiolint.records import NamedTuple

MAX_REPEAT = 1000
"""Most repetitions, also of repeats inside repeats."""

MAX_PROGRAM = 699_050
"""Instructions that fit into the 8 MiB which RE2 in Envoy grants a pattern."""


class Scan(NamedTuple):
    """What the two engines think of a pattern: its error kind as RE2 calls it, and the problem."""

    kind: str = ""
    problem: Problem | None = None
    envoy: Problem | None = None
    """Set where Go takes the pattern, and Envoy does not."""


class _Refused(Exception):
    """Ends a scan: the kind of error, the range of characters, and a hint."""

    def __init__(self, kind: str, start: int, end: int, hint: str = "") -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.hint = hint


class _Frame:
    """A group that is open, or the whole pattern: what was read of it so far."""

    __slots__ = ("has_argument", "last", "last_size", "nested", "other_size", "size", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self.has_argument = False
        """Whether something stands there that could be repeated."""
        self.nested = 1
        """How often repeats inside multiply at most."""
        self.size = 0
        """Instructions that this part needs at least."""
        self.last = 1
        self.last_size = 0

    def push(self, nested: int = 1, size: int = 1) -> None:
        self.size += size
        self.nested = max(self.nested, nested)
        self.last = nested
        self.last_size = size
        self.has_argument = True


@lru_cache(maxsize=512)
def scan(pattern: str) -> Scan:
    """Whether Go, and then Envoy, can compile `pattern`; parts are ranges of its characters."""
    scanner = _Scanner(pattern)
    try:
        scanner.run()
    except _Refused as refused:
        text = pattern[refused.start : refused.end]
        reason = f"{refused.kind}: `{text}`" if text else refused.kind
        if refused.hint:
            reason = f"{reason} ({refused.hint})"
        return Scan(refused.kind, Problem(reason, (refused.start, max(refused.end, refused.start + 1))))
    return Scan(envoy=scanner.envoy)


class _Scanner:
    __slots__ = ("at", "envoy", "frames", "repeated", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.frames = [_Frame(0)]
        self.repeated = -1
        """Where the repeat started that was read just before, else -1."""
        self.envoy: Problem | None = None

    def run(self) -> None:
        text = self.text
        end = len(text)
        while self.at < end:
            char = text[self.at]
            repeated = -1
            if char in "*+?":
                repeated = self.at
                self._repeat(self.at + 1, 0, 1 if char == "?" else -1)
            elif char == "{":
                repeated = self._braces()
            elif char == "(":
                self._open()
            elif char == ")":
                self._close()
            elif char == "|":
                self.frames[-1].has_argument = False
                self.at += 1
            elif char == "[":
                self._class()
            elif char == "\\":
                self._escape()
            else:
                self.frames[-1].push(size=11 if char == "." else 1 if char.isascii() else 2)
                self.at += 1
            self.repeated = repeated
        if len(self.frames) > 1:
            start = self.frames[-1].start
            raise _Refused("missing closing )", start, start + 1)
        if self.frames[0].size > MAX_PROGRAM:
            self._not_in_envoy(0, end, "the program for it does not fit into 8 MiB")

    # Groups

    def _open(self) -> None:
        start = self.at
        if self.text[start + 1 : start + 2] != "?":
            self.frames.append(_Frame(start))
            self.at += 1
        elif self.text[start + 2 : start + 4] == "P<":
            self._named(start, start + 4)
        elif self.text[start + 2 : start + 3] == "<":
            if self.text[start + 3 : start + 4] in ("=", "!"):
                raise _Refused("invalid or unsupported Perl syntax", start, start + 4, "RE2 has no lookbehind")
            self._named(start, start + 3)
        else:
            self._flags(start)

    def _named(self, start: int, name_start: int) -> None:
        close = self.text.find(">", name_start)
        if name_start == len(self.text):
            raise _Refused("invalid or unsupported Perl syntax", start, name_start)
        if close < 0:
            raise _Refused("invalid named capture", start, len(self.text))
        name = self.text[name_start:close]
        if not (name.isascii() and name.replace("_", "a").isalnum()):
            raise _Refused("invalid named capture", start, close + 1)
        self.frames.append(_Frame(start))
        self.at = close + 1

    def _flags(self, start: int) -> None:
        at = start + 2
        negated = False
        seen = False
        while at < len(self.text):
            char = self.text[at]
            at += 1
            if char in "imsU":
                seen = True
            elif char == "-" and not negated:
                negated = True
                seen = False
            elif char in ":)" and (seen or not negated):
                if char == ":":
                    self.frames.append(_Frame(start))
                self.at = at
                return
            else:
                break
        raise _Refused("invalid or unsupported Perl syntax", start, at, _PERL.get(self.text[start + 2 : start + 3], ""))

    def _close(self) -> None:
        if len(self.frames) == 1:
            raise _Refused("unexpected )", self.at, self.at + 1)
        frame = self.frames.pop()
        self.frames[-1].push(frame.nested, frame.size)
        self.at += 1

    # Repeats

    def _braces(self) -> int:
        """A `{2,5}`; other braces are plain text. Gives where the repeat started, or -1."""
        start = self.at
        close = self.text.find("}", start)
        low, comma, high = self.text[start + 1 : close].partition(",") if close > 0 else ("", "", "")
        if not _is_count(low) or (high and not _is_count(high)):
            self.frames[-1].push()
            self.at += 1
            return -1
        least = int(low)
        most = (int(high) if high else -1) if comma else least
        if least > MAX_REPEAT or most > MAX_REPEAT:
            raise _Refused("invalid repeat count", start, close + 1, f"at most {MAX_REPEAT}")
        if 0 <= most < least:
            raise _Refused("invalid repeat count", start, close + 1, "the first number is the smaller one")
        self._repeat(close + 1, least, most)
        return start

    def _repeat(self, end: int, least: int, most: int) -> None:
        """Apply the operator that ends at `end` to what stands before it; `most` is -1 for any number."""
        start = self.at
        if self.text[end : end + 1] == "?":
            end += 1
        if self.repeated >= 0:
            hint = "RE2 has no possessive repeats" if self.text[start] == "+" else ""
            raise _Refused("invalid nested repetition operator", self.repeated, end, hint)
        frame = self.frames[-1]
        if not frame.has_argument:
            raise _Refused("missing argument to repetition operator", start, end)
        times = most if most >= 0 else max(least, 1)
        nested = frame.last * times if most != 0 else 1
        if (least >= 2 or most >= 2) and nested > MAX_REPEAT:
            raise _Refused(
                "invalid repeat count", start, end, f"repeats in repeats multiply to {nested}; at most {MAX_REPEAT}"
            )
        size = frame.last_size
        frame.size -= size
        frame.push(nested, size * times)
        self.at = end

    # Characters

    def _escape(self) -> None:
        """A backslash outside of a class, and what follows."""
        start = self.at
        char = self.text[start + 1 : start + 2]
        frame = self.frames[-1]
        if char == "Q":
            close = self.text.find("\\E", start + 2)
            literal_end = close if close >= 0 else len(self.text)
            for _ in range(literal_end - start - 2):
                frame.push()
            self.at = literal_end + 2 if close >= 0 else literal_end
        elif char == "C":
            raise _Refused("invalid escape sequence", start, start + 2)
        elif char and char in "AbBzdDsSwW":
            frame.push()
            self.at += 2
        elif char and char in "pP":
            self.at = self._unicode_class(start)
            frame.push()
        else:
            self.at, _ = _single_escape(self.text, start)
            frame.push()

    def _class(self) -> None:
        """A `[...]`."""
        text = self.text
        start = self.at
        at = start + 1
        if text[at : at + 1] == "^":
            at += 1
        first = True
        while first or text[at : at + 1] != "]":
            first = False
            if text.startswith("[:", at):
                close = text.find(":]", at + 2)
                if close >= 0:
                    if text[at + 2 : close].removeprefix("^") not in _POSIX:
                        raise _Refused("invalid character class range", at, close + 2)
                    at = close + 2
                    continue
            if text[at : at + 1] == "\\" and text[at + 1 : at + 2]:
                kind = text[at + 1]
                if kind in "pP" and text[at + 2 : at + 3]:
                    at = self._unicode_class(at)
                    continue
                if kind in "dDsSwW":
                    at += 2
                    continue
            low_start = at
            at, low = self._class_char(start, at)
            if text[at : at + 1] == "-" and text[at + 1 : at + 2] not in ("]", ""):
                at, high = self._class_char(start, at + 1)
                if high < low:
                    raise _Refused("invalid character class range", low_start, at)
        self.at = at + 1
        self.frames[-1].push()

    def _class_char(self, class_start: int, at: int) -> tuple[int, int]:
        """Where the character at `at` of a class ends, and its code point."""
        if at >= len(self.text):
            raise _Refused("missing closing ]", class_start, len(self.text))
        if self.text[at] == "\\":
            return _single_escape(self.text, at)
        return at + 1, ord(self.text[at])

    def _unicode_class(self, start: int) -> int:
        """Where the `\\pL` or `\\p{Greek}` at `start` ends."""
        at = start + 3
        name = self.text[start + 2 : at]
        if name == "{":
            close = self.text.find("}", start)
            if close < 0:
                raise _Refused("invalid character class range", start, len(self.text))
            name = self.text[start + 3 : close]
            at = close + 1
        from istiolint.admission.re2_names import is_go_class, is_re2_class

        name = name.removeprefix("^")
        if not is_go_class(name):
            raise _Refused("invalid character class range", start, min(at, len(self.text)))
        if not is_re2_class(name):
            self._not_in_envoy(start, at, f'it does not know the character class "{name}"')
        return at

    def _not_in_envoy(self, start: int, end: int, reason: str) -> None:
        self.envoy = self.envoy or Problem(reason, (start, end))


_PERL = {
    "=": "RE2 has no lookahead",
    "!": "RE2 has no lookahead",
    ">": "RE2 has no atomic groups",
    "#": "RE2 has no comments",
    "P": "named groups are written (?P<name>...)",
    "(": "RE2 has no conditions",
    "R": "RE2 has no recursion",
    "x": "the flags are i, m, s and U",
}
_POSIX = frozenset(
    ("alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word",
     "xdigit")
)  # fmt: skip
_HEX = "0123456789abcdefABCDEF"


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and (text[0] != "0" or len(text) == 1)


def _single_escape(text: str, start: int) -> tuple[int, int]:
    """End and code point of the escaped character at `start`."""
    at = start + 2
    char = text[start + 1 : at]
    if not char:
        raise _Refused("trailing backslash at end of expression", start, start + 1)
    if char.isascii() and not char.isalnum():
        return at, ord(char)
    if char in "01234567":
        digits = char
        while len(digits) < 3 and text[at : at + 1] and text[at] in "01234567":
            digits += text[at]
            at += 1
        if len(digits) > 1 or char == "0":
            return at, int(digits, 8)
        raise _Refused("invalid escape sequence", start, at, "RE2 has no backreferences")
    if char == "x":
        return _hex_escape(text, start)
    if char in "afnrtv":
        return at, ord("\a\f\n\r\t\v"["afnrtv".index(char)])
    hint = "write \\z for the end of the text" if char == "Z" else ""
    hint = "RE2 has no backreferences" if char in "89" else hint
    raise _Refused("invalid escape sequence", start, at, hint)


def _hex_escape(text: str, start: int) -> tuple[int, int]:
    """End and code point of `\\x7F` or `\\x{10FFFF}` at `start`."""
    at = start + 2
    if text[at : at + 1] == "{":
        close = at + 1
        while close < len(text) and text[close] in _HEX:
            close += 1
        digits = text[at + 1 : close]
        if text[close : close + 1] == "}" and digits and int(digits, 16) <= 0x10FFFF:
            return close + 1, int(digits, 16)
        raise _Refused("invalid escape sequence", start, min(close + 1, len(text)))
    digits = text[at : at + 2]
    if len(digits) == 2 and digits[0] in _HEX and digits[1] in _HEX:
        return at + 2, int(digits, 16)
    raise _Refused("invalid escape sequence", start, min(at + 2, len(text)))
