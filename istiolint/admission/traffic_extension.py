"""What Istio refuses in a TrafficExtension beyond its schema (specification 7.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission import defects
from istiolint.admission.look import object_at, text_at
from istiolint.admission.policy_target import check_selector, check_targets
from istiolint.finding import Defect

_LUA_BYTES = 65536
"""The CRD counts characters, Istio counts bytes (specification TX-LUA-SIZE)."""


def check(value: dict[str, Any], namespace: str | None) -> Iterator[Defect]:
    """All that Istio refuses or warns of; `value` is the whole object."""
    spec = object_at(value, "spec")
    yield from check_selector(spec)
    yield from check_targets(spec)
    code = text_at(object_at(spec, "lua"), "inlineCode")
    if len(code) <= _LUA_BYTES < len(code) * 4:
        size = len(code.encode("utf-8", "replace"))
        if size > _LUA_BYTES:
            yield defects.lua_code_too_long(("spec", "lua", "inlineCode"), size)
