"""What a plain YAML scalar means to Kubernetes: YAML 1.1 as sigs.k8s.io/yaml reads it.

Istio's tools and the API server share this reading (specification, networking 2.1; performance 1.2). It is neither
YAML 1.2 nor what PyYAML does: `y` is true, `0o17` is 15, `1e3` is 1000, `12:30` and dates are strings, and a whole
float is an integer, because the value travels on as JSON.
"""

from __future__ import annotations

import re
from math import copysign, inf, isfinite, isnan
from typing import Final

Scalar = str | int | float | bool | None

_WORDS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **{
        form: truth
        for truth, names in ((True, ("y", "yes", "on", "true")), (False, ("n", "no", "off", "false")))
        for name in names
        for form in (name, name.capitalize(), name.upper())
    },
    **{sign + form: float(sign + "inf") for sign in ("", "+", "-") for form in (".inf", ".Inf", ".INF")},
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}

_DIGITS = frozenset("0123456789")
_NUMERIC_START = frozenset("+-.0123456789")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INTEGER = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)")
_LARGEST_INTEGER: Final = 2**64 - 1
_SMALLEST_INTEGER: Final = -(2**63)
_LARGEST_KEY: Final = 2**63 - 1
_MOST_DIGITS: Final = 20
_EXPONENT_FROM: Final = 6
_LARGEST_WHOLE: Final = float(2**63)
"""Whole floats below this are written in JSON so that whoever reads it takes them for integers."""
_STRAY_UNDERSCORE: Final = re.compile(r"(?<![0-9])_|_(?![0-9])")
"""A number that begins with a point may have underscores between digits only; in others they are dropped anywhere."""


def resolve(text: str) -> Scalar:
    """The value of an unquoted scalar without a tag. Infinity and NaN are floats, though JSON has no such numbers."""
    value = resolve_raw(text)
    return whole(value) if isinstance(value, float) else value


def resolve_key(text: str) -> str | None:
    """The key that an unquoted scalar without a tag becomes; None where Kubernetes refuses it."""
    return key_text(resolve_raw(text))


def resolve_raw(text: str) -> Scalar:
    """As YAML has the value, before JSON makes whole floats integers: what a key is made of."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC_START:
        return text
    return _number(text)


def is_word_for_bool(text: str) -> bool:
    """Whether this unquoted text surprises people by being a boolean: `y`, `No`, `ON`, but not `true`."""
    return isinstance(_WORDS.get(text), bool) and text.lower() not in ("true", "false")


def _number(text: str) -> Scalar:
    digits = text
    if "_" in text and (text[0] != "." or not _STRAY_UNDERSCORE.search(text)):
        digits = text.replace("_", "")
    if _INTEGER.fullmatch(digits):
        value = _integer(digits)
        if _SMALLEST_INTEGER <= value <= _LARGEST_INTEGER:
            return value
    if _FLOAT.fullmatch(digits):
        number = float(digits)
        return number if isfinite(number) else text
    return text


def whole(number: float) -> int | float:
    """A float as JSON carries it on: whole ones become integers. Infinity and NaN stay as they are."""
    if -_LARGEST_WHOLE < number < _LARGEST_WHOLE and number == int(number):
        return int(number)
    return number


def _integer(digits: str) -> int:
    """The value of an integer; of one with more digits than any integer may have, some value that is too large."""
    sign = -1 if digits[0] == "-" else 1
    bare = digits.lstrip("+-")
    if bare[0] != "0" or bare == "0":
        return sign * (int(bare) if len(bare) <= _MOST_DIGITS else _LARGEST_INTEGER + 1)
    mark = bare[1]
    if mark in "xX":
        return sign * int(bare[2:], 16)
    if mark in "bB":
        return sign * int(bare[2:], 2)
    return sign * int(bare[2:] if mark in "oO" else bare, 8)


def tagged(text: str, tag: str) -> Scalar:
    """The value of a scalar with an explicit tag.

    Unknown tags are ignored and leave the text a string, as Go does. Raises ValueError, with the reason, where the text
    is not of the type that the tag asks for.
    """
    if tag == "tag:yaml.org,2002:binary":
        import base64
        import binascii

        try:
            return base64.b64decode(text, validate=False).decode("utf-8", "replace")
        except binascii.Error as error:
            raise ValueError("the text is not base64") from error
    if tag not in _TYPES:
        return text
    name, types = _TYPES[tag]
    value = resolve_raw(text)
    if not isinstance(value, types) or (bool not in types and isinstance(value, bool)):
        raise ValueError(f"the text is not {name}")
    return float(value) if float in types and isinstance(value, int) else value


_TYPES: Final[dict[str, tuple[str, tuple[type, ...]]]] = {
    "tag:yaml.org,2002:int": ("an integer", (int,)),
    "tag:yaml.org,2002:float": ("a number", (int, float)),
    "tag:yaml.org,2002:bool": ("a boolean", (bool,)),
    "tag:yaml.org,2002:null": ("null", (type(None),)),
}


def key_text(value: Scalar) -> str | None:
    """A mapping key as JSON has it; None where Kubernetes refuses the key (null, integers beyond 64 bits with sign).

    Takes floats as YAML has them: `1e6` becomes the key `1e+06`, though as a value it is an integer.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value <= _LARGEST_KEY else None
    return None if value is None else _float_key(value)


def _float_key(number: float) -> str:
    """The shortest text that is the same number of 32 bits, as Go's `%g` writes it."""
    if isnan(number):
        return ".nan"
    bits = _single(number)
    if not isfinite(bits):
        return ".inf" if bits > 0 else "-.inf"
    size = next(size for size in range(9) if _single(float(f"{bits:.{size}e}")) == bits)
    power = int(f"{bits:.{size}e}".partition("e")[2])
    if -4 <= power < _EXPONENT_FROM:
        return f"{bits:.{max(size - power, 0)}f}"
    return f"{bits:.{size}e}"


def _single(number: float) -> float:
    import struct

    try:
        (single,) = struct.unpack("f", struct.pack("f", number))
    except OverflowError:
        return copysign(inf, number)
    return float(single)
