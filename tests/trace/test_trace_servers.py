"""What ports of pods make of what is sent to them, and what clients send."""

from typing import Any

import pytest
from worlds import Manifest, deployment, get, injected, namespace, peer, ports, service, thing, trace, world

from istiolint.trace.question import Request
from istiolint.trace.result import Backend
from istiolint.trace.servers import Inbound, arrive

MODES: dict[str, Any] = {"P": "PERMISSIVE", "S": "STRICT", "D": "DISABLE"}


@pytest.mark.parametrize(
    ("mode", "kind", "expected"),
    [
        ("P", "http", ["ok", "protocol-error", "tls-refused", "ok"]),
        ("P", "tcp", ["ok", "ok", "tls-to-app", "ok"]),
        ("P", "auto", ["ok", "ok", "tls-to-app", "ok"]),
        ("S", "http", ["tls-refused", "tls-refused", "tls-refused", "ok"]),
        ("S", "tcp", ["tls-refused", "tls-refused", "tls-refused", "ok"]),
        ("S", "auto", ["tls-refused", "tls-refused", "tls-refused", "ok"]),
        ("D", "http", ["ok", "protocol-error", "protocol-error", "protocol-error"]),
        ("D", "tcp", ["ok", "ok", "tls-to-app", "tls-to-app"]),
        ("D", "auto", ["ok", "ok", "tls-to-app", "tls-to-app"]),
    ],
)
def test_what_arrives(mode: str, kind: Any, expected: list[str]) -> None:
    """Plaintext HTTP, other plaintext, TLS that is not the mesh's, mTLS."""
    asked = [
        arrive(MODES[mode], kind, "plaintext", "http", True),
        arrive(MODES[mode], kind, "plaintext", "tcp", False),
        arrive(MODES[mode], kind, "tls", "https", False),
        arrive(MODES[mode], kind, "mtls", "http", True),
    ]
    assert [it.connection for it in asked] == expected
    assert all(it.identity == (it.connection == "ok") for it in asked[3:])


def test_other_bytes_in_mtls() -> None:
    assert arrive("STRICT", "http", "mtls", "tcp", False).connection == "protocol-error"
    assert arrive("STRICT", "auto", "mtls", "tcp", False) == ("ok", False, True)
    assert arrive("PERMISSIVE", "tcp", "mtls", "http", True).http is False


BASE = [
    *injected("shop", "web"), service("own", "web"), deployment("own", "web"), service("pay", "shop"),
    deployment("pay", "shop"),
]  # fmt: skip


def backends(request: Request, *objects: Manifest, name: str = "web/own-v1", **settings: Any) -> list[Backend]:
    found = trace(world(BASE, *objects, **settings), name, request)
    return [*found.backends, *(it for target in found.targets for it in target.backends)]


def said(found: list[Backend]) -> list[tuple[str, str | None, str | None]]:
    return [(it.sent, it.mode, it.connection) for it in found]


def rule(host: str, **tls: Any) -> Manifest:
    return thing("DestinationRule", "r", "shop", host=host, trafficPolicy={"tls": tls})


def test_automatic_mtls_and_what_turns_it_off() -> None:
    assert said(backends(get("pay.shop"))) == [("mtls", "PERMISSIVE", "ok")]
    assert said(backends(get("pay.shop"), mesh_config={"enableAutoMtls": False})) == [("plaintext", "PERMISSIVE", "ok")]
    assert said(backends(get("pay.shop"), peer("p", "shop", "DISABLE"))) == [("plaintext", "DISABLE", "ok")]
    only = peer(
        "p", "shop", "STRICT", selector={"matchLabels": {"app": "pay"}}, portLevelMtls={"8080": {"mode": "DISABLE"}}
    )
    assert said(backends(get("pay.shop"), only)) == [("plaintext", "DISABLE", "ok")]
    label = deployment("pay", "shop", "v9", labels={"security.istio.io/tlsMode": "disabled"})
    assert said(backends(get("pay.shop"), label))[1] == ("plaintext", "PERMISSIVE", "ok")


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("DISABLE", ("plaintext", "STRICT", "tls-refused")),
        ("SIMPLE", ("tls", "STRICT", "tls-refused")),
        ("ISTIO_MUTUAL", ("mtls", "STRICT", "ok")),
    ],
)
def test_client_tls_against_strict_ports(mode: str, expected: tuple[str, ...]) -> None:
    assert said(backends(get("pay.shop"), rule("pay", mode=mode), peer("p", "istio-system", "STRICT"))) == [expected]


