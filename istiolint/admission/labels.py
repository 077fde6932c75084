"""Label maps as Istio checks them: syntax of keys, and of values without a limit of length (specification 3.10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.defects import invalid_label
from istiolint.admission.hosts import is_label_body
from istiolint.admission.values import Problem, pairs
from istiolint.finding import Defect, Path


def key_problem(key: str) -> Problem | None:
    """Why `key` is not a label key: `name` or `prefix/name` (specification 3.10)."""
    prefix, slash, name = key.rpartition("/")
    if slash:
        if not prefix or not all(is_label_body(part) for part in prefix.split(".")):
            return Problem("the part before the slash must be a DNS name", (0, max(len(prefix), 1)))
        if len(prefix) > 253:
            return Problem("the part before the slash may have 253 characters")
    if not name:
        return Problem("the name after the slash is empty" if slash else "it is empty")
    if len(name) > 63:
        return Problem(f"the name has {len(name)} characters, and 63 are allowed")
    return None if _is_name(name) else _name_problem(name).shifted(len(key) - len(name))


def value_problem(value: str) -> Problem | None:
    """Why `value` is not a label value (specification 3.10)."""
    return None if not value or _is_name(value) else _name_problem(value)


def check_labels(holder: dict[str, Any], key: str, path: Path) -> Iterator[Defect]:
    """Every wrong key and value of the map at `key`; `path` is the path of `holder` (specification 3.10)."""
    for name, value in pairs(holder, key):
        problem = key_problem(name)
        if problem is not None:
            yield invalid_label((*path, key, name), "label key", name, problem, on="key")
        problem = value_problem(value)
        if problem is not None:
            yield invalid_label((*path, key, name), "label value", value, problem)


def _is_name(text: str) -> bool:
    if not text.isascii():
        return False
    inner = text.replace("-", "0").replace("_", "0").replace(".", "0")
    return inner.isalnum() and text[0].isalnum() and text[-1].isalnum()


def _name_problem(text: str) -> Problem:
    for index, char in enumerate(text):
        if not (char.isascii() and (char.isalnum() or char in "-_.")):
            named = f'"{char}"' if char.isprintable() and char != " " else "a blank or control character"
            return Problem(f"{named} is not allowed; letters, digits and inner - _ . are", (index, index + 1))
    return Problem("it must start and end with a letter or digit")
