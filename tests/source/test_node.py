from __future__ import annotations

from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from istiolint.source.document import Document
from istiolint.source.node import Node
from istiolint.source.spans import SpanTable

VALUE: dict[str, Any] = {
    "metadata": {"name": "reviews", "labels": None},
    "spec": {"hosts": ["a", None, "c"], "tls": {"mode": 3}},
}


def _root(value: Any = VALUE) -> Node:
    return Node(Document("a.yaml", 0, {}, SpanTable({}, array("I"))), (), value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((), VALUE),
        (("metadata", "name"), "reviews"),
        (("spec", "hosts", 0), "a"),
        (("metadata", "labels"), None),
        (("metadata", "labels", "app"), None),
        (("metadata", "name", 0), None),
        (("spec", "hosts", "0"), None),
        (("spec", "hosts", 3), None),
        (("nowhere", "at", "all"), None),
    ],
)
def test_at(path: tuple[str | int, ...], value: Any) -> None:
    found = _root().at(*path)
    assert (found.value if found else None) == value
    assert found is None or found.path == path


def test_paths_go_on_from_the_node() -> None:
    spec = _root().get("spec")
    assert spec is not None
    assert [(node.path, node.value) for node in spec.items("hosts")] == [
        (("spec", "hosts", 0), "a"),
        (("spec", "hosts", 2), "c"),
    ]
    assert [(node.key, node.value) for node in spec.items("tls")] == [("mode", 3)]
    assert list(spec.items("tls", "mode")) == []


def test_text_is_a_string_or_empty() -> None:
    assert _root().text("metadata", "name") == "reviews"
    assert _root().text("spec", "tls", "mode") == ""
    assert _root().text("spec") == ""
    assert _root().text("nowhere") == ""


_keys = st.one_of(st.sampled_from(["a", "b"]), st.integers(-3, 3))
_values = st.recursive(
    st.one_of(st.none(), st.text(max_size=2), st.integers()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "b"]), inner)),
)


@given(_values, st.lists(_keys, max_size=4))
def test_at_is_get_step_by_step(value: Any, path: list[str | int]) -> None:
    node: Node | None = _root(value)
    for key in path:
        node = node.get(key) if node else None
    found = _root(value).at(*path)
    if value is None and not path:
        return
    assert (found.value, found.path) == (node.value, node.path) if found and node else found is node