def test_a_sidecar_ignores_credentials_by_name() -> None:
    named = rule("pay", mode="SIMPLE", credentialName="c")
    assert said(backends(get("pay.shop"), named)) == [("plaintext", "PERMISSIVE", "ok")]


def test_pods_without_sidecar() -> None:
    bare = deployment("pay", "shop", "v0", labels={"sidecar.istio.io/inject": "false"})
    found = backends(get("pay.shop"), bare)
    assert said(found)[1] == ("plaintext", None, "ok")
    assert found[1].verdict is None
    assert said(backends(get("pay.shop"), bare, rule("pay", mode="ISTIO_MUTUAL")))[1] == ("mtls", None, "tls-to-app")


def test_selectors_in_the_root_namespace_do_not_count() -> None:
    root = peer("p", "istio-system", "STRICT", selector={"matchLabels": {"app": "pay"}})
    assert said(backends(get("pay.shop"), root)) == [("mtls", "PERMISSIVE", "ok")]


def test_the_oldest_service_gives_a_port_its_protocol() -> None:
    other = service("a-pay", "shop", selector={"app": "pay"}, ports=ports(("tcp", 90, 8080)))
    mesh = world(BASE, other)
    served = Inbound(mesh, True).served(next(it for it in mesh.workloads if it.name == "pay-v1"), 8080)
    assert (served.kind, [it.name for it in served.beaten]) == ("tcp", ["pay"])


def test_ports_that_no_service_has_are_sniffed() -> None:
    mesh = world(BASE, service("x", "shop", selector={"app": "pay"}, ports=[{"name": "http", "port": 9090}]))
    workload = next(it for it in mesh.workloads if it.name == "pay-v1")
    assert Inbound(mesh, True).served(workload, 9090).kind == "http"
    assert Inbound(mesh, False).served(workload, 9090).kind == "auto"
    assert Inbound(mesh, True).served(workload, 1).kind == "auto"


def test_listeners_of_a_sidecar_stand_for_those_of_services() -> None:
    sidecar = thing("Sidecar", "s", "shop", ingress=[{"port": {"number": 8080, "protocol": "TCP", "name": "t"}}])
    mesh = world(BASE, sidecar)
    workload = next(it for it in mesh.workloads if it.name == "pay-v1")
    assert Inbound(mesh, True).served(workload, 8080).kind == "tcp"
    assert Inbound(mesh, True).served(workload, 80).kind == "auto"


def test_ports_that_are_not_captured() -> None:
    out = deployment("out", "web", annotations={"traffic.sidecar.istio.io/excludeOutboundPorts": "80, 90"})
    assert trace(world(BASE, out), "web/out-v1", get("pay.shop")).outcome == "no-sidecar"
    into = deployment("pay", "shop", "v0", annotations={"traffic.sidecar.istio.io/excludeInboundPorts": "8080"})
    assert said(backends(get("pay.shop"), into))[1][1:] == (None, "tls-to-app")
    some = deployment("pay", "shop", "v0", annotations={"traffic.sidecar.istio.io/includeInboundPorts": "1"})
    assert said(backends(get("pay.shop"), some))[1][1] is None
    ranges = deployment("r", "web", annotations={"traffic.sidecar.istio.io/includeOutboundIPRanges": "10.0.0.0/8"})
    assert trace(world(BASE, ranges), "web/r-v1", get("pay.shop")).unknowns


def test_the_dialled_address_is_shown_where_nothing_is_routed() -> None:
    mesh = world([namespace("web"), *BASE[2:]])
    found = trace(mesh, "web/own-v1", get("pay.shop"))
    assert [(it.port, it.connection) for it in found.backends] == [(8080, "ok")]
