"""Durations in Go's notation, such as `1h30m` and `0.5s` (specification 3.9)."""

from __future__ import annotations

from istiolint.admission.values import Problem

MILLISECOND = 1_000_000
SECOND = 1_000_000_000
_UNITS = {
    "ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": MILLISECOND, "s": SECOND, "m": 60 * SECOND,
    "h": 3600 * SECOND,
}  # fmt: skip
_MOST = 2**63
_NOTATION = "a duration is a number with a unit, such as 5s, 100ms or 1h30m"


def nanoseconds(text: str) -> int | None:
    """The duration in nanoseconds, or None where Go does not parse it (specification 3.9)."""
    seconds = text[:-1]
    if seconds.isdigit() and text[-1] == "s" and len(seconds) < 10 and seconds.isascii():  # by far the most common
        return int(seconds) * SECOND
    total = _parse(text)
    return total if isinstance(total, int) else None


def duration_problem(text: str) -> Problem | None:
    """Why `text` is no duration of at least a millisecond, in whole milliseconds (specification 3.9)."""
    value = nanoseconds(text)
    if value is None:
        return syntax_problem(text)
    if value < MILLISECOND:
        least = "the shortest duration is 1ms"
        return Problem(least if value else f"{least}; to have none, leave the field out")
    if value % MILLISECOND:
        return Problem("it is not a whole number of milliseconds")
    return None


def syntax_problem(text: str) -> Problem | None:
    """Why Go does not parse `text` as a duration (specification 3.9); any size and sign is fine."""
    parsed = _parse(text)
    return parsed if isinstance(parsed, Problem) else None


def correction(text: str) -> str:
    """What a text that is no duration can only mean: without blanks, days as hours; empty where that is not certain."""
    words = "".join(text.split())
    days = words[:-1] if words.endswith("d") else words.removesuffix("days").removesuffix("day")
    if days != words and days.isascii() and days.isdigit():
        words = f"{int(days) * 24}h"
    return words if words != text and duration_problem(words) is None else ""


def _parse(text: str) -> int | Problem:
    """Nanoseconds; or what is wrong, with its place. Counts as Go does, rounding down each step."""
    sign = -1 if text[:1] == "-" else 1
    at = 1 if text[:1] in ("-", "+") and text else 0
    if text[at:] == "0":
        return 0
    if at == len(text):
        return Problem("it is empty" if not text else _NOTATION)
    total = 0
    while at < len(text):
        start = at
        whole, at = _digits(text, at)
        fraction = ""
        if text[at : at + 1] == ".":
            fraction, at = _digits(text, at + 1)
        if not whole and not fraction:
            return Problem(_NOTATION, (start, len(text)))
        unit_start = at
        while at < len(text) and text[at] != "." and not "0" <= text[at] <= "9":
            at += 1
        unit = text[unit_start:at]
        scale = _UNITS.get(unit)
        if scale is None:
            return _unit_problem(text, unit, start, at)
        total += int(whole or 0) * scale
        if fraction:
            fraction = fraction[: 19 if int(fraction[:19]) <= _MOST else 18]  # what fits into Go's int64
            total += int(float(int(fraction)) * (float(scale) / 10.0 ** len(fraction)))
        if total > _MOST:
            return _TOO_LONG
    return _TOO_LONG if total == _MOST and sign > 0 else sign * total


_TOO_LONG = Problem("it is longer than the 292 years that fit")


def _unit_problem(text: str, unit: str, start: int, at: int) -> Problem:
    if not unit:
        return Problem(f'the number needs a unit, such as "{text[start:at]}s"', (start, max(at, start + 1)))
    part = (at - len(unit), at)
    if unit.strip() in ("d", "day", "days", "w"):
        return Problem("there are no days or weeks; the longest unit is h", part)
    if unit.lower() in _UNITS:
        return Problem(f'"{unit}" is written in lower case, "{unit.lower()}"', part)
    if " " in unit:
        return Problem("a duration has no spaces", part)
    return Problem(f'"{unit}" is no unit; units are h, m, s, ms, us and ns', part)


def _digits(text: str, at: int) -> tuple[str, int]:
    start = at
    while at < len(text) and "0" <= text[at] <= "9":
        at += 1
    return text[start:at], at
