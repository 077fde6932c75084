"""A place inside settings: a value and its path. Fields are found by both of their names.

Istio decodes MeshConfig and Helm values with a decoder that takes `accessLogFile` and `access_log_file` alike; of both,
the first wins. A value of the wrong type reads as absent, as does null: the shape check reports types.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.durations import nanoseconds
from istiolint.finding import Path
from istiolint.records import NamedTuple


class Setting(NamedTuple):
    """A value, and where it is."""

    value: Any
    path: Path

    def at(self, *keys: str) -> Setting | None:
        """The setting at `keys`, None where there is none or it is null."""
        setting: Setting | None = self
        for key in keys:
            if setting is None or not isinstance(setting.value, dict):
                return None
            name = key if key in setting.value else snake_case(key)
            value = setting.value.get(name)
            setting = None if value is None else Setting(value, (*setting.path, name))
        return setting

    def any_case(self, key: str) -> Setting | None:
        """The setting at `key`, in whatever case it is written: what Go's decoder would take."""
        if not isinstance(self.value, dict):
            return None
        if key not in self.value:
            folded = key.lower()
            key = next((name for name in self.value if isinstance(name, str) and name.lower() == folded), key)
        value = self.value.get(key)
        return None if value is None else Setting(value, (*self.path, key))

    def object(self, *keys: str) -> Setting | None:
        """The mapping at `keys`."""
        setting = self.at(*keys)
        return setting if setting is not None and isinstance(setting.value, dict) else None

    def string(self, *keys: str) -> Setting | None:
        """The setting at `keys` where it is a string, even an empty one."""
        setting = self.at(*keys)
        return setting if setting is not None and isinstance(setting.value, str) else None

    def text(self, *keys: str) -> str | None:
        """The string at `keys`."""
        setting = self.string(*keys)
        return setting.value if setting is not None else None

    def flag(self, *keys: str) -> bool:
        """Whether `keys` is true."""
        setting = self.at(*keys)
        return setting is not None and setting.value is True

    def whole(self, *keys: str) -> int | None:
        """The whole number at `keys`, also one written as a string."""
        setting = self.at(*keys)
        return None if setting is None else whole_number(setting.value)

    def duration(self, *keys: str) -> int | None:
        """The duration at `keys` in nanoseconds; None also where it does not parse."""
        text = self.text(*keys)
        return None if text is None else nanoseconds(text)

    def items(self, *keys: str) -> Iterator[Setting]:
        """The items of the list at `keys`, without nulls."""
        setting = self.at(*keys)
        if setting is not None and isinstance(setting.value, list):
            for index, value in enumerate(setting.value):
                if value is not None:
                    yield Setting(value, (*setting.path, index))

    def entries(self, *keys: str) -> Iterator[tuple[str, Setting]]:
        """Keys and values of the mapping at `keys`, null values included."""
        setting = self.at(*keys)
        if setting is not None and isinstance(setting.value, dict):
            for key, value in setting.value.items():
                yield str(key), Setting(value, (*setting.path, key))


def snake_case(name: str) -> str:
    """`accessLogFile` as `access_log_file`."""
    if name.islower():
        return name
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name)


def camel_case(name: str) -> str:
    """`access_log_file` as `accessLogFile`."""
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def whole_number(value: Any) -> int | None:
    """`value` as a whole number: 80, 80.0 and "80"."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        digits = value.strip(" \t\r\n").removeprefix("-")
        if digits.isascii() and digits.isdigit() and (digits[0] != "0" or digits == "0"):
            return int(value)
    return None
