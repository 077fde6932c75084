"""Amounts of CPU and memory as Kubernetes writes them: `100m`, `1.5`, `128Mi`, `2e3`."""

from __future__ import annotations

import re

from istiolint.admission.values import Problem

_QUANTITY = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))((?:[KMGTPE]i|[numkMGTPE])?|[eE][+-]?[0-9]+)")
_SCALES = {
    "": 1.0, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
    "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50, "Ei": 2.0**60,
}  # fmt: skip


def quantity(value: object) -> float | None:
    """The amount in CPUs or bytes; None where `value` is no quantity. YAML numbers count as what they show."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if not isinstance(value, str):
        return None
    match = _QUANTITY.fullmatch(value)
    if match is None:
        return None
    number, suffix = match.groups()
    scale = _SCALES.get(suffix)
    if scale is None:
        exponent = int(suffix[1:])
        scale = 10.0 ** max(-300, min(300, exponent))
    return float(number) * scale


def quantity_problem(text: str) -> Problem | None:
    """Why `text` is no quantity."""
    if quantity(text) is not None:
        return None
    if not text:
        return Problem("it is empty")
    if text != text.strip():
        return Problem("it has blanks around it")
    number = re.match(r"[+-]?[0-9.]*", text)
    suffix = text[number.end() :] if number else text
    if number and number.end() and suffix:
        part = (len(text) - len(suffix), len(text))
        for known in ("Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "m", "k"):
            if suffix.lower().rstrip("b") == known.lower():
                return Problem(f'"{suffix}" is no unit, {known} is', part)
        if suffix[-1:] in "Bb" and suffix[:-1] in _SCALES and len(suffix) < 4:
            return Problem(f'"{suffix}" is no unit, {suffix[:-1]} or {suffix[:-1]}i is', part)
        return Problem(f'"{suffix}" is no unit, such as m for CPU, Mi and Gi for memory', part)
    return Problem("a number with an optional unit is needed, such as 100m or 128Mi")
