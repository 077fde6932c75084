"""IstioOperator, Helm values in it, and `--set` flags."""

from __future__ import annotations

from typing import Any

import pytest

from istiolint.install.operator import check_operator, hub_problem
from istiolint.install.set_flags import judge_flags
from istiolint.install.setting import Setting

Found = list[tuple[str, tuple[str | int, ...]]]


def found(**spec: Any) -> Found:
    value = {"apiVersion": "install.istio.io/v1alpha1", "kind": "IstioOperator", "spec": spec}
    return [(defect.rule, defect.path[1:]) for defect in check_operator(Setting(value, ()))]


def kubernetes(**settings: Any) -> Found:
    return [(rule, path[3:]) for rule, path in found(components={"pilot": {"k8s": settings}})]


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"profile": "demo", "hub": "docker.io/istio/", "tag": 1.2, "revision": "1-22-0", "installPackagePath": "/x"},
        {"profile": "./ours.yaml", "unvalidatedValues": {"a": 1}, "namespace": "a"},
        {
            "values": {
                "global": {"proxy_init": {"image": "x"}, "tag": 1},
                "pilot": {"env": {"A": 1}, "traceSampling": 1},
            }
        },
        {"values": {"ztunnel": {"a": 1}, "cni": {"ambient": {"enabled": True}}}},
        {"values": {"global": {"proxy": {"includeIPRanges": "*", "excludeInboundPorts": "0,,*"}}}},
        {"components": {"ingressGateways": [{"enabled": True}], "cni": {"enabled": True, "namespace": "kube-system"}}},
    ],
)
def test_sound_operators(spec: dict[str, Any]) -> None:
    assert found(**spec) == []


@pytest.mark.parametrize(
    ("spec", "rule", "path"),
    [
        ({"Profile": "demo"}, "wrong-key-case", ("Profile",)),
        ({"profile": "external"}, "unknown-profile", ("profile",)),
        ({"addonComponents": {}}, "unknown-install-setting", ("addonComponents",)),
        ({"revision": 1}, "wrong-setting-type", ("revision",)),
        ({"revision": "1.22"}, "invalid-install-setting", ("revision",)),
        ({"revision": "Canary"}, "doubtful-install-setting", ("revision",)),
        ({"hub": "a b"}, "invalid-install-setting", ("hub",)),
        ({"tag": "a b"}, "invalid-install-setting", ("tag",)),
        ({"compatibilityVersion": "9.99"}, "doubtful-install-setting", ("compatibilityVersion",)),
        ({"compatibilityVersion": 1.25}, "wrong-setting-type", ("compatibilityVersion",)),
        ({"components": {"base": {"hub": "x"}}}, "unknown-install-setting", ("components", "base", "hub")),
        ({"components": {"galley": {}}}, "unknown-install-setting", ("components", "galley")),
        ({"components": {"pilot": {"enabled": "true"}}}, "wrong-setting-type", ("components", "pilot", "enabled")),
        (
            {"components": {"ingressGateways": [{"name": "A_B"}]}},
            "invalid-install-setting",
            ("components", "ingressGateways", 0, "name"),
        ),
        ({"values": {"global": {"proxyInit": {}}}}, "unknown-install-setting", ("values", "global", "proxyInit")),
        (
            {"values": {"global": {"proxy": {"tracer": "foo"}}}},
            "wrong-setting-type",
            ("values", "global", "proxy", "tracer"),
        ),
        (
            {"values": {"global": {"waypoint": {"nodeSelector": {"a": "b"}}}}},
            "invalid-install-setting",
            ("values", "global", "waypoint", "nodeSelector"),
        ),
        (
            {"values": {"meshConfig": {"proxyListenPort": 99999}}},
            "invalid-mesh-setting",
            ("values", "meshConfig", "proxyListenPort"),
        ),
        ({"meshConfig": {"foo": 1}}, "unknown-mesh-setting", ("meshConfig", "foo")),
        (
            {"values": {"pilot": {"resources": {"requests": {"cpu": "1"}}}}},
            "deprecated-helm-value",
            ("values", "pilot", "resources"),
        ),
    ],
)
def test_each_mistake_has_one_defect_at_its_place(spec: dict[str, Any], rule: str, path: tuple[str | int, ...]) -> None:
    assert found(**spec) == [(rule, path)]


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"resources": {"requests": {"cpu": "abc"}}}, ("resources", "requests", "cpu")),
        ({"replicaCount": -1}, ("replicaCount",)),
        ({"replicaCount": "2"}, ("replicaCount",)),
        ({"env": [{"name": "A", "value": 1}]}, ("env", 0, "value")),
        ({"tolerations": [{"key": 1}]}, ("tolerations", 0, "key")),
    ],
)
def test_kubernetes_types_are_strict(settings: dict[str, Any], path: tuple[str | int, ...]) -> None:
    assert kubernetes(**settings) == [("wrong-setting-type", path)]


