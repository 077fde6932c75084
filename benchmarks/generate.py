"""Writes manifests to measure with: five objects a file, as teams keep them, with a mistake in every hundredth object.

    python benchmarks/generate.py FOLDER [--documents 10000]

Nothing is random: the same number of documents gives the same bytes everywhere.
"""

from __future__ import annotations

import argparse
import os
from typing import NamedTuple

PER_FILE = 5
"""Service, two Deployments, DestinationRule, VirtualService."""
MISTAKE_EVERY = 20
"""Files; with five documents each, one document in a hundred has a mistake."""
MISTAKES = ("subset", "weights", "depth", "duration", "field", "port")
TEAMS = 40

_WORDS = ("cart", "catalog", "checkout", "currency", "email", "payment", "rating", "recommend", "search", "shipping")


class App(NamedTuple):
    """What the objects of one file are about."""

    number: int
    mistake: str
    """One of `MISTAKES`, or empty."""

    @property
    def name(self) -> str:
        return f"{_WORDS[self.number % len(_WORDS)]}-{self.number:05}"

    @property
    def team(self) -> str:
        return f"team-{self.number % TEAMS:02}"


def apps(documents: int) -> list[App]:
    """The apps that have this many documents together (rounded up to whole files)."""
    return [App(number, _mistake(number)) for number in range(-(-documents // PER_FILE))]


def _mistake(number: int) -> str:
    turn, rest = divmod(number, MISTAKE_EVERY)
    return MISTAKES[turn % len(MISTAKES)] if rest == 7 else ""


def manifest(app: App) -> str:
    """The file of one app."""
    parts = (
        service(app),
        deployment(app, "v1", 3),
        deployment(app, "v2", 1),
        destination_rule(app),
        virtual_service(app),
    )
    return "---\n".join(parts)


def service(app: App) -> str:
    return f"""\
# {app.name}: owned by {app.team}, paged through the usual rota
apiVersion: v1
kind: Service
metadata:
  name: {app.name}
  namespace: {app.team}
  labels:
    app: {app.name}
    app.kubernetes.io/part-of: "shop"
    app.kubernetes.io/managed-by: "kustomize"
spec:
  selector:
    app: {app.name}
  ports:
  - name: http
    port: 8080
    targetPort: 8080
  - name: http-metrics
    port: 9090  # scraped, never routed to
    targetPort: metrics
"""


def deployment(app: App, version: str, replicas: int) -> str:
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {app.name}-{version}
  namespace: {app.team}
  labels: {{app: {app.name}, version: {version}}}
spec:
  replicas: {replicas}
  selector:
    matchLabels:
      app: {app.name}
      version: {version}
  template:
    metadata:
      labels:
        app: {app.name}
        version: {version}
      annotations:
        prometheus.io/scrape: "true"
        prometheus.io/port: '9090'
    spec:
      serviceAccountName: {app.name}
      containers:
      - name: app
        image: registry.example.com/{app.team}/{app.name}:1.{app.number % 30}.{app.number % 7}
        args: ["--listen=:8080", "--metrics=:9090", "--region", "eu-{app.number % 3}"]
        env:
        - name: GREETING
          value: |
            Hello from {app.name},
            version {version}.
        ports:
        - containerPort: 8080
          name: http
        - containerPort: 9090
          name: metrics
        readinessProbe:
          httpGet: {{path: /healthz, port: http}}
          periodSeconds: 10
        # the process needs no more than this
        securityContext:
          runAsNonRoot: true
          allowPrivilegeEscalation: false
        resources:
          requests: {{cpu: 100m, memory: 128Mi}}
          limits:
            memory: 256Mi  # no CPU limit, on purpose
"""


def destination_rule(app: App) -> str:
    ejection = "30" if app.mistake == "duration" else "30s"
    percent = "maxEjectionPercentage" if app.mistake == "field" else "maxEjectionPercent"
    return f"""\
# Circuit breaking: the numbers come from the load test of last spring.
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: {app.name}
  namespace: {app.team}
spec:
  host: {app.name}.{app.team}.svc.cluster.local
  trafficPolicy:
    connectionPool:
      tcp:
        maxConnections: {100 + app.number % 50}
      http:
        http1MaxPendingRequests: 100
        http2MaxRequests: 1000
    outlierDetection:
      consecutive5xxErrors: 5
      interval: 30s
      baseEjectionTime: "{ejection}"
      {percent}: 50
  subsets:
  - name: v1
    labels:
      version: v1
  - name: v2  # the canary
    labels:
      version: v2
"""


def virtual_service(app: App) -> str:
    subset = "v22" if app.mistake == "subset" else "v2"
    weight = 20 if app.mistake == "weights" else 10
    port = 9999 if app.mistake == "port" else 8080
    wrong_timeout, timeout = ("\n      timeout: 5s", "") if app.mistake == "depth" else ("", "\n    timeout: 5s")
    return f"""\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: {app.name}
  namespace: {app.team}
spec:
  hosts:
  - {app.name}
  http:
  # testers see the canary first
  - name: testers
    match:
    - headers:
        end-user:
          exact: tester-{app.number % 9}
      uri:
        prefix: "/api/{app.name}/"
    route:
    - destination:
        host: {app.name}
        port: {{number: {port}}}
        subset: {subset}
  - name: everybody
    route:
    - destination:
        host: {app.name}
        subset: v1
      weight: 90
    - destination:
        host: {app.name}
        subset: v2
      weight: {weight}{wrong_timeout}{timeout}
    retries:
      attempts: 3
      perTryTimeout: 2s
      retryOn: "connect-failure,refused-stream,503"
"""


def generate(folder: str, documents: int) -> list[str]:
    """Write the files of `documents` objects into `folder`, a sub-folder a team; the paths that were written."""
    paths = []
    for app in apps(documents):
        path = os.path.join(folder, app.team, f"{app.name}.yaml")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(manifest(app))
        paths.append(path)
    return paths


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder")
    parser.add_argument("--documents", type=int, default=10_000)
    given = parser.parse_args()
    paths = generate(given.folder, given.documents)
    size = sum(map(os.path.getsize, paths))
    print(f"{len(paths) * PER_FILE} documents in {len(paths)} files, {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
