"""The keys of the configuration, and how the value of each is read and checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

from istiolint.config import External, Override, Profile, World, did_you_mean
from istiolint.finding import Confidence, Severity

_VERSION = re.compile(r"\d+\.\d+(\.\d+)?")
_RESOURCE = re.compile(r"[A-Z*]\S* \S+|\S*\*\S*")
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


class Wrong(Exception):
    """A value that cannot be; `path` leads from the key to what is wrong with it."""

    def __init__(self, message: str, *path: str | int) -> None:
        super().__init__(message)
        self.path = path


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Wrong(f"must be a text, not {_shown(value)}")
    if not value:
        raise Wrong("must not be empty")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    """A list of texts; one text alone is a list of one."""
    if isinstance(value, str):
        return (_text(value),)
    if not isinstance(value, list):
        raise Wrong(f"must be a list of texts, not {_shown(value)}")
    for at, item in enumerate(value):
        if not isinstance(item, str) or not item:
            raise Wrong(f"must be a list of texts, but has {_shown(item)}", at)
    return tuple(value)


def _globs(value: Any) -> tuple[str, ...]:
    """Patterns of `.gitignore`, in which a leading `./` would match nothing; here it means what it says."""
    return tuple(glob.removeprefix("./") or "/" for glob in _texts(value))


def _namespace(value: Any) -> str:
    if not _NAMESPACE.fullmatch(_text(value)):
        raise Wrong(f"must be the name of a namespace, not {_shown(value)}")
    return str(value)


def _resources(value: Any) -> tuple[str, ...]:
    """Objects as `Kind namespace/name`: what is written otherwise would match none, and nobody would notice."""
    for at, item in enumerate(texts := _texts(value)):
        if not _RESOURCE.fullmatch(item):
            raise Wrong(f'must be "Kind namespace/name", such as "VirtualService shop/*", not {_shown(item)}', at)
    return texts


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong(f"must be true or false, not {_shown(value)}")
    return value


def _version(value: Any) -> str:
    if isinstance(value, float | int) and not isinstance(value, bool):
        raise Wrong('must stand in quotes: as a number, "1.30" would be 1.3')
    if not isinstance(value, str) or not _VERSION.fullmatch(value.removeprefix("v")):
        raise Wrong(f'must be a version such as "1.29", not {_shown(value)}')
    return value.removeprefix("v")


def _word(*words: str) -> Callable[[Any], str]:
    """A reader of one of some words."""

    def read(value: Any) -> str:
        if value not in words:
            hint = did_you_mean(value, list(words)) if isinstance(value, str) else ""
            raise Wrong(f"must be one of {', '.join(words)}, not {_shown(value)}{hint}")
        return str(value)

    return read


def _mapping(value: Any, reader: Callable[[Any], Any], keys: Sequence[str] = ()) -> dict[str, Any]:
    """A mapping whose values are all read by `reader`; with `keys`, only of those."""
    if not isinstance(value, dict):
        raise Wrong(f"must be a mapping, not {_shown(value)}")
    read = {}
    for key, part in value.items():
        if keys and key not in keys:
            raise Wrong(f'unknown key "{key}"{did_you_mean(key, list(keys))}', key)
        try:
            read[key] = reader(part)
        except Wrong as wrong:
            raise Wrong(str(wrong), key, *wrong.path) from wrong
    return read


_severity = _word(*get_args(Severity))


def _severities(value: Any) -> dict[str, Any]:
    return _mapping(value, _severity)


def _params(value: Any) -> dict[str, Any]:
    return _mapping(value, lambda params: _mapping(params, lambda param: param))


def _external(value: Any) -> External:
    return External(**_mapping(value, _texts, External._fields))


OVERRIDE: Mapping[str, Callable[[Any], Any]] = {
    "paths": _globs,
    "resources": _resources,
    "select": _texts,
    "ignore": _texts,
    "severity": _severities,
    "reason": _text,
}
"""The keys of one entry of `overrides`."""


def _override(value: Any) -> Override:
    _mapping(value, lambda part: part, tuple(OVERRIDE))
    read = {}
    for key, part in value.items():
        read.update(_mapping({key: part}, OVERRIDE[key]))
    if not ("paths" in read or "resources" in read):
        raise Wrong("needs paths or resources to say where it holds")
    if not read.keys() & {"select", "ignore", "severity"}:
        raise Wrong("needs select, ignore or severity to say what holds there")
    return Override(**read)


def _overrides(value: Any) -> tuple[Override, ...]:
    if not isinstance(value, list):
        raise Wrong(f"must be a list of mappings, not {_shown(value)}")
    read = []
    for at, item in enumerate(value):
        try:
            read.append(_override(item))
        except Wrong as wrong:
            raise Wrong(str(wrong), at, *wrong.path) from wrong
    return tuple(read)


def _shown(value: Any) -> str:
    """A value as a message shows it."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return f'"{value}"' if isinstance(value, str) else "a list" if isinstance(value, list) else str(value)


PLAIN: Mapping[str, Callable[[Any], Any]] = {
    "respect-gitignore": _truth,
    "namespace": _namespace,
    "istio-version": _version,
    "world": _word(*get_args(World)),
    "cluster-domain": _text,
    "trust-domain": _text,
    "root-namespace": _text,
    "mesh-config": _text,
    "fail-on": _word(*get_args(Severity), "never"),
    "min-severity": _severity,
    "min-confidence": _word(*get_args(Confidence)),
    "require-reason": _truth,
    "cache": _truth,
}
"""Settings that replace what was chosen before, and how each is read."""

KEYS: Mapping[str, Callable[[Any], Any]] = {
    "extends": _texts,
    "profile": _word(*get_args(Profile)),
    "select": _texts,
    "extend-select": _texts,
    "ignore": _texts,
    "severity": _severities,
    "params": _params,
    "overrides": _overrides,
    "exclude": _globs,
    "context": _texts,
    "external": _external,
    **PLAIN,
}
"""Every key of the configuration."""
