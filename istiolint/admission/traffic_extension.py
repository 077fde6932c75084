"""What Istio refuses in a TrafficExtension beyond its schema (specification 7.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission import defects
from istiolint.admission.policy_target import check_attachment
from istiolint.admission.values import mapping, text
from istiolint.finding import Defect

_LUA_BYTES = 65536
"""The CRD counts characters, Istio counts bytes (specification TX-LUA-SIZE)."""


def check(value: dict[str, Any], namespace: str | None) -> Iterator[Defect]:
    """All that Istio refuses or warns of; `value` is the whole object."""
    spec = mapping(value, "spec") or {}
    yield from check_attachment(spec)
    code = text(mapping(spec, "lua") or {}, "inlineCode")
    if len(code) <= _LUA_BYTES < len(code) * 4:
        size = len(code.encode("utf-8", "replace"))
        if size > _LUA_BYTES:
            path = ("spec", "lua", "inlineCode")
            yield defects.out_of_range(path, "the size of the Lua code in bytes", size, f"at most {_LUA_BYTES}")
