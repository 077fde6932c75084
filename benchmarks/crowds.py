"""Manifests of which many share one thing, where a check that compares all with all would show.

A crowd of N is N objects of the kind in question, and a few that they are about. Nothing is random.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

PER_FILE = 100
APPS = 50
"""Services, whatever the size of the crowd."""


def _services(pods: bool) -> Iterator[str]:
    for number in range(APPS):
        name = f"app-{number:05}"
        yield f"""\
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: shop}}
spec: {{selector: {{app: {name}}}, ports: [{{name: http, port: 80}}]}}
"""
        if pods:
            yield f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: shop}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec: {{serviceAccountName: {name}, containers: [{{name: app, image: app}}]}}
"""


def virtual_services(count: int) -> Iterator[str]:
    """VirtualServices of one Gateway, a host each."""
    yield """\
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: ["*"]
"""
    yield from _services(pods=False)
    for number in range(count):
        to = f"app-{number % APPS:05}"
        yield f"""\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: route-{number:05}, namespace: shop}}
spec:
  hosts: [route-{number:05}.example.com]
  gateways: [istio-system/edge]
  http:
  - match: [{{uri: {{prefix: /api/}}}}]
    route: [{{destination: {{host: {to}, port: {{number: 80}}}}}}]
  - route: [{{destination: {{host: {to}}}}}]
"""


def policies(count: int) -> Iterator[str]:
    """AuthorizationPolicies and PeerAuthentications of one namespace, half of each, with a selector each."""
    yield """\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
"""
    yield from _services(pods=True)
    for number in range(count):
        name, turn = f"app-{number // 2:05}", number % 2
        selector = f"selector: {{matchLabels: {{app: {name}}}}}"
        if turn:
            yield f"""\
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {{name: {name}, namespace: shop}}
spec: {{{selector}, mtls: {{mode: STRICT}}}}
"""
        else:
            yield f"""\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: {name}, namespace: shop}}
spec:
  {selector}
  rules:
  - from: [{{source: {{principals: [cluster.local/ns/shop/sa/app-{number % APPS:05}]}}}}]
    to: [{{operation: {{methods: [GET], paths: [/api/*]}}}}]
"""


def routes_of_one_host(count: int) -> Iterator[str]:
    """VirtualServices for one Service, each for the pods of a namespace of its own."""
    yield from _services(pods=False)
    for number in range(count):
        yield f"""\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: route-{number:05}, namespace: team-{number:05}}}
spec:
  hosts: [app-00000.shop.svc.cluster.local]
  exportTo: ["."]
  http:
  - timeout: 3s
    route: [{{destination: {{host: app-00000.shop.svc.cluster.local}}}}]
"""


def rules_of_one_host(count: int) -> Iterator[str]:
    """DestinationRules for one Service that are merged: a subset each."""
    yield from _services(pods=False)
    for number in range(count):
        yield f"""\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: rule-{number:05}, namespace: shop}}
spec:
  host: app-00000
  subsets: [{{name: v{number}, labels: {{version: v{number}}}}}]
"""


def entries_of_one_host(count: int) -> Iterator[str]:
    """ServiceEntries for one outside host, each for the pods of a namespace of its own."""
    for number in range(count):
        yield f"""\
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: api, namespace: team-{number:05}}}
spec:
  hosts: [api.example.com]
  exportTo: ["."]
  location: MESH_EXTERNAL
  resolution: DNS
  ports: [{{number: 443, name: tls, protocol: TLS}}]
"""


def services_of_one_selector(count: int) -> Iterator[str]:
    """Services that select the same pods."""
    for number in range(count):
        yield f"""\
apiVersion: v1
kind: Service
metadata: {{name: front-{number:05}, namespace: shop}}
spec: {{selector: {{app: app-00000}}, ports: [{{name: http, port: 80}}]}}
"""
    yield from _services(pods=True)


CROWDS = {
    "VirtualServices of one gateway": virtual_services,
    "VirtualServices of one host": routes_of_one_host,
    "DestinationRules of one host": rules_of_one_host,
    "ServiceEntries of one host": entries_of_one_host,
    "Services of one selector": services_of_one_selector,
    "policies of one namespace": policies,
}


def write(folder: str, documents: Iterator[str]) -> None:
    """Write documents into files of `PER_FILE` each."""
    os.makedirs(folder, exist_ok=True)
    texts = list(documents)
    for at in range(0, len(texts), PER_FILE):
        with open(os.path.join(folder, f"{at:06}.yaml"), "w", encoding="utf-8", newline="\n") as file:
            file.write("---\n".join(texts[at : at + PER_FILE]))
