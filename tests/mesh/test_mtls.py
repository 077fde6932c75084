"""What servers accept and clients send."""

from typing import Any

import pytest

from istiolint.mesh import Mesh
from mesh.worlds import deployment, mesh, namespace, rule, service, thing

PAY = "pay.shop.svc.cluster.local"
POD = deployment("pay", "shop")


def peer(name: str, space: str, mode: str | None = None, app: str = "", **more: Any) -> str:
    """A PeerAuthentication."""
    spec: dict[str, Any] = dict(more)
    if mode is not None:
        spec["mtls"] = {"mode": mode}
    if app:
        spec["selector"] = {"matchLabels": {"app": app}}
    return thing("PeerAuthentication", name, space, "security.istio.io/v1", **spec)


def server(world: Mesh, port: int | None = None) -> tuple[str, str]:
    """Mode of the first workload, and the policy that says so."""
    found = world.mtls.server(world.workloads[0], port)
    return found.mode, f"{found.policy.namespace}/{found.policy.name}" if found.policy else ""


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ("", ("PERMISSIVE", "")),
        (peer("m", "istio-system", "STRICT"), ("STRICT", "istio-system/m")),
        (peer("m", "istio-system", "STRICT") + peer("n", "shop", "DISABLE"), ("DISABLE", "shop/n")),
        (peer("n", "shop", "DISABLE") + peer("w", "shop", "STRICT", "pay"), ("STRICT", "shop/w")),
        (peer("m", "istio-system", "STRICT") + peer("n", "shop", "UNSET"), ("STRICT", "istio-system/m")),
        (peer("n", "shop", "STRICT") + peer("w", "shop", None, "pay"), ("STRICT", "shop/n")),
        (peer("w", "istio-system", "STRICT", "pay"), ("PERMISSIVE", "")),
        (peer("w", "shop", "STRICT", "other"), ("PERMISSIVE", "")),
        (peer("b", "shop", "STRICT") + peer("a", "shop", "DISABLE"), ("DISABLE", "shop/a")),
        (peer("o", "ops", "STRICT"), ("PERMISSIVE", "")),
        (peer("n", "shop", "STRICT", selector={}), ("STRICT", "shop/n")),
    ],
)
def test_the_mode_of_a_workload(policies: str, expected: tuple[str, str]) -> None:
    assert server(mesh(POD + policies)) == expected


def test_only_the_oldest_selector_policy_counts() -> None:
    one = peer("b", "shop", "STRICT", "pay", creationTimestamp="2024-01-01T00:00:00Z")
    two = peer("a", "shop", "DISABLE", "pay", creationTimestamp="2024-01-02T00:00:00Z")
    assert server(mesh(POD + two + one)) == ("STRICT", "shop/b")


def test_ports_of_the_pod() -> None:
    ports = {"8080": {"mode": "DISABLE"}, "9090": {"mode": "UNSET"}}
    world = mesh(POD + peer("n", "shop", "STRICT") + peer("w", "shop", None, "pay", portLevelMtls=ports))
    assert server(world, 8080) == ("DISABLE", "shop/w")
    assert server(world, 9090) == ("STRICT", "shop/n")
    assert server(world, 80) == ("STRICT", "shop/n")
    found = world.mtls.server(world.workloads[0], 8080)
    assert found.path == ("spec", "portLevelMtls", "8080", "mode")


def test_ports_count_only_with_a_selector() -> None:
    world = mesh(POD + peer("n", "shop", "STRICT", portLevelMtls={"8080": {"mode": "DISABLE"}}))
    assert server(world, 8080) == ("STRICT", "shop/n")


def sends(policy: dict[str, Any] | None, port: int = 80, subset: str = "", **more: Any) -> str:
    """What a client of `web` sends, under an owner's rule with this trafficPolicy."""
    text = POD + service("pay", "shop") + more.pop("text", "")
    if policy is not None:
        text += rule("pay", "shop", "pay", trafficPolicy=policy, **more.pop("spec", {}))
    gateway = more.pop("gateway", False)
    return mesh(text, **more).mtls.client(PAY, "web", port, subset, gateway=gateway).sends


def tls(mode: str, **more: str) -> dict[str, Any]:
    return {"tls": {"mode": mode, **more}}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (None, "auto-mtls"),
        ({}, "auto-mtls"),
        (tls("DISABLE"), "plaintext"),
        (tls("ISTIO_MUTUAL"), "istio-mtls"),
        (tls("SIMPLE"), "simple"),
        (tls("MUTUAL"), "mutual"),
        ({"tls": {}}, "plaintext"),
        ({**tls("DISABLE"), "portLevelSettings": [{"port": {"number": 80}, **tls("ISTIO_MUTUAL")}]}, "istio-mtls"),
        ({**tls("DISABLE"), "portLevelSettings": [{"port": {"number": 81}, **tls("ISTIO_MUTUAL")}]}, "plaintext"),
        ({**tls("DISABLE"), "portLevelSettings": [{"port": {"number": 80}}]}, "auto-mtls"),
    ],
)
def test_client_side(policy: dict[str, Any] | None, expected: str) -> None:
    assert sends(policy) == expected


