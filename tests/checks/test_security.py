"""mTLS between rules and policies: which setting is in effect, and which server it meets."""

from __future__ import annotations

from typing import Any

import pytest

from checks.said import messages, said
from mesh.worlds import deployment, namespace, rule, service, thing

MESHED = {"sidecar.istio.io/inject": "true"}


def policy(name: str, space: str, mode: str = "", ports: dict[str, str] | None = None, **selector: str) -> str:
    spec: dict[str, Any] = {"mtls": {"mode": mode}} if mode else {}
    if selector:
        spec["selector"] = {"matchLabels": selector}
    if ports:
        spec["portLevelMtls"] = {port: {"mode": its} for port, its in ports.items()}
    return thing("PeerAuthentication", name, space, "security.istio.io/v1", **spec)


def sends(mode: str, space: str = "shop", host: str = "pay", **policy: Any) -> str:
    return rule("pay", space, host, trafficPolicy={"tls": {"mode": mode}, **policy})


PAY = service("pay", "shop", 80) + deployment("pay", "shop", labels=MESHED)
STRICT = policy("default", "shop", "STRICT")


def test_the_workload_decides_before_the_namespace() -> None:
    plain = sends("DISABLE") + PAY + STRICT
    assert messages("plaintext-to-strict", plain)
    assert not messages("plaintext-to-strict", plain + policy("pay", "shop", "PERMISSIVE", app="pay"))
    assert messages("plaintext-to-strict", plain + policy("pay", "shop", "UNSET", app="pay"))


def test_the_port_decides_before_the_workload() -> None:
    world = sends("DISABLE") + service("pay", "shop", 80, 81) + deployment("pay", "shop", labels=MESHED)
    (message,) = messages("plaintext-to-strict", world + policy("pay", "shop", "STRICT", {"80": "DISABLE"}, app="pay"))
    assert "port 81," in message
    assert "80" not in message


def test_pods_that_are_not_there_may_be_exempt() -> None:
    world = sends("DISABLE") + service("pay", "shop") + STRICT
    assert said("plaintext-to-strict", world)[0].confidence == "low"
    assert not messages("plaintext-to-strict", world + policy("some", "shop", "PERMISSIVE", version="v1"))
    assert messages("plaintext-to-strict", world + policy("other", "shop", "PERMISSIVE", app="web"))


def test_without_evidence_of_a_sidecar_the_mesh_policy_is_no_reason() -> None:
    everywhere = policy("default", "istio-system", "STRICT")
    world = sends("DISABLE") + service("pay", "shop") + deployment("pay", "shop") + everywhere
    assert not messages("plaintext-to-strict", world)
    assert messages("plaintext-to-strict", world + namespace("shop", istio_injection="enabled"))


@pytest.mark.parametrize(
    "pod",
    [
        {"labels": {"sidecar.istio.io/inject": "false"}},
        {"labels": {"istio.io/dataplane-mode": "ambient", "sidecar.istio.io/inject": "false"}},
        {"labels": MESHED, "annotations": {"traffic.sidecar.istio.io/excludeInboundPorts": "9, 80"}},
        {"labels": MESHED, "annotations": {"traffic.sidecar.istio.io/includeInboundPorts": "8080"}},
        {"labels": MESHED, "hostNetwork": True},
    ],
)
def test_who_has_no_sidecar_on_the_port_refuses_nothing(pod: dict[str, Any]) -> None:
    world = sends("DISABLE") + service("pay", "shop") + deployment("pay", "shop", **pod) + STRICT
    assert not messages("plaintext-to-strict", world)


def test_a_rule_that_is_not_in_effect_sends_nothing() -> None:
    hidden = rule("wide", "shop", "*.shop.svc.cluster.local", trafficPolicy={"tls": {"mode": "DISABLE"}})
    exact = sends("ISTIO_MUTUAL")
    own = policy("pay", "shop", "STRICT", app="pay")
    assert messages("plaintext-to-strict", hidden + PAY + own)
    assert not messages("plaintext-to-strict", hidden + exact + PAY + own)


def test_settings_of_a_port_replace_those_around_them() -> None:
    port = [{"port": {"number": 80}, "tls": {"mode": "ISTIO_MUTUAL"}}]
    assert not messages("plaintext-to-strict", sends("DISABLE", portLevelSettings=port) + PAY + STRICT)


def test_one_cause_gives_one_finding() -> None:
    wide = rule("wide", "shop", "*.shop.svc.cluster.local", trafficPolicy={"tls": {"mode": "DISABLE"}})
    assert messages("plaintext-to-strict-namespace", wide + PAY + STRICT)
    assert not messages("plaintext-to-strict", wide + PAY + STRICT)


def test_ambient_servers_take_mtls_whatever_their_policy_says() -> None:
    world = (
        sends("ISTIO_MUTUAL") + service("pay", "shop") + deployment("pay", "shop") + policy("pay", "shop", "DISABLE")
    )
    assert messages("mtls-to-disabled", world)
    assert not messages("mtls-to-disabled", world + namespace("shop", istio__io_s_dataplane_mode="ambient"))


def test_plaintext_is_right_for_a_namespace_without_sidecars() -> None:
    wide = rule("wide", "shop", "*.shop.svc.cluster.local", trafficPolicy={"tls": {"mode": "DISABLE"}})
    everywhere = policy("default", "istio-system", "STRICT")
    assert not messages("plaintext-to-strict-mesh", wide + everywhere)
    assert messages("plaintext-to-strict-mesh", wide + everywhere + namespace("shop", istio_injection="enabled"))
    assert messages("plaintext-to-strict-mesh", wide + everywhere, world="complete")


@pytest.mark.parametrize(("port", "speaks"), [("http", True), ("https", False), ("tcp", False), ("x", False)])
def test_tls_of_the_client_passes_through_where_the_port_is_not_http(port: str, speaks: bool) -> None:
    ports = [{"name": port, "port": 80}]
    world = sends("SIMPLE") + service("pay", "shop", ports=ports) + deployment("pay", "shop", labels=MESHED)
    assert bool(messages("foreign-tls-to-sidecar", world)) == speaks


def test_a_pod_port_that_equals_a_service_port_is_meant() -> None:
    ports = [{"port": 80, "targetPort": 8080}, {"port": 8080, "targetPort": 80}]
    world = service("pay", "shop", ports=ports) + deployment("pay", "shop")
    assert not messages("port-mtls-not-a-pod-port", world + policy("pay", "shop", ports={"80": "DISABLE"}, app="pay"))


def test_rivals_of_other_folders_are_no_rivals() -> None:
    one, other = policy("one", "shop", "STRICT"), policy("other", "shop", "DISABLE")
    rule = "several-peer-authentications"
    assert len(said(rule, one + other)) == 2
    assert {it.confidence for it in said(rule, one, other)} == {"low"}
    again = service("pay", "shop")
    names = ("dev/a.yaml", "prod/a.yaml")
    assert not said(rule, one + again, other + again, names=names)


def test_the_oldest_rival_is_named_where_ages_are_known() -> None:
    ages = ("2024-01-02T00:00:00Z", "2023-01-02T00:00:00Z")
    both = "".join(
        thing("PeerAuthentication", name, "shop", "security.istio.io/v1", creationTimestamp=age)
        for name, age in zip(("young", "old"), ages, strict=True)
    )
    young, old = messages("several-peer-authentications", both)
    assert "only old, the oldest, counts" in young
    assert "this one, the oldest" in old
