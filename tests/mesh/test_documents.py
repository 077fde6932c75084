"""Facts of single documents, MeshConfig, which documents belong together, the graph."""

from pathlib import PurePath

import pytest

from istiolint.mesh import MeshSettings, build
from istiolint.mesh.graph import host_node, object_node, subset_node
from istiolint.mesh.visibility import sees
from mesh.worlds import deployment, documents, mesh, namespace, route, rule, service, thing


def test_destinations_of_a_virtual_service() -> None:
    text = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: v, namespace: shop}
spec:
  hosts: [v, "*.example.com"]
  gateways: [public, mesh]
  http:
  - route:
    - destination: {host: a, subset: v1, port: {number: 80}}
      weight: 10
    - destination: {host: b.ops.svc.cluster.local}
    mirror: {host: c}
    mirrors:
    - destination: {host: d}
  - delegate: {name: part}
  - delegate: {name: other, namespace: team}
  tls:
  - route: [{destination: {host: e}}]
  tcp:
  - route: [{destination: {host: f}}]
"""
    found = mesh(text).virtual_services[0]
    assert found.hosts == ("v.shop.svc.cluster.local", "*.example.com")
    assert found.gateways == ("shop/public", "mesh")
    assert [(it.host, it.role, it.section) for it in found.destinations] == [
        ("a", "route", "http"), ("b.ops.svc.cluster.local", "route", "http"), ("c", "mirror", "http"),
        ("d", "mirror", "http"), ("e", "route", "tls"), ("f", "route", "tcp"),
    ]  # fmt: skip
    first = found.destinations[0]
    assert (first.fqdn, first.subset, first.port, first.weight) == ("a.shop.svc.cluster.local", "v1", 80, 10)
    for destination in found.destinations:
        node = found.document.node(*destination.path)
        assert node
        assert node.text("host") == destination.host
    assert [(it.namespace, it.name) for it in found.delegations] == [("shop", "part"), ("team", "other")]


def test_servers_of_a_gateway() -> None:
    servers = [
        {"port": {"number": 443, "protocol": "https", "name": "a"}, "hosts": ["./a.com", "*/b.com", "c.com", "x/d.com"],
         "tls": {"mode": "SIMPLE"}},
        {"hosts": ["*"], "tls": {}},
        "bad",
    ]  # fmt: skip
    found = mesh(thing("Gateway", "g", "edge", servers=servers)).gateways[0].servers
    assert [(it.namespace, it.host) for it in found[0].hosts] == [
        ("edge", "a.com"), ("*", "b.com"), ("*", "c.com"), ("x", "d.com"),
    ]  # fmt: skip
    assert (found[0].number, found[0].protocol, found[0].tls_mode) == (443, "HTTPS", "SIMPLE")
    assert (found[1].number, found[1].tls_mode, len(found)) == (0, "", 2)


def test_virtual_services_of_a_gateway_and_of_the_mesh() -> None:
    world = mesh(
        thing("Gateway", "g", "edge")
        + route("b", "shop", "a", gateways=["edge/g"])
        + route("a", "shop", "a", gateways=["edge/g", "mesh"])
        + route("c", "edge", "a", gateways=["g", "g"])
        + route("d", "shop", "a")
    )
    assert [it.name for it in world.bound(world.gateways[0])] == ["a", "b", "c"]
    assert [it.name for it in world.mesh_routes.get("d.shop.svc.cluster.local")] == ["d"]
    assert not world.mesh_routes.get("b.shop.svc.cluster.local")


def test_visibility_by_words_and_defaults() -> None:
    text = (
        route("a", "shop", "x")
        + route("b", "shop", "x", exportTo=["web"])
        + service("s", "shop")
        + rule("r", "shop", "s")
    )
    world = mesh(text, mesh_config={"defaultVirtualServiceExportTo": ["."]})
    things = [*world.virtual_services, *world.services, *world.destination_rules]
    assert [sees(world, "web", it) for it in things] == [False, True, True, True]
    assert [sees(world, "shop", it) for it in things] == [True, False, True, True]


def test_patches_without_a_pod_are_no_workloads() -> None:
    world = mesh(deployment("a", "shop") + thing("Deployment", "a-v1", "shop", "apps/v1", replicas=3))
    assert [it.labels["app"] for it in world.workloads] == ["a"]


def test_facts_are_made_once() -> None:
    world = mesh(route("a", "shop", "b") + service("a", "shop"))
    assert world.virtual_service_of(world.virtual_services[0].document) is world.virtual_services[0]
    assert world.service_of(world.services[0].document) is world.services[0]


CONFIG_MAP = """
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |-
    rootNamespace: from-map
    enableAutoMtls: false
    outboundTrafficPolicy: {mode: REGISTRY_ONLY}
    trustDomain: td
    trustDomainAliases: [old-td]
    extensionProviders: [{name: opa, envoyExtAuthzGrpc: {}}]
