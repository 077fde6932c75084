"""`--set path=value` of `istioctl install`: how flags are read, and what is wrong with them (section 9)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from istiolint.finding import Defect, Path
from istiolint.install.defects import invalid_set_flag
from istiolint.install.operator import check_operator
from istiolint.install.setting import Setting
from istiolint.records import NamedTuple

_ALWAYS_TEXT = re.compile(
    r"tag|values\.global\.tag|compatibilityVersion|values\.compatibilityVersion"
    r"|(?:values\.)?meshConfig\.defaultConfig\.proxyMetadata\..*"
)
_TRUE, _FALSE = (
    frozenset(("1", "t", "T", "TRUE", "true", "True")),
    frozenset(("0", "f", "F", "FALSE", "false", "False")),
)
_INTEGER = re.compile(r"[+-]?[0-9]+")
_FLOAT = re.compile(
    r"[+-]?(?:[0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?|[iI]nf(?:inity)?|[nN]a[nN])"
)
_SELECTOR = re.compile(r"\[([^\[\]:]*)(?::(.*))?\]")


class FlagDefect(NamedTuple):
    """A defect of the flags: `flag` is the text it stands in, None where it belongs to no single one."""

    flag: str | None
    defect: Defect


class _Flag(NamedTuple):
    text: str
    path: Path
    """Below the root of the IstioOperator."""
    start: int
    """Where the value begins in the text."""


def judge_flags(flags: Sequence[str]) -> list[FlagDefect]:
    """What `istioctl install` says of `--set` flags, in order; without files, over the profile they choose."""
    found: list[FlagDefect] = []
    operator: dict[str, Any] = {"spec": {}}
    read: list[_Flag] = []
    for text in flags:
        try:
            read.append(_apply(text, operator["spec"]))
        except _Unreadable as problem:
            found.append(FlagDefect(text, invalid_set_flag(problem.reason, problem.part)))
    for defect in check_operator(Setting(operator, ())):
        flag = _flag_of(defect.path, read)
        if flag is not None and defect.part is not None:
            defect = defect._replace(part=(flag.start + defect.part[0], flag.start + defect.part[1]))
        found.append(FlagDefect(flag.text if flag is not None else None, defect._replace(repair=None)))
    return found


def _flag_of(path: Path, flags: list[_Flag]) -> _Flag | None:
    """The last flag that sets something at or below `path`, or that holds it."""
    for flag in reversed(flags):
        shared = min(len(path), len(flag.path))
        if flag.path[:shared] == path[:shared]:
            return flag
    return None


class _Unreadable(Exception):
    def __init__(self, reason: str, part: tuple[int, int] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.part = part


def _apply(text: str, spec: dict[str, Any]) -> _Flag:
    """Sets what the flag says in `spec`."""
    written, equals, value = text.partition("=")
    if not equals:
        raise _Unreadable("path=value is needed")
    steps = list(_steps(written))
    if not steps:
        raise _Unreadable("there is no path before the =", (0, 1))
    parsed: Any = value.replace("\\,", ",")
    if not _ALWAYS_TEXT.fullmatch(written):
        parsed = _typed(parsed)
    return _Flag(text, ("spec", *_put(spec, steps, parsed, written)), len(written) + 1)


def _steps(written: str) -> Iterator[str]:
    """The steps of a path: names, and selectors such as `[0]` or `[name:value]`."""
    token = ""
    position = 0
    while position < len(written):
        char = written[position]
        if char == "\\" and written[position + 1 : position + 2] == ".":
            token += "."
            position += 1
        elif char == ".":
            if token:
                yield token
            token = ""
        elif char == "[":
            end = written.find("]", position)
            if end < 0:
                raise _Unreadable("a ] is missing", (position, len(written)))
            if token:
                yield token
            token = ""
            yield written[position : end + 1]
            position = end
        else:
            token += char
        position += 1
    if token:
        yield token


def _put(owner: Any, steps: list[str], value: Any, written: str) -> Path:
    """Sets `value` below `owner`, making what is missing; gives the path with selectors resolved to numbers."""
    step, rest = steps[0], steps[1:]
    key: str | int = step
    selector = _SELECTOR.fullmatch(step)
    if selector is not None:
        key = _index(owner, selector, written)
        while len(owner) <= key:
            owner.append(None)
    elif not isinstance(owner, dict):
        raise _Unreadable(f"{step} stands below a list or a value that another flag sets", (0, len(written)))
    if not rest:
        owner[key] = value
        return (key,)
    child = owner.get(key) if isinstance(owner, dict) else owner[int(key)]
    if not isinstance(child, dict | list):
        child = owner[key] = [] if rest[0].startswith("[") else {}
    return (key, *_put(child, rest, value, written))


def _index(owner: Any, selector: re.Match[str], written: str) -> int:
    part = (written.find(selector[0]), written.find(selector[0]) + len(selector[0]))
    if not isinstance(owner, list):
        raise _Unreadable(f"{selector[0]} does not stand below a list", part)
    if selector[2] is None:
        if not (selector[1].isascii() and selector[1].isdigit()) or int(selector[1]) > 1000:
            raise _Unreadable(f"{selector[0]} is neither a number nor name:value", part)
        return int(selector[1])
    for index, item in enumerate(owner):
        if isinstance(item, dict) and str(item.get(selector[1])) == selector[2]:
            return index
    raise _Unreadable(
        f"{selector[0]} finds only what earlier flags or files have, not what comes with the profile; use [0]", part
    )


def _typed(text: str) -> Any:
    """A value as istioctl types it: whole number, number, boolean, else text."""
    if _INTEGER.fullmatch(text) and len(text) < 19:
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    return text
