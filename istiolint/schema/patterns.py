"""The regular expressions of the schemas: RE2 in Go, matched here by Python, and said in words."""

from __future__ import annotations

import re

_DNS = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"

LINEAR = {r"^[!-~]+([\t ]?[!-~]+)*$": r"^[!-~]+(?:[\t ][!-~]+)*$"}
"""What takes Python exponential time, said otherwise."""

WORDS = {
    f"^$|^{_DNS}$": "must be empty or a DNS name in lower case",
    f"^{_DNS}$": "must be a DNS name in lower case",
    rf"^(\*\.)?{_DNS}$": 'must be a DNS name in lower case; a wildcard is only possible as "*." in front',
    "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$": "must be lower-case letters, digits and -, with no - at either end",
    "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$": "must be a kind: letters, digits and -, beginning with a letter",
    "^[-_A-Za-z0-9]+$": "must be letters, digits, - and _",
    "(^$|^[a-f0-9]{64}$)": "must be a SHA-256 digest: 64 hexadecimal digits in lower case",
    "^([0-9]{1,5}(h|m|s|ms)){1,4}$": "must be a duration of whole numbers with h, m, s or ms, such as 1m30s",
    r"^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$": "must be a header or parameter name: no spaces, no colon",
    r"^[!-~]+([\t ]?[!-~]+)*$": "must be printable ASCII, without spaces at the ends or next to each other",
}
"""Reasons by pattern, in words that follow the name of the field."""

_compiled: dict[str, re.Pattern[str]] = {}


def matches(pattern: str, value: str) -> bool:
    """Whether RE2 finds `pattern` in `value` (without line breaks in it that a `$` could mean)."""
    found = _compiled.get(pattern)
    if found is None:
        found = _compiled[pattern] = re.compile(translated(pattern), re.ASCII)
    return found.search(value) is not None


def translated(pattern: str) -> str:
    """A pattern for Python: there, `$` also matches before a final line break, which in Go it does not."""
    written = LINEAR.get(pattern, pattern)
    return re.sub(r"(\[(?:\\.|[^\]\\])*\]|\\.)|\$", lambda found: found[1] or r"\Z", written)


def reason(pattern: str) -> str:
    """What a value must be like."""
    return WORDS.get(pattern) or f"must match {pattern}"


def is_base64(value: str) -> bool:
    """Whether Go's standard decoder reads it: with padding; line breaks do not count."""
    kept = value.replace("\r", "").replace("\n", "")
    return len(kept) % 4 == 0 and re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", kept) is not None