def subsets(**policy: Any) -> dict[str, Any]:
    return {"spec": {"subsets": [{"name": "v1", "labels": {}, "trafficPolicy": policy}]}}


def test_a_subset_overrides_and_its_ports_replace() -> None:
    port = {"port": {"number": 80}}
    assert sends(tls("DISABLE"), subset="v1", **subsets(**tls("ISTIO_MUTUAL"))) == "istio-mtls"
    assert sends(tls("ISTIO_MUTUAL"), subset="v1", **subsets(loadBalancer={})) == "istio-mtls"
    assert sends(tls("DISABLE"), subset="v1", **subsets(portLevelSettings=[port])) == "auto-mtls"
    assert sends(tls("DISABLE"), subset="v1", **subsets(portLevelSettings=[{**port, **tls("SIMPLE")}])) == "simple"
    assert sends(tls("DISABLE"), subset="", **subsets(**tls("ISTIO_MUTUAL"))) == "plaintext"


def test_settings_of_a_port_without_tls_leave_the_endpoints_to_the_rule() -> None:
    policy = {**tls("DISABLE"), "portLevelSettings": [{"port": {"number": 80}}]}
    world = mesh(POD + service("pay", "shop") + rule("pay", "shop", "pay", trafficPolicy=policy))
    found = world.mtls.client(PAY, "web", 80)
    assert (found.sends, found.to_all) == ("auto-mtls", False)
    assert world.mtls.client(PAY, "web", 81).sends == "plaintext"


def test_credentials_are_for_gateways() -> None:
    named = tls("SIMPLE", credentialName="ca")
    assert sends(named) == "plaintext"
    assert sends(named, gateway=True) == "simple"
    assert sends(tls("SIMPLE", credentialName="configmap://ca")) == "simple"


def test_automatic() -> None:
    assert sends(None, mesh_config={"enableAutoMtls": False}) == "plaintext"
    assert sends(None, text=peer("n", "shop", "DISABLE")) == "plaintext"
    assert sends(None, text=peer("n", "istio-system", "DISABLE")) == "plaintext"
    assert sends(None, text=peer("w", "shop", "DISABLE", "pay")) == "auto-mtls"


def test_outside_hosts_get_no_automatic_mtls() -> None:
    spec: dict[str, Any] = {"hosts": ["x.example.com"], "resolution": "DNS"}
    for location, expected in (("MESH_EXTERNAL", "plaintext"), ("MESH_INTERNAL", "auto-mtls")):
        world = mesh(thing("ServiceEntry", "e", "web", location=location, **spec))
        assert world.mtls.client("x.example.com", "web", 80).sends == expected


def test_headless_services_are_all_or_nothing() -> None:
    def world(*pods: str) -> Mesh:
        injected = namespace("shop", istio_injection="enabled")
        return mesh(injected + service("pay", "shop", clusterIP="None") + "".join(pods), world="complete")

    bare = deployment("pay", "shop", "v2", labels={"sidecar.istio.io/inject": "false"})
    assert world(POD).mtls.client(PAY, "web", 80).sends == "istio-mtls"
    assert world(POD).mtls.client(PAY, "web", 80, gateway=True).sends == "auto-mtls"
    assert world(POD, bare).mtls.client(PAY, "web", 80).sends == "plaintext"
    assert world().mtls.client(PAY, "web", 80).sends == "plaintext"


def test_endpoints_of_automatic_mtls() -> None:
    injected = namespace("shop", istio_injection="enabled")

    def takes(text: str, port: int | None = 80) -> bool | None:
        world = mesh(text)
        return world.mtls.takes_mtls(world.workloads[0], port)

    assert takes(POD) is None, "whether the namespace is injected is not known"
    assert takes(POD + injected) is True
    assert takes(deployment("pay", "shop", labels={"sidecar.istio.io/inject": "false"}) + injected) is False
    assert takes(deployment("pay", "shop", labels={"security.istio.io/tlsMode": "disabled"}) + injected) is False
    ports = peer("w", "shop", "STRICT", "pay", portLevelMtls={"80": {"mode": "DISABLE"}})
    assert takes(POD + injected + ports) is False
    assert takes(POD + injected + ports, 81) is True
