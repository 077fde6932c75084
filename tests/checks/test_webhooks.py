"""Which injectors select the same pods, and how a control plane is reached."""

from __future__ import annotations

import pytest

from checks.said import messages, said

DISABLED = "matchExpressions: [{key: istio-injection, operator: NotIn, values: [disabled]}]"


def configuration(*hooks: str, name: str = "istio-sidecar-injector", more: str = "") -> str:
    return f"""---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {{name: {name}{more}}}
webhooks: [{", ".join(hooks)}]
"""


def hook(name: str, spaces: str = "", pods: str = "", client: str = "url: 'https://a.example.com/inject'") -> str:
    selectors = f"namespaceSelector: {{{spaces}}}, objectSelector: {{{pods}}}"
    return f"{{name: {name}.istio.io, clientConfig: {{{client}}}, {selectors}}}"


def overlaps(*hooks: str) -> int:
    return len(said("injectors-overlap", configuration(*hooks)))


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ("matchLabels: {istio-injection: enabled}", "matchLabels: {istio-injection: disabled}", 0),
        ("matchLabels: {istio-injection: enabled}", "matchLabels: {istio.io/rev: canary}", 2),
        ("matchLabels: {istio.io/rev: stable}", "matchLabels: {istio.io/rev: canary}", 0),
        (DISABLED, "matchLabels: {istio.io/rev: canary}", 2),
        ("matchExpressions: [{key: istio.io/rev, operator: DoesNotExist}]", "matchLabels: {istio.io/rev: canary}", 0),
        ("matchExpressions: [{key: istio.io/rev, operator: Exists}]", "matchLabels: {istio.io/rev: canary}", 2),
        ("matchExpressions: [{key: istio.io/rev, operator: Has}]", "", 0),
        ("matchLabels: {kubernetes.io/metadata.name: shop}", "", 0),
    ],
)
def test_namespaces_of_two_injectors(one: str, other: str, count: int) -> None:
    assert overlaps(hook("a", one), hook("b", other)) == count


def test_pods_of_two_injectors() -> None:
    wanted = "matchLabels: {sidecar.istio.io/inject: 'true'}"
    assert overlaps(hook("a", pods=wanted), hook("b", pods="matchLabels: {sidecar.istio.io/inject: 'false'}")) == 0
    (one, other) = messages("injectors-overlap", configuration(hook("a", pods=wanted), hook("b")))
    assert "sidecar.istio.io/inject=true" in one
    assert "a.istio.io of istio-sidecar-injector" in other


def test_webhooks_of_others_and_overlays() -> None:
    foreign = "{name: a.example.com, clientConfig: {}}, {name: b.example.com, clientConfig: {}}"
    assert not said("injectors-overlap", configuration(foreign))
    assert len(said("injectors-overlap", configuration(foreign, more=", labels: {istio.io/rev: a}"))) == 2
    same = configuration(hook("a"))
    assert not said("injectors-overlap", same, same, names=("base/a.yaml", "prod/a.yaml"))


@pytest.mark.parametrize(
    ("url", "rules"),
    [
        ("https://istiod.example.com:15017/inject", []),
        ("https://203.0.113.7/inject", ["webhook-at-ip-address"]),
        ("'https://[2001:db8::1]:15017/inject'", ["webhook-at-ip-address"]),
        ("http://istiod.example.com/inject", ["webhook-without-address"]),
        ("'https://'", ["webhook-without-address"]),
        ("'https://[bad/'", ["webhook-without-address"]),
        ("", ["webhook-without-address"]),
    ],
)
def test_addresses(url: str, rules: list[str]) -> None:
    text = configuration(hook("a", client=f"url: {url}"))
    assert [it for it in ("webhook-at-ip-address", "webhook-without-address") if said(it, text)] == rules


def test_a_service_outside_of_the_files_may_exist() -> None:
    text = configuration(hook("a", client="service: {name: istiod, namespace: istio-system}"))
    assert not said("injector-service-not-found", text)
    assert said("injector-service-not-found", text, world="complete")
