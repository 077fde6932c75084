"""The table of Envoy's messages: whole, and read as it was written."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from istiolint.admission.envoy_filter import _MESSAGES
from istiolint.admission.envoy_types import camel, enum_names, fields, is_frozen, is_message, message_names

ROOT = Path(__file__).parents[2]


def test_every_message_can_be_read() -> None:
    known = set(message_names())
    for name in known:
        for field in (fields(name) or {}).values():
            assert field.kind in "sybfiIuUme"
            assert field.shape in ("", "[", "{")
            assert field.kind != "m" or field.type_name in known
            assert field.kind != "e" or enum_names(field.type_name)


@pytest.mark.parametrize("name", sorted(_MESSAGES.values()))
def test_what_is_patched_is_known(name: str) -> None:
    assert fields(name)


def test_fields_by_both_spellings() -> None:
    known = fields("envoy.config.cluster.v3.Cluster")
    assert known is not None
    assert known["lb_policy"] == known["lbPolicy"]
    assert known["lb_policy"].type_name == "envoy.config.cluster.v3.Cluster.LbPolicy"
    assert known["health_checks"].shape == "["
    assert camel("consecutive_5xx") == "consecutive5xx"
    assert fields("envoy.none") is None


def test_old_messages_are_not_known() -> None:
    assert not is_message("envoy.api.v2.Cluster")
    assert not is_message("envoy.config.filter.http.lua.v2.Lua")
    assert is_frozen("envoy.config.retry.previous_priorities.PreviousPrioritiesConfig")


def test_the_table_is_what_the_tool_made() -> None:
    stored = json.loads((ROOT / "schemas/envoy/messages.json").read_text())
    made_by = hashlib.sha256((ROOT / "tools/envoy_dump.go").read_bytes()).hexdigest()
    assert stored["provenance"]["dump"] == made_by, "run: python tools/envoy_types.py"
