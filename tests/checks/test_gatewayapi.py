"""Routes and Gateways of the Gateway API: what the examples of cards cannot show."""

from __future__ import annotations

from typing import Any

import pytest

from istiolint.checks import gatewayapi, listeners
from istiolint.finding import Defect
from istiolint.mesh import Mesh
from istiolint.paths import compile_path
from istiolint.source.node import Node
from mesh.worlds import mesh, service, thing

API = "gateway.networking.k8s.io/v1"


def said(world: Mesh, rule: str, each: str) -> list[Defect]:
    """What a rule says at a path of every document that has it."""
    module = gatewayapi if hasattr(gatewayapi, rule) else listeners
    found: list[Defect] = []
    for document in world.everything:
        for path, value in compile_path(each)(document.value):
            found += getattr(module, rule)(Node(document, path, value), world)
    return found


def gateway(name: str = "gw", namespace: str = "edge", allowed: Any = None, **listener: Any) -> str:
    its = {"name": "http", "port": 80, "protocol": "HTTP", **listener}
    if allowed is not None:
        its["allowedRoutes"] = {"namespaces": allowed}
    return thing("Gateway", name, namespace, API, gatewayClassName="istio", listeners=[its])


def route(namespace: str = "shop", kind: str = "HTTPRoute", backend: Any = None, **parent: Any) -> str:
    rules = [{"backendRefs": [{"name": "web", "port": 80, **(backend or {})}]}]
    return thing(kind, "its", namespace, API, parentRefs=[{"name": "gw", "namespace": "edge", **parent}], rules=rules)


def test_a_gateway_may_be_elsewhere_unless_the_files_are_everything() -> None:
    assert not said(mesh(route()), "parent_gateway_not_found", "spec.parentRefs[*]")
    assert said(mesh(route(), world="complete"), "parent_gateway_not_found", "spec.parentRefs[*]")
    declared = mesh(route(), world="complete", external_gateways=("edge/gw",))
    assert not said(declared, "parent_gateway_not_found", "spec.parentRefs[*]")


def test_a_gateway_of_istio_is_no_parent() -> None:
    other = thing("Gateway", "gw", "edge", servers=[])
    defect = said(mesh(route() + other, world="complete"), "parent_gateway_not_found", "spec.parentRefs[*]")[0]
    assert "Istio's own kind" in str(defect.fields["hint"])


@pytest.mark.parametrize(
    ("allowed", "labels", "admitted"),
    [
        (None, {}, False),
        ({"from": "All"}, {}, True),
        ({"from": "None"}, {}, False),
        ({"from": "Selector", "selector": {"matchLabels": {"a": "b"}}}, {"a": "b"}, True),
        ({"from": "Selector", "selector": {"matchLabels": {"a": "b"}}}, {"a": "c"}, False),
        ({"from": "Selector", "selector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}}, None, True),
        ({"from": "Selector", "selector": {"matchLabels": {"kubernetes.io/metadata.name": "web"}}}, None, False),
        ({"from": "Selector", "selector": {"matchLabels": {"a": "b"}}}, None, True),
        ({"from": "Selector", "selector": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}}, {}, False),
        ({"from": "Selector", "selector": {"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}}, {}, True),
        (
            {"from": "Selector", "selector": {"matchExpressions": [{"key": "a", "operator": "NotIn", "values": []}]}},
            {},
            True,
        ),
    ],
)
def test_listeners_say_whose_routes_they_take(allowed: Any, labels: Any, admitted: bool) -> None:
    space = "" if labels is None else thing("Namespace", "shop", "", "v1", labels=labels)
    world = mesh(route() + gateway(allowed=allowed) + space)
    assert bool(said(world, "route_not_allowed", "spec.parentRefs[*]")) is not admitted


def test_a_route_without_namespace_may_be_in_that_of_the_gateway() -> None:
    assert not said(mesh(route("") + gateway()), "route_not_allowed", "spec.parentRefs[*]")


@pytest.mark.parametrize(
    ("kind", "protocol", "tls", "carried"),
    [
        ("HTTPRoute", "HTTPS", {}, True),
        ("GRPCRoute", "HTTP", {}, True),
        ("TCPRoute", "HTTP", {}, False),
        ("TLSRoute", "TLS", {"mode": "Passthrough"}, True),
        ("TCPRoute", "TLS", {"mode": "Passthrough"}, False),
        ("TCPRoute", "TLS", {"mode": "Terminate"}, True),
        ("HTTPRoute", "HBONE", {}, True),
    ],
)
def test_protocols_carry_kinds(kind: str, protocol: str, tls: dict[str, str], carried: bool) -> None:
    world = mesh(route(kind=kind) + gateway(allowed={"from": "All"}, protocol=protocol, tls=tls))
    assert bool(said(world, "route_kind_not_carried", "spec.parentRefs[*]")) is not carried


BACKENDS = "spec.rules[*].backendRefs[*]"


def grant(namespace: str, source: str = "shop", name: str = "") -> str:
    target = {"group": "", "kind": "Service", **({"name": name} if name else {})}
    sources = [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": source}]
    return thing(
        "ReferenceGrant", "grant", namespace, "gateway.networking.k8s.io/v1beta1", **{"from": sources, "to": [target]}
    )


@pytest.mark.parametrize(
    ("grants", "granted"),
    [
        (grant("other"), True),
        (grant("other", name="web"), True),
        (grant("other", name="api"), False),
        (grant("other", source="nobody"), False),
        (grant("shop"), False),
        (grant(""), True),
    ],
)
def test_grants_are_by_kind_namespace_and_name(grants: str, granted: bool) -> None:
    world = mesh(route(backend={"namespace": "other"}) + service("web", "other") + grants)
    assert bool(said(world, "reference_not_granted", BACKENDS)) is not granted


def test_routes_of_the_mesh_need_no_grant() -> None:
    world = mesh(
        route(backend={"namespace": "other"}, group="", kind="Service") + service("web", "other") + grant("shop")
    )
    assert not said(world, "reference_not_granted", BACKENDS)


def test_a_missing_grant_is_said_in_a_low_voice_where_it_may_be_elsewhere() -> None:
    world = mesh(route(backend={"namespace": "other"}) + service("web", "other"))
    assert [it.confidence for it in said(world, "reference_not_granted", BACKENDS)] == ["low"]
    assert not said(mesh(route(backend={"namespace": "other"})), "reference_not_granted", BACKENDS)


def test_other_controllers_have_other_rules() -> None:
    foreign = gateway(protocol="UDP").replace("gatewayClassName: istio", "gatewayClassName: other")
    assert not said(mesh(foreign), "listener_not_served", "spec.listeners[*]")
    assert said(mesh(gateway(protocol="UDP")), "listener_not_served", "spec.listeners[*]")
    assert not said(mesh(foreign), "gateway_class_not_found", "spec.gatewayClassName")
    assert said(mesh(foreign, world="complete"), "gateway_class_not_found", "spec.gatewayClassName")
    made = thing("GatewayClass", "other", "", API, controllerName="example.com/other")
    assert not said(mesh(foreign + made, world="complete"), "gateway_class_not_found", "spec.gatewayClassName")
