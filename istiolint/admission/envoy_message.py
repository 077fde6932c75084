"""Whether a plain value can be read as a message of Envoy (specification 2, EF025 to EF029)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.defects import (
    ignored_setting,
    invalid_envoy_value,
    missing_typed_config,
    unknown_envoy_field,
    unknown_envoy_type,
)
from istiolint.admission.durations import nanoseconds, syntax_problem
from istiolint.admission.envoy_types import Field, enum_names, fields, is_frozen, is_message, message_names
from istiolint.finding import Change, Defect, Path, Repair

_ANY = "google.protobuf.Any"
_WRAPPED = {
    "StringValue": "s", "BytesValue": "y", "BoolValue": "b", "FloatValue": "f", "DoubleValue": "f",
    "Int32Value": "i", "Int64Value": "I", "UInt32Value": "u", "UInt64Value": "U",
}  # fmt: skip
_RANGES = {"i": (-(2**31), 2**31), "I": (-(2**63), 2**63), "u": (0, 2**32), "U": (0, 2**64)}
_WORDS = {"s": "a string", "b": "true or false", "f": "a number", "y": "a string in base64"}


def check_message(value: Any, name: str, path: Path, single: bool = True) -> Iterator[Defect]:
    """`value` as message of the full name `name`; `single`: it is not an item of a list."""
    short = name.removeprefix("google.protobuf.")
    if short != name:
        special = _check_well_known(value, short, path, single)
        if special is not None:
            yield from special
            return
    if not isinstance(value, dict):
        yield _refused(path, f"must be an object, {_last(name)}, and is {_type_of(value)}")
        return
    known = fields(name)
    if known is None:
        return
    for key, item in value.items():
        field = known.get(key) if isinstance(key, str) else None
        if field is None:
            if key != "@type":
                yield _unknown_field(key, name, known, path)
        elif item is not None:
            yield from _check_field(item, field, (*path, key))
    if single and "typed_config" in known and not _names_config(value):
        yield missing_typed_config(path, _last(name))


def _check_field(value: Any, field: Field, path: Path) -> Iterator[Defect]:
    if field.shape == "[":
        if not isinstance(value, list):
            yield _refused(path, f"must be a list, and is {_type_of(value)}")
            return
        for index, item in enumerate(value):
            if item is not None:
                yield from _check_value(item, field, (*path, index), single=False)
    elif field.shape == "{":
        if not isinstance(value, dict):
            yield _refused(path, f"must be a map, and is {_type_of(value)}")
            return
        for name, item in value.items():
            if item is not None:
                yield from _check_value(item, field, (*path, name), single=False)
    else:
        yield from _check_value(value, field, path, single=True)


def _check_value(value: Any, field: Field, path: Path, single: bool) -> Iterator[Defect]:
    if field.kind == "m":
        yield from check_message(value, field.type_name, path, single)
        return
    reason = _enum_problem(value, field.type_name) if field.kind == "e" else _scalar_problem(value, field.kind)
    if reason:
        yield _refused(path, reason)


def _check_well_known(value: Any, name: str, path: Path, single: bool) -> Iterator[Defect] | None:
    """A message of google.protobuf with a notation of its own; None for one that has none."""
    if name == "Any":
        return _check_any(value, path, single)
    if name in _WRAPPED:
        reason = _scalar_problem(value, _WRAPPED[name])
    elif name == "Duration":
        reason = _duration_problem(value)
    elif name in ("Struct", "ListValue", "Timestamp"):
        wanted, words = {"Struct": (dict, "an object"), "ListValue": (list, "a list"), "Timestamp": (str, "a time")}[
            name
        ]
        reason = "" if isinstance(value, wanted) else f"must be {words}, and is {_type_of(value)}"
    elif name in ("Value", "FieldMask", "NullValue"):
        reason = ""
    else:
        return None
    return iter((_refused(path, reason),) if reason else ())


def _check_any(value: Any, path: Path, single: bool) -> Iterator[Defect]:
    """A message that names its type in `@type` (specification EF026, EF028)."""
    if not isinstance(value, dict):
        yield _refused(path, f"must be an object with @type, and is {_type_of(value)}")
        return
    url = value.get("@type")
    if not isinstance(url, str):
        if url is None:
            yield _refused(path, "needs an @type, which names the message it is")
        else:
            yield _refused((*path, "@type"), f"must be a string, and is {_type_of(url)}")
        return
    name = url.rpartition("/")[2]
    where = (*path, "@type")
    if not is_message(name):
        yield _unknown_type(where, url, name)
        return
    if is_frozen(name):
        yield ignored_setting(where, f'"{name}"', "this type belongs to an API of Envoy that is no longer maintained")
    if name.startswith("google.protobuf.") and "value" in value:
        yield from check_message(value["value"], name, (*path, "value"), single)
    else:
        yield from check_message(value, name, path, single)


def _refused(path: Path, reason: str) -> Defect:
    """`reason` goes on after the name of the field, or of the list and the place in it."""
    name = f"{path[-2]}[{path[-1]}]" if isinstance(path[-1], int) else str(path[-1])
    return invalid_envoy_value(path, f"{name} {reason}")


def _unknown_type(path: Path, url: str, name: str) -> Defect:
    if ".v2." in name or name.startswith(("envoy.api.v2", "envoy.config.filter.")):
        return unknown_envoy_type(path, url, "Envoy's API v2 is gone; use the type of v3")
    from difflib import get_close_matches

    near = get_close_matches(name, message_names(), 1, 0.85)
    if not near:
        return unknown_envoy_type(path, url, "Istio knows no such message of Envoy")
    fixed = f"type.googleapis.com/{near[0]}"
    repair = Repair(f"write {fixed}", (Change("set", path, fixed),), safe=False)
    return unknown_envoy_type(path, url, f"did you mean {fixed}?", repair=repair)


def _unknown_field(key: Any, message: str, known: dict[str, Field], path: Path) -> Defect:
    from difflib import get_close_matches

    near = get_close_matches(str(key), list(known), 1, 0.75)
    others = sorted(name for name in known if name.islower())
    more = ", ..." if len(others) > 8 else ""
    hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(others[:8])}{more}"
    repair = Repair(f"rename it to {near[0]}", (Change("rename", (*path, key), near[0]),), safe=False) if near else None
    return unknown_envoy_field((*path, key), str(key), _last(message), hint, on="key", repair=repair)


def _names_config(value: dict[str, Any]) -> bool:
    return any(
        value.get(key) is not None for key in ("typed_config", "typedConfig", "config_discovery", "configDiscovery")
    )


def _enum_problem(value: Any, enum: str) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _integer_problem(value, "i")
    names = enum_names(enum)
    if value in names:
        return ""
    if not isinstance(value, str):
        return f"must be the name of a {_last(enum)}, and is {_type_of(value)}"
    from difflib import get_close_matches

    near = get_close_matches(value.upper(), names, 1)
    hint = f"did you mean {near[0]}?" if near else f"allowed are {', '.join(names[:20])}"
    return f'cannot be "{value}"; {hint}'


def _scalar_problem(value: Any, kind: str) -> str:
    if kind in _RANGES:
        return _integer_problem(value, kind)
    if kind == "f":
        good = (isinstance(value, int | float) and not isinstance(value, bool)) or _is_number_text(value)
    elif kind == "b":
        good = isinstance(value, bool)
    else:
        good = isinstance(value, str)
        if good and kind == "y":
            good = _is_base64(value)
    return "" if good else f"must be {_WORDS[kind]}, and is {_type_of(value)}"


def _integer_problem(value: Any, kind: str) -> str:
    if isinstance(value, str):
        digits = value.strip().removeprefix("-")
        if not (digits.isascii() and digits.isdigit()) or (digits[0] == "0" and len(digits) > 1):
            return f'must be a whole number, and is "{value}"'
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        return f"must be a whole number, and is {_type_of(value)}"
    low, high = _RANGES[kind]
    return "" if low <= value < high else f"is {value}, and must be from {low} to {high - 1}"


def _duration_problem(value: Any) -> str:
    if not isinstance(value, str):
        return f"must be a duration such as 5s, and is {_type_of(value)}"
    if nanoseconds(value) is not None:
        return ""
    problem = syntax_problem(value)
    return f'cannot be "{value}": {problem.reason}' if problem else ""


def _is_number_text(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    if value in ("NaN", "Infinity", "-Infinity"):
        return True
    try:
        float(value)
    except ValueError:
        return False
    return "_" not in value


def _is_base64(value: str) -> bool:
    from base64 import b64decode

    try:
        b64decode(value.encode(), validate=True)
    except ValueError:
        return False
    return True


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return f'the text "{value[:40]}"'
    return "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else "null"


def _last(name: str) -> str:
    return name.rpartition(".")[2]
