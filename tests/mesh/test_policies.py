"""Which policies act on which workloads."""

from typing import Any

import pytest

from mesh.worlds import deployment, mesh, thing

GROUPS = {
    "AuthorizationPolicy": "security.istio.io/v1",
    "PeerAuthentication": "security.istio.io/v1",
    "Telemetry": "telemetry.istio.io/v1",
    "WasmPlugin": "extensions.istio.io/v1alpha1",
    "Sidecar": "networking.istio.io/v1",
    "EnvoyFilter": "networking.istio.io/v1alpha3",
}
POD = deployment("pay", "shop")


def policy(kind: str, name: str, namespace: str, app: str = "", **spec: Any) -> str:
    if app and kind in ("Sidecar", "EnvoyFilter"):
        spec["workloadSelector"] = {"labels": {"app": app}}
    elif app:
        spec["selector"] = {"matchLabels": {"app": app}}
    return thing(kind, name, namespace, GROUPS[kind], **spec)


def applying(kind: str, text: str) -> list[str]:
    world = mesh(POD + text)
    return [it.name for it in world.policies.applying(kind, world.workloads[0])]


@pytest.mark.parametrize("kind", GROUPS)
def test_own_namespace_and_root(kind: str) -> None:
    text = (
        policy(kind, "a-mesh", "istio-system")
        + policy(kind, "b-namespace", "shop")
        + policy(kind, "c-workload", "shop", "pay")
        + policy(kind, "other-workload", "shop", "web")
        + policy(kind, "other-namespace", "ops", "pay")
    )
    assert applying(kind, text) == ["a-mesh", "b-namespace", "c-workload"]


@pytest.mark.parametrize(
    ("kind", "reaches"),
    [("AuthorizationPolicy", True), ("WasmPlugin", True), ("EnvoyFilter", True), ("PeerAuthentication", False),
     ("Telemetry", False), ("Sidecar", False)],
)  # fmt: skip
def test_selectors_of_the_root_namespace(kind: str, reaches: bool) -> None:
    assert applying(kind, policy(kind, "r", "istio-system", "pay")) == (["r"] if reaches else [])


def test_targets_are_not_the_sidecar() -> None:
    target = {"targetRefs": [{"kind": "Service", "group": "", "name": "pay"}]}
    assert applying("AuthorizationPolicy", policy("AuthorizationPolicy", "t", "shop", **target)) == []
    gateway = {"targetRef": {"kind": "Gateway", "group": "gateway.networking.k8s.io", "name": "gw"}}
    pod = deployment("gw", "shop", labels={"gateway.networking.k8s.io/gateway-name": "gw"})
    world = mesh(pod + policy("AuthorizationPolicy", "t", "shop", **gateway))
    found = world.policies.of("AuthorizationPolicy")[0]
    assert found.scope == "target"
    assert found.targets[0].path == ("spec", "targetRef")
    assert found.acts_on(world.workloads[0])


def test_scopes() -> None:
    world = mesh(
        policy("Telemetry", "a", "istio-system") + policy("Telemetry", "b", "shop") + policy("Telemetry", "c", "x", "y")
    )
    assert [it.scope for it in world.policies.of("Telemetry")] == ["mesh", "namespace", "workload"]


def test_what_may_act_besides() -> None:
    world = mesh(POD + policy("AuthorizationPolicy", "floating", "", "pay"))
    workload = world.workloads[0]
    assert world.policies.applying("AuthorizationPolicy", workload) == []
    assert world.policies.perhaps("AuthorizationPolicy", workload)
    assert not mesh(POD).policies.perhaps("AuthorizationPolicy", workload)


def test_the_one_sidecar() -> None:
    own, general = policy("Sidecar", "z-own", "shop", "pay"), policy("Sidecar", "a-general", "shop")
    root, void = policy("Sidecar", "root", "istio-system"), policy("Sidecar", "void", "istio-system", "pay")

    def name(text: str, app: str = "pay") -> str:
        found = mesh(text).policies.sidecar("shop", {"app": app})
        return found.name if found else ""

    assert name(own + general + root) == "z-own"
    assert name(own + general + root, "web") == "a-general"
    assert name(own + root, "web") == "root"
    assert name(void) == ""
    second = policy("Sidecar", "b-general", "shop", creationTimestamp="2024-01-01T00:00:00Z")
    assert name(general + second) == "b-general"


def test_dry_run() -> None:
    text = policy("AuthorizationPolicy", "a", "shop", annotations={"istio.io/dry-run": "true"})
    assert mesh(text).policies.of("AuthorizationPolicy")[0].dry_run
    assert not mesh(policy("AuthorizationPolicy", "a", "shop")).policies.of("AuthorizationPolicy")[0].dry_run
