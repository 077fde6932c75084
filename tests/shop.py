"""A small project with something wrong in most of its files, for tests of whole runs."""

from __future__ import annotations

from pathlib import Path

FILES = {
    "istio/reviews.yaml": """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
  - route:
    - destination: {host: reviews, subset: v3}
      weigth: 90
    - destination: {host: reviews, subset: v1}
      weight: ten
""",
    "istio/rules.yaml": """\
# comments stay
apiVersion: networking.istio.io/v1beta1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  subsets:
  - {name: v1, labels: {version: v1}}
  - {name: v2, labels: {version: v2}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews-too, namespace: shop}
spec: {host: reviews}
""",
    "istio/auth.json": """\
{"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy", "metadata": {"name": "p", "namespace": "shop"},
 "spec": {"action": "DENY", "rules": [{"to": [{"operation": {"methods": ["get"], "paths": ["/x"]}}]}]}}
""",
    "istio/broken.yaml": """\
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: front, namespace: shop}
spec:
  servers: [
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: back, namespace: shop}
spec:
  selector: {istio: ingress}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: ["*"]
    hosts: ["a.example.com"]
""",
    "apps/reviews.yaml": """\
apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{port: 80, name: http}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
  template:
    metadata: {labels: {app: reviews, version: v1}}
    spec: {containers: [{name: reviews, image: reviews}]}
""",
    "chart/templates/service.yaml": """\
apiVersion: v1
kind: Service
metadata:
  {{- toYaml .Values.metadata | nindent 2 }}
""",
    "notes.yaml": "just: a file\n",
    "empty.yaml": "",
}
"""Every kind of file: with findings of every kind of rule, with none, templates, and no manifests at all."""


def lay(folder: Path, files: dict[str, str] | None = None) -> Path:
    """Write the files into a folder, and give it."""
    for name, text in (FILES if files is None else files).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    return folder