def test_kubernetes_types_that_are_taken() -> None:
    assert kubernetes(resources={"requests": {"cpu": 1}}, strategy={"rollingUpdate": {"maxSurge": "25%"}}) == []
    assert kubernetes(overlays=[{"kind": "Deployment", "name": "istiod", "patches": [{"path": "a", "value": 3}]}]) == []


def gateway(ports: list[dict[str, Any]], **values: Any) -> list[str]:
    service = {"enabled": True, "k8s": {"service": {"ports": ports}}}
    return [rule for rule, _ in found(components={"ingressGateways": [service]}, values={"gateways": values})]


@pytest.mark.parametrize(
    ("port", "refused"),
    [
        ({"port": 80}, True),
        ({"port": 80, "targetPort": 90}, True),
        ({"port": 1024}, True),
        ({"port": 1025}, False),
        ({"port": 80, "targetPort": 1024}, False),
        ({"port": 80, "targetPort": "http"}, False),
    ],
)
def test_ports_that_need_root(port: dict[str, Any], refused: bool) -> None:
    assert gateway([port]) == (["privileged-gateway-port"] if refused else [])
    assert gateway([port], **{"istio-ingressgateway": {"runAsRoot": True}}) == []


@pytest.mark.parametrize(("replicas", "warned"), [(1, False), (2, True)])
def test_replicas_beside_an_autoscaler(replicas: int, warned: bool) -> None:
    components = {"pilot": {"k8s": {"replicaCount": replicas}}}
    rules = [rule for rule, _ in found(components=components, values={"pilot": {"autoscaleEnabled": True}})]
    assert rules == (["replicas-and-autoscaler"] if warned else [])


@pytest.mark.parametrize(
    ("hub", "good"), [("docker.io/istio", True), ("localhost:5000/a", True), ("x", True), ("Docker.io/Istio", False)]
)
def test_hubs(hub: str, good: bool) -> None:
    assert (hub_problem(hub) is None) == good


@pytest.mark.parametrize(
    "flags",
    [
        ["profile=ambient", "hub=x", "tag=1"],
        ["components.ingressGateways[0].name=x", "components.ingressGateways.[0].enabled=true"],
        ["components.ingressGateways[0].name=x", "components.ingressGateways[name:x].enabled=false"],
        ["meshConfig.defaultConfig.proxyMetadata.A=true", "values.global.tag=1", "compatibilityVersion=1.25"],
        ["values.pilot.podLabels.a\\.b/c=d"],
        ["values.global.proxy.includeIPRanges=10.0.0.0/8\\,10.1.0.0/16"],
    ],
)
def test_sound_flags(flags: list[str]) -> None:
    assert judge_flags(flags) == []


@pytest.mark.parametrize(
    ("flag", "rule", "blamed"),
    [
        ("foo", "invalid-set-flag", None),
        ("spec.hub=x", "unknown-install-setting", None),
        ("revision=12", "wrong-setting-type", None),
        ("revision=1.2.3", "invalid-install-setting", "."),
        ("values.pilot.autoscaleEnabled=yes", "wrong-setting-type", None),
        ("values.revisionTags={prod}", "wrong-setting-type", None),
        ("components.ingressGateways[name:a].enabled=false", "invalid-set-flag", "[name:a]"),
        ("[0].a=b", "invalid-set-flag", "[0]"),
        ("a[0=b", "invalid-set-flag", "[0"),
        ("hub=a b", "invalid-install-setting", " "),
    ],
)
def test_flags_that_are_refused(flag: str, rule: str, blamed: str | None) -> None:
    (said,) = judge_flags(["values.global.logAsJson=true", flag])
    assert (said.flag, said.defect.rule) == (flag, rule)
    if blamed is not None:
        assert said.defect.part is not None
        assert flag[slice(*said.defect.part)] == blamed
