"""Delegates: which matches fit into which, by the control plane's rules."""

from __future__ import annotations

from typing import Any

import pytest

from istiolint.checks import delegation
from istiolint.mesh import Mesh
from istiolint.source.node import Node
from mesh.worlds import mesh, thing


def root(match: list[dict[str, Any]] | None = None, **delegate: str) -> str:
    entry: dict[str, Any] = {"delegate": {"name": "leaf", **delegate}}
    if match is not None:
        entry["match"] = match
    return thing("VirtualService", "root", "shop", hosts=["x.com"], gateways=["public"], http=[entry])


def leaf(*matches: dict[str, Any], namespace: str = "shop", **spec: Any) -> str:
    http = [{"match": list(matches), "route": [{"destination": {"host": "web"}}]}]
    return thing("VirtualService", "leaf", namespace, http=http, **spec)


def outside(world: Mesh) -> list[object]:
    """The fields for which matches of the delegate do not fit."""
    (route,) = [it for it in world.virtual_services if it.name == "leaf"]
    node = Node(route.document, (), route.document.value)
    return [
        defect.fields["field"]
        for match in node.items("spec", "http", 0, "match")
        for defect in delegation.delegate_outside_root(match, world)
    ]


@pytest.mark.parametrize(
    ("outer", "inner", "field"),
    [
        ({"uri": {"prefix": "/a"}}, {"uri": {"prefix": "/a/b"}}, ""),
        ({"uri": {"prefix": "/a"}}, {"uri": {"exact": "/ab"}}, ""),
        ({"uri": {"prefix": "/a"}}, {"uri": {"prefix": "/"}}, "uri"),
        ({"uri": {"exact": "/a"}}, {"uri": {"prefix": "/a"}}, "uri"),
        ({"uri": {"exact": "/a"}}, {"uri": {"exact": "/a"}}, ""),
        ({"uri": {"prefix": "/a"}}, {"uri": {"regex": "/a.*"}}, "uri"),
        ({"uri": {"regex": "/a.*"}}, {"uri": {"prefix": "/a"}}, "uri"),
        ({"uri": {"prefix": "/a"}}, {"method": {"exact": "GET"}}, ""),
        ({"method": {"exact": "GET"}}, {"method": {"exact": "POST"}}, "method"),
        ({"headers": {"a": {"exact": "x"}}}, {"headers": {"b": {"exact": "y"}}}, ""),
        ({"headers": {"a": {"exact": "x"}}}, {"headers": {"a": {"exact": "y"}}}, "headers"),
        ({"uri": {"prefix": "/a"}, "ignoreUriCase": True}, {"uri": {"prefix": "/a/b"}}, "ignoreUriCase"),
        ({"port": 80}, {"port": 81}, "port"),
        ({"port": 80}, {}, ""),
        ({"sourceNamespace": "web"}, {"uri": {"prefix": "/"}}, "sourceNamespace"),
        ({"sourceLabels": {"a": "x"}}, {"sourceLabels": {"a": "y"}}, "sourceLabels"),
        ({"sourceLabels": {"a": "x"}}, {"sourceLabels": {"b": "y"}}, ""),
        ({"gateways": ["public"]}, {"gateways": ["shop/public"]}, ""),
        ({"gateways": ["public"]}, {"gateways": ["mesh"]}, "gateways"),
    ],
)
def test_what_fits(outer: dict[str, Any], inner: dict[str, Any], field: str) -> None:
    assert outside(mesh(root([outer]) + leaf(inner))) == ([field] if field else [])


def test_one_match_of_the_root_is_enough() -> None:
    outer = [{"uri": {"prefix": "/a"}}, {"uri": {"prefix": "/b"}}]
    assert outside(mesh(root(outer) + leaf({"uri": {"prefix": "/b/c"}}))) == []


def test_a_root_without_match_delegates_everything() -> None:
    assert outside(mesh(root() + leaf({"uri": {"regex": "/a"}}))) == []


def test_one_of_several_roots_is_enough() -> None:
    other = root([{"uri": {"prefix": "/b"}}]).replace("name: root", "name: other")
    world = mesh(root([{"uri": {"prefix": "/a"}}]) + other + leaf({"uri": {"prefix": "/b/c"}}))
    assert outside(world) == []


def test_nobody_delegates() -> None:
    assert outside(mesh(leaf({"uri": {"prefix": "/b/c"}}))) == []


def said(world: Mesh, rule: str) -> int:
    (route,) = [it for it in world.virtual_services if it.name == "root"]
    node = Node(route.document, (), route.document.value).at("spec", "http", 0, "delegate")
    assert node is not None
    return len(list(getattr(delegation, rule)(node, world)))


def test_a_delegate_may_be_elsewhere() -> None:
    assert said(mesh(root()), "delegate_not_found") == 0
    assert said(mesh(root(), world="complete"), "delegate_not_found") == 1
    assert said(mesh(root(namespace="blog") + leaf(namespace="blog"), world="complete"), "delegate_not_found") == 0


def test_manifests_of_one_delegate_are_taken_together() -> None:
    with_hosts = leaf(hosts=["y.com"])
    assert said(mesh(root() + with_hosts), "delegate_with_hosts") == 1
    assert said(mesh(root() + with_hosts + leaf()), "delegate_with_hosts") == 0


def test_visibility_of_delegates() -> None:
    other = root(namespace="blog") + leaf(namespace="blog", exportTo=["."])
    assert said(mesh(other), "delegate_not_visible") == 1
    assert said(mesh(root() + leaf(exportTo=["."])), "delegate_not_visible") == 0
    assert said(mesh(other.replace("  namespace: shop\n", "")), "delegate_not_visible") == 0