"""
OPERATOR = thing(
    "IstioOperator", "iop", "istio-system", "install.istio.io/v1alpha1", meshConfig={"rootNamespace": "op"}
)


def test_mesh_config_of_the_files() -> None:
    config = mesh(CONFIG_MAP).config
    assert (config.root_namespace, config.auto_mtls, config.outbound_policy) == ("from-map", False, "REGISTRY_ONLY")
    assert config.trust_domains == ("td", "old-td")
    assert list(config.extension_providers) == ["opa"]
    assert config.source
    assert mesh(CONFIG_MAP + OPERATOR).root_namespace == "op"
    assert mesh(CONFIG_MAP, mesh_config={"rootNamespace": "given"}).root_namespace == "given"
    assert mesh(CONFIG_MAP, mesh_config={}).root_namespace == "istio-system"


@pytest.mark.parametrize("written", ["mesh: '{'", "mesh: '[1]'", "mesh: 1", "other: x"])
def test_mesh_config_that_cannot_be_read_is_none(written: str) -> None:
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: istio}}\ndata:\n  {written}\n"
    config = mesh(text).config
    assert not config.given
    assert (config.auto_mtls, config.outbound_policy, config.trust_domain) == (True, "ALLOW_ANY", "cluster.local")


def together(one: str, other: str, *more: tuple[str, str]) -> bool:
    """Whether rules of two places ("file namespace") are of one mesh."""
    found = []
    for place in (one, other):
        file, _, space = place.partition(" ")
        found += documents(rule(PurePath(file).stem, space, "x"), file)
    for file, text in more:
        found += documents(text, file)
    world = build(found, MeshSettings())
    return world.together(found[0], found[1])


def test_documents_of_one_mesh() -> None:
    assert together("a.yaml shop", "b/c.yaml web")
    assert together("apps/a.yaml", "apps/b.yaml")
    assert together("apps/a.yaml", "apps/sub/b.yaml")
    assert not together("one/a.yaml", "two/b.yaml"), "two folders without a namespace may go to different ones"
    assert not together("a.yaml", "b.yaml shop")


def test_folders_that_define_the_same_object_are_alternatives() -> None:
    same = service("x", "shop")
    assert not together("dev/a.yaml shop", "prod/b.yaml shop", ("dev/s.yaml", same), ("prod/s.yaml", same))
    assert together("dev/a.yaml shop", "dev/b.yaml shop", ("dev/s.yaml", same), ("prod/s.yaml", same))
    assert together("dev/a.yaml shop", "common/b.yaml shop", ("dev/s.yaml", same), ("prod/s.yaml", same))
    assert not together("v1.yaml shop", "v2.yaml shop", ("v1.yaml", same), ("v2.yaml", same))


def test_all_of_a_complete_world_belongs_together() -> None:
    found = documents(rule("a", "", "x"), "one/a.yaml") + documents(rule("b", "shop", "x"), "two/b.yaml")
    assert build(found, MeshSettings(world="complete")).together(*found)


def test_graph() -> None:
    world = mesh(
        service("a", "shop")
        + deployment("a", "shop")
        + rule("a", "shop", "a", "v1")
        + thing("Gateway", "g", "shop")
        + route("front", "shop", "a|v1", gateways=["g"])
    )
    host = "a.shop.svc.cluster.local"
    found = world.graph
    front = object_node("VirtualService", "shop", "front")
    assert {edge.label for edge in found.outgoing[host_node(host)]} == {"selects", "subset"}
    assert [(edge.label, edge.target) for edge in found.outgoing[front]] == [("route", subset_node(host, "v1"))]
    assert [edge.source for edge in found.incoming[front]] == [
        object_node("Gateway", "shop", "g"), host_node("front.shop.svc.cluster.local"),
    ]  # fmt: skip
    gateway = object_node("Gateway", "shop", "g")
    assert subset_node(host, "v1") in found.reachable(gateway)
    assert host_node("front.shop.svc.cluster.local") not in found.reachable(gateway)


def test_namespaces_of_several_manifests() -> None:
    text = namespace("shop", istio_injection="enabled", team="a") + namespace("shop", istio_injection="disabled")
    found = mesh(text).namespaces["shop"]
    assert found.labels == {"team": "a"}
    assert found.disputed == {"istio-injection"}
