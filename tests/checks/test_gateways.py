"""Which Gateways share pods, and what follows: what the examples of cards cannot show."""

from __future__ import annotations

from typing import Any

import pytest

from istiolint.checks import gateways
from istiolint.finding import Defect
from istiolint.mesh import Mesh, MeshSettings, build
from istiolint.source.node import Node
from mesh.worlds import deployment, documents, mesh, service, thing


def gateway(name: str, namespace: str, selector: dict[str, str], *servers: dict[str, Any], **metadata: str) -> str:
    return thing("Gateway", name, namespace, selector=selector, servers=list(servers), **metadata)


def http(*hosts: str, number: int = 80) -> dict[str, Any]:
    return {"port": {"number": number, "name": f"http-{number}", "protocol": "HTTP"}, "hosts": list(hosts)}


def tls(*hosts: str, number: int = 443) -> dict[str, Any]:
    port = {"number": number, "name": "https", "protocol": "HTTPS"}
    return {"port": port, "hosts": list(hosts), "tls": {"mode": "PASSTHROUGH"}}


def said(world: Mesh, rule: str) -> list[Defect]:
    """All defects of a rule about servers."""
    body = getattr(gateways, rule)
    return [
        defect
        for gateway in world.gateways
        for server in Node(gateway.document, (), gateway.document.value).items("spec", "servers")
        for defect in body(server, world)
    ]


def test_selectors_that_pick_the_same_pod_share_it() -> None:
    two = gateway("a", "one", {"app": "gw"}, tls("x.com")) + gateway("b", "two", {"zone": "eu"}, tls("x.com"))
    assert not said(mesh(two), "server_host_taken")
    pod = deployment("gw", "ingress", labels={"zone": "eu"})
    assert len(said(mesh(two + pod), "server_host_taken")) == 2


@pytest.mark.parametrize(("world", "found"), [("auto", 2), ("complete", 0)])
def test_more_labels_pick_some_of_the_pods_of_fewer(world: str, found: int) -> None:
    wide = gateway("a", "one", {"app": "gw"}, tls("x.com"))
    narrow = gateway("b", "two", {"app": "gw", "zone": "eu"}, tls("x.com"))
    assert len(said(mesh(wide + narrow, world=world), "server_host_taken")) == found


def test_no_selector_is_every_gateway() -> None:
    two = gateway("a", "one", {}, tls("x.com")) + gateway("b", "two", {"app": "gw"}, tls("x.com"))
    assert len(said(mesh(two), "server_host_taken")) == 2


def test_addresses_keep_servers_apart() -> None:
    bound = {**tls("x.com"), "bind": "10.0.0.1"}
    two = gateway("a", "one", {"app": "gw"}, bound) + gateway("b", "two", {"app": "gw"}, tls("x.com"))
    assert not said(mesh(two), "server_host_taken")


def test_overlays_of_one_gateway_are_no_conflict() -> None:
    settings = MeshSettings()
    base = documents(gateway("a", "one", {"app": "gw"}, tls("x.com")), "base/gateway.yaml")
    overlay = documents(gateway("a", "one", {"app": "gw"}, tls("x.com")), "prod/gateway.yaml")
    other = documents(gateway("b", "one", {"app": "gw"}, tls("x.com")), "prod/other.yaml")
    assert not said(build([*base, *overlay], settings), "server_host_taken")
    both = said(build([*base, *overlay, *other], settings), "server_host_taken")
    assert {defect.document.file for defect in both if defect.document} == {"prod/gateway.yaml", "prod/other.yaml"}


def test_many_others_are_not_all_named() -> None:
    world = mesh("".join(gateway(f"g{number}", "one", {"app": "gw"}, http("*")) for number in range(9)))
    found = said(world, "host_on_several_gateways")
    assert len(found) == 9
    assert str(found[0].fields["others"]).endswith("Gateway one/g3 and others")


def test_tls_after_plain_http_is_said_once() -> None:
    two = gateway("a", "one", {"app": "gw"}, http("x.com", number=443)) + gateway(
        "b", "one", {"app": "gw"}, tls("x.com")
    )
    assert len(said(mesh(two), "server_host_taken")) == 2
    assert not said(mesh(two), "port_taken_by_other_protocol")


def test_ports_of_several_services_count_together() -> None:
    own = gateway("a", "ingress", {"app": "gw"}, http("*", number=80), http("*", number=8080), http("*", number=81))
    world = mesh(own + deployment("gw", "ingress") + service("gw", "ingress", 80) + service("gw-2", "ingress", 8080))
    assert [it.fields["port"] for it in said(world, "gateway_port_not_on_service")] == [8080, 81]
    both = service("gw-2", "ingress", 8080, selector={"app": "gw"})
    world = mesh(own + deployment("gw", "ingress") + service("gw", "ingress", 80) + both)
    assert [it.fields["port"] for it in said(world, "gateway_port_not_on_service")] == [81]


def test_pods_without_a_service_may_have_one_elsewhere() -> None:
    own = gateway("a", "ingress", {"app": "gw"}, http("*")) + deployment("gw", "ingress")
    assert not said(mesh(own), "gateway_port_not_on_service")
    assert len(said(mesh(own, world="complete"), "gateway_port_not_on_service")) == 1


def test_a_host_port_needs_no_service() -> None:
    container = {"name": "istio-proxy", "image": "auto", "ports": [{"containerPort": 80, "hostPort": 80}]}
    own = gateway("a", "ingress", {"app": "gw"}, http("*"))
    world = mesh(own + deployment("gw", "ingress", containers=[container]), world="complete")
    assert not said(world, "gateway_port_not_on_service")


def test_only_servers_that_end_tls_ask_for_an_sni() -> None:
    def ends(*hosts: str) -> dict[str, Any]:
        return {**tls(*hosts), "tls": {"mode": "SIMPLE", "credentialName": "c"}}

    assert len(said(mesh(gateway("a", "one", {"app": "gw"}, ends("x.com"), ends("one/x.com"))), "same_sni_twice")) == 2
    assert not said(mesh(gateway("a", "one", {"app": "gw"}, ends("x.com"), tls("one/x.com"))), "same_sni_twice")
