"""apiVersion and kind: what is known, served, removed, and meant."""

from __future__ import annotations

import pytest

from istiolint.finding import Change
from istiolint.schema import kinds


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("networking.istio.io/v1", "VirtualService"),
        ("networking.istio.io/v1alpha3", "EnvoyFilter"),
        ("networking.istio.io/v1beta1", "ProxyConfig"),
        ("install.istio.io/v1alpha1", "IstioOperator"),
        ("gateway.networking.k8s.io/v1", "Gateway"),
        ("gateway.networking.k8s.io/v1alpha2", "TCPRoute"),
        ("gateway.networking.k8s.io/v1beta1", "ReferenceGrant"),
        ("apps/v1", "Deployment"),
        ("v1", "Service"),
        ("networking.k8s.io/v1", "Ingress"),
        ("", ""),
        ("v1", "Sidecars"),
        ("appmesh.k8s.aws/v1beta2", "VirtualService"),
        ("networking.gke.io/v1", "ManagedCertificate"),
        ("security.openshift.io/v1", "SecurityContextConstraints"),
        ("config.openshift.io/v1", "Network"),
        ("sailoperator.io/v1", "Istio"),
        ("policy.linkerd.io/v1alpha1", "AuthorizationPolicy"),
        ("networking.internal.knative.dev/v1alpha1", "Ingress"),
        ("gateway.networking.k8s.io/v1alpha1", "SomethingNew"),
        ("networking.x-k8s.io/v1alpha1", "Lease"),
        ("new.istio.io/v1", "SomethingNew"),
    ],
)
def test_quiet(api_version: str, kind: str) -> None:
    assert kinds.judge(api_version, kind) == ()


@pytest.mark.parametrize(
    ("api_version", "kind", "rule", "place", "meant"),
    [
        (
            "nnetworking.istio.io/v1",
            "VirtualService",
            "unknown-api-group",
            "apiVersion",
            ("networking.istio.io/v1", False),
        ),
        (
            "Security.istio.io/v1",
            "AuthorizationPolicy",
            "unknown-api-group",
            "apiVersion",
            ("security.istio.io/v1", False),
        ),
        (
            "authorization.istio.io/v1",
            "AuthorizationPolicy",
            "unknown-api-group",
            "apiVersion",
            ("security.istio.io/v1", False),
        ),
        ("networking.istio.io/v1", "VirtualServices", "unknown-kind", "kind", ("VirtualService", False)),
        ("networking.istio.io/v1", "Virtualservice", "unknown-kind", "kind", ("VirtualService", True)),
        ("networking.istio.io/v1", "dr", "unknown-kind", "kind", ("DestinationRule", False)),
        ("networking.istio.io/v1", "Banana", "unknown-kind", "kind", None),
        ("security.istio.io/v1", "VirtualService", "wrong-api-group", "apiVersion", ("networking.istio.io/v1", False)),
        (
            "networking.istio.io/v1",
            "HTTPRoute",
            "wrong-api-group",
            "apiVersion",
            ("gateway.networking.k8s.io/v1", False),
        ),
        ("v1beta1", "PeerAuthentication", "wrong-api-group", "apiVersion", ("security.istio.io/v1", False)),
        ("networking.k8s.io/v1", "VirtualService", "wrong-api-group", "apiVersion", ("networking.istio.io/v1", False)),
        ("networking.k8s.io/v1", "Gateway", "wrong-api-group", "apiVersion", None),
        (
            "networking.istio.io/v2",
            "VirtualService",
            "unknown-api-version",
            "apiVersion",
            ("networking.istio.io/v1", False),
        ),
        (
            "networking.istio.io/v1",
            "EnvoyFilter",
            "unknown-api-version",
            "apiVersion",
            ("networking.istio.io/v1alpha3", True),
        ),
        (
            "networking.istio.io/v1",
            "ProxyConfig",
            "unknown-api-version",
            "apiVersion",
            ("networking.istio.io/v1beta1", True),
        ),
        (
            "install.istio.io/v1",
            "IstioOperator",
            "unknown-api-version",
            "apiVersion",
            ("install.istio.io/v1alpha1", True),
        ),
        (
            "telemetry.istio.io/v1beta1",
            "Telemetry",
            "unknown-api-version",
            "apiVersion",
            ("telemetry.istio.io/v1", False),
        ),
        (
            "security.istio.io",
            "PeerAuthentication",
            "unknown-api-version",
            "apiVersion",
            ("security.istio.io/v1", False),
        ),
        (
            "gateway.networking.k8s.io/v1alpha2",
            "HTTPRoute",
            "unknown-api-version",
            "apiVersion",
            ("gateway.networking.k8s.io/v1", False),
        ),
        (
            "networking.istio.io/v1beta1",
            "VirtualService",
            "old-api-version",
            "apiVersion",
            ("networking.istio.io/v1", True),
        ),
        (
            "gateway.networking.k8s.io/v1beta1",
            "HTTPRoute",
            "old-api-version",
            "apiVersion",
            ("gateway.networking.k8s.io/v1", True),
        ),
        ("config.istio.io/v1alpha2", "rule", "removed-api", "apiVersion", None),
        ("rbac.istio.io/v1alpha1", "ServiceRole", "removed-api", "apiVersion", None),
        ("authentication.istio.io/v1alpha1", "MeshPolicy", "removed-api", "apiVersion", None),
        ("networking.x-k8s.io/v1alpha1", "HTTPRoute", "removed-api", "apiVersion", None),
        ("networking.istio.io/v1alpha3", "ExternalService", "removed-api", "kind", None),
    ],
)
def test_judged(api_version: str, kind: str, rule: str, place: str, meant: tuple[str, bool] | None) -> None:
    (defect,) = kinds.judge(api_version, kind)
    assert (defect.rule, defect.path) == (rule, (place,))
    if meant is None:
        assert defect.repair is None
    else:
        assert defect.repair is not None
        assert defect.repair.changes == (Change("set", (place,), meant[0]),)
        assert defect.repair.safe is meant[1]


def test_served_by_release() -> None:
    assert kinds.judge("networking.istio.io/v1", "VirtualService", "1.22") == ()
    (defect,) = kinds.judge("networking.istio.io/v1", "VirtualService", "1.21")
    assert (defect.rule, defect.fields["when"]) == ("api-version-not-served", "is served since Istio 1.22")
    assert defect.repair is not None
    assert defect.repair.changes[0].text == "networking.istio.io/v1beta1"
    (defect,) = kinds.judge("extensions.istio.io/v1alpha1", "TrafficExtension", "1.29")
    assert (defect.rule, defect.repair) == ("api-version-not-served", None)


def test_older_versions_are_fine_before_there_was_a_v1() -> None:
    assert kinds.judge("networking.istio.io/v1beta1", "VirtualService", "1.21") == ()
    assert kinds.judge("security.istio.io/v1beta1", "AuthorizationPolicy", "1.21") != ()


def test_table() -> None:
    assert kinds.known("networking.istio.io", "VirtualService")
    assert kinds.known("install.istio.io", "IstioOperator")
    assert not kinds.known("apps", "Deployment")
    assert kinds.scope("gateway.networking.k8s.io", "GatewayClass") == "Cluster"
    assert kinds.scope("networking.istio.io", "Gateway") == "Namespaced"
    assert kinds.scope("", "Service") == ""
    plurals = {kind.plural for kind in kinds.kinds()}
    assert {"serviceentries", "telemetries", "httproutes", "istiooperators"} <= plurals
