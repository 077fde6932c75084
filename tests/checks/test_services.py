"""Ports of Services and what else leads to the same pods: what the examples of cards cannot show."""

from __future__ import annotations

import pytest

from checks.said import messages, said

NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: enabled}}\n---\n"
PODS = """---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: a}]}
"""


def service(port: str, name: str = "web", namespace: str = "shop", extra: str = "") -> str:
    return f"""apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: {namespace}{extra}}}
spec: {{selector: {{app: web}}, ports: [{port}]}}
"""


ONE_OF = ("protocol-not-said", "protocol-not-said-to-callers", "unknown-app-protocol", "app-protocol-hides-name")


@pytest.mark.parametrize(
    ("port", "rule"),
    [
        ("{port: 80}", "protocol-not-said-to-callers"),
        ("{port: 80, name: httpx}", "protocol-not-said-to-callers"),
        ("{port: 80, name: HTTP-x}", ""),
        ("{port: 3306, name: db}", ""),
        ("{port: 3306, appProtocol: amqp}", ""),
        ("{port: 80, appProtocol: amqp}", "unknown-app-protocol"),
        ("{port: 80, appProtocol: kubernetes.io/h2c}", ""),
        ("{port: 80, name: kubernetes.io/h2c}", "protocol-not-said-to-callers"),
        ("{port: 80, name: grpc, appProtocol: amqp}", "app-protocol-hides-name"),
        ("{port: 80, name: quic, protocol: UDP}", ""),
    ],
)
def test_a_port_is_spoken_of_once(port: str, rule: str) -> None:
    assert [it for it in ONE_OF if said(it, service(port))] == [rule][: bool(rule)]


def test_pods_in_the_mesh_make_it_another_rule() -> None:
    whole = NAMESPACE + service("{port: 80}") + PODS
    assert said("protocol-not-said", whole)
    assert not said("protocol-not-said-to-callers", whole)


@pytest.mark.parametrize(("namespace", "extra"), [("kube-system", ""), ("shop", ", labels: {release: istio}")])
def test_services_that_are_not_the_users(namespace: str, extra: str) -> None:
    assert not said("protocol-not-said-to-callers", service("{port: 80}", namespace=namespace, extra=extra))


def test_one_service_may_use_a_port_for_both_transports() -> None:
    both = service("{name: a, port: 53}, {name: b, port: 53, protocol: UDP}")
    assert not said("service-port-with-two-transports", NAMESPACE + both + PODS)
    two = service("{port: 53}") + "---\n" + service("{port: 53, protocol: UDP}", "web2")
    assert len(said("service-port-with-two-transports", NAMESPACE + two + PODS)) == 1


def test_overlays_of_a_service_are_not_two() -> None:
    files = (NAMESPACE + PODS, service("{port: 80, targetPort: 8080}"), service("{port: 81, targetPort: 8080}"))
    names = ("base/pods.yaml", "base/service.yaml", "prod/service.yaml")
    assert not said("target-port-of-several-ports", *files, names=names)
    assert messages("target-port-of-several-ports", files[0] + "---\n" + files[1] + "---\n" + service(
        "{port: 81, targetPort: 8080}", "web2"))  # fmt: skip


def test_no_sidecar_no_listener() -> None:
    two = service("{name: a, port: 80, targetPort: 8080}, {name: b, port: 81, targetPort: 8080}")
    assert not said("target-port-of-several-ports", two + PODS)
    assert said("target-port-of-several-ports", NAMESPACE + two + PODS)
