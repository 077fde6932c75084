"""What fields settings have, and of which types: a walk over a value beside the tables of `schemas/install/`.

Two decoders read settings. MeshConfig and Helm values are decoded as Protobuf JSON: names in camel case or snake case,
numbers also as strings, enums also by number. IstioOperator and what it takes from Kubernetes is decoded by Go's JSON
package: names in any case, numbers only as numbers. Both take null for everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from istiolint.admission.durations import syntax_problem
from istiolint.finding import Defect
from istiolint.install import defects
from istiolint.install.hints import deprecation_hint, removal_hint, value_hint
from istiolint.install.quantities import quantity
from istiolint.install.setting import Setting, camel_case, whole_number
from istiolint.install.tables import Shape, table
from istiolint.records import NamedTuple

_RANGES = {"int32": (-(2**31), 2**31 - 1), "uint32": (0, 2**32 - 1), "int64": (-(2**63), 2**63 - 1)}
_EXPECTED = {
    "string": "a string", "bool": "true or false", "int32": "a whole number", "uint32": "a whole number from 0",
    "int64": "a whole number", "double": "a number", "duration": "a duration such as 10s",
    "object": "a mapping", "int-or-string": "a number or a string", "string-or-number": "a string",
    "quantity": 'a quantity such as "100m" or "128Mi"',
}  # fmt: skip


class Dialect(NamedTuple):
    """How a part of the settings is decoded, and where its messages are."""

    table: str
    """`mesh`, `values` or `operator`."""
    decoder: Literal["protobuf", "go"]
    owner: str
    """What a message calls the whole."""


MESH = Dialect("mesh", "protobuf", "the mesh configuration")
VALUES = Dialect("values", "protobuf", "the Helm values")
OPERATOR = Dialect("operator", "go", "IstioOperator")


def check_shape(setting: Setting, message: str, dialect: Dialect) -> Iterator[Defect]:
    """Every field of `setting` that `message` does not have, or that is not of its type; and deprecated ones."""
    value = setting.value
    if value is None:
        return
    if not isinstance(value, dict):
        yield defects.wrong_setting_type(setting.path, "a mapping", kind_of(value))
        return
    shape = table(dialect.table)[message]
    for key, child in value.items():
        place = Setting(child, (*setting.path, key))
        field = _field(key, shape, dialect)
        if field is None:
            yield _unknown(place, key, shape, dialect)
            continue
        if field != key and dialect.decoder == "go":
            yield defects.wrong_key_case(place.path, field)
        kind = shape[field]
        if kind[0] == "!":
            kind = kind[1:]
            if child is not None:
                yield _deprecated(place, message, field, dialect)
        yield from _check_kind(place, kind, dialect)


def _field(key: str, shape: Shape, dialect: Dialect) -> str | None:
    """The name of the field that `key` means; None where there is none."""
    if key in shape and key[:1] not in "|~":
        return key
    if dialect.decoder == "protobuf":
        name = camel_case(key) if "_" in key else ""
        return name if name in shape else shape.get(f"~{key}")
    folded = key.lower()
    return next((name for name in shape if name.lower() == folded), None)


def _unknown(place: Setting, key: str, shape: Shape, dialect: Dialect) -> Defect:
    instead = ""
    hint = removal_hint(place.path) or (value_hint(place.path) if dialect.table == "values" else "")
    if not hint:
        names = [name for name in shape if name[0] not in "|~"]
        folded = key.lower().replace("_", "").replace("-", "")
        instead = next((name for name in names if name.lower().replace("_", "") == folded), "")
        if not instead:
            from difflib import get_close_matches

            close = get_close_matches(key, names, 1, 0.75)
            instead = close[0] if close else ""
        hint = f"did you mean {instead}?" if instead else ""
    if dialect.table == "mesh":
        return defects.unknown_mesh_setting(place.path, hint, instead)
    return defects.unknown_install_setting(place.path, dialect.owner, hint, instead)


def _deprecated(place: Setting, message: str, field: str, dialect: Dialect) -> Defect:
    hint = deprecation_hint(message, field, place.path)
    if dialect.table == "mesh":
        return defects.deprecated_mesh_setting(place.path, hint)
    return defects.deprecated_helm_value(place.path, hint)


def _check_kind(place: Setting, kind: str, dialect: Dialect) -> Iterator[Defect]:
    value = place.value
    if value is None:
        return
    if kind.startswith("[]"):
        if not isinstance(value, list):
            yield defects.wrong_setting_type(place.path, "a list", kind_of(value))
            return
        for index, item in enumerate(value):
            yield from _check_kind(Setting(item, (*place.path, index)), kind[2:], dialect)
    elif kind.startswith("{}"):
        if not isinstance(value, dict):
            yield defects.wrong_setting_type(place.path, "a mapping", kind_of(value))
            return
        for key, item in value.items():
            yield from _check_kind(Setting(item, (*place.path, key)), kind[2:], dialect)
    elif kind[0].isupper():
        yield from check_shape(place, kind, dialect)
    elif not _fits(value, kind, dialect):
        yield _misfit(place, kind)


def _fits(value: Any, kind: str, dialect: Dialect) -> bool:
    if kind == "any":
        return True
    if kind == "string":
        return isinstance(value, str)
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "object":
        return isinstance(value, dict)
    if kind in _RANGES:
        number = None if isinstance(value, str) and dialect.decoder == "go" else whole_number(value)
        low, high = _RANGES[kind]
        return number is not None and low <= number <= high
    if kind == "duration":
        return isinstance(value, str) and syntax_problem(value) is None
    if kind.startswith("enum "):
        named = isinstance(value, str) and value in kind[5:].split("|")
        return named or (isinstance(value, int) and not isinstance(value, bool))
    if kind == "double":
        return _is_number(value)
    if kind == "quantity":
        return quantity(value) is not None
    if isinstance(value, bool):
        return False
    if kind == "int-or-string":
        return isinstance(value, int | str)
    return isinstance(value, int | float | str)  # string-or-number


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        if value in ("NaN", "Infinity", "-Infinity"):
            return True
        try:
            float(value)
        except ValueError:
            return False
        return value.lstrip("-")[:1].isdigit()
    return isinstance(value, int | float) and not isinstance(value, bool)


def _misfit(place: Setting, kind: str) -> Defect:
    value = place.value
    if kind.startswith("enum "):
        names = kind[5:].split("|")
        expected = ", ".join(names[:-1]) + " or " + names[-1] if len(names) > 1 else names[0]
        return defects.wrong_setting_type(place.path, expected, kind_of(value))
    return defects.wrong_setting_type(place.path, _EXPECTED.get(kind, kind), kind_of(value))


def kind_of(value: Any) -> str:
    """What a value is, in words: `the string "true"`."""
    if isinstance(value, str):
        return f'the string "{value[:40]}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {value}"
    return "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else "null"
