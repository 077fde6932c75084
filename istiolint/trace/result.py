"""What a trace says: decision records, each with the object that decided, and those that lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from istiolint.finding import Path
    from istiolint.mesh.mtls import Mode, Sending
    from istiolint.mesh.policies import Policy
    from istiolint.mesh.virtual_services import VirtualService
    from istiolint.mesh.workloads import Workload
    from istiolint.source.document import Document
    from istiolint.trace.kube_routes import KubeRoute
    from istiolint.trace.question import Client, Request
    from istiolint.trace.routes import Route
    from istiolint.trace.rules import Subject

Outcome = Literal[
    "forward", "redirect", "direct-response", "no-route-404", "blackhole-502", "closed",
    "passthrough", "no-listener", "refused", "listener-rejected", "no-sidecar",
]  # fmt: skip
"""What the client's proxy (or the gateway) does with the request."""

ClusterResult = Literal[
    "ok", "no-cluster-503", "no-cluster-500", "no-endpoints-503", "by-name", "original-destination", "unknown"
]
Sent = Literal["plaintext", "mtls", "tls", "hbone"]
Connection = Literal["ok", "tls-refused", "tls-to-app", "protocol-error", "unknown"]
Stage = Literal[
    "client", "scope", "listener", "host", "route", "action", "rule", "policy", "tls", "endpoints", "server", "jwt",
    "authorization", "waypoint", "ztunnel",
]  # fmt: skip


NONE: dict[str, Any] = {}
"""Of settings: none is made."""


class Loser(NamedTuple):
    """An object that might have decided, and why it did not."""

    document: Document
    path: Path
    reason: str


class Step(NamedTuple):
    """One decision on the way."""

    stage: Stage
    said: str
    """What was decided, in words."""
    document: Document | None = None
    """The object that decided; None: a default of Istio's."""
    path: Path = ()
    losers: tuple[Loser, ...] = ()
    unknown: str = ""
    """Why this step, and all after it, may be different from what is said."""


class RouteTaken(NamedTuple):
    """A route of a VirtualService, or of the Gateway API; indices count from 0 in the manifest."""

    service: VirtualService | KubeRoute
    http: int | None
    """None: the VirtualService owns the host, and has no route for this request."""
    match: int | None = None
    """None: the entry has no match (or the delegate's counts)."""
    delegate: VirtualService | None = None
    delegate_http: int | None = None
    delegate_match: int | None = None


class Asked(NamedTuple):
    """What a verdict rests on."""

    policies: tuple[Policy, ...]
    """The AuthorizationPolicies of the proxy."""
    subject: Subject
    tokens: tuple[Policy, ...] = ()
    """Its RequestAuthentications."""


class Choice(NamedTuple):
    """The routes among which one was looked for."""

    routes: tuple[Route, ...]
    """In order."""
    taken: Route | None
    scheme: str


class Verdict(NamedTuple):
    """What authorization says."""

    allowed: bool | None
    """None: not known (an external authorizer is asked)."""
    by: Literal["no-policy", "allow-policy", "deny-policy", "no-allow-matched", "custom", "jwt"]
    rules: tuple[tuple[Policy, int], ...] = ()
    """Every rule that matched in the deciding step."""
    steps: tuple[Step, ...] = ()
    asked: Asked | None = None
    """None: of a proxy that reads no requests."""


class Backend(NamedTuple):
    """A pod (or address) that may get the request, and what happens to it there."""

    workload: Workload | None
    address: str
    """Of an endpoint that is no pod; else empty."""
    port: int
    """Of the pod."""
    sent: Sent
    mode: Mode | None = None
    """What the port accepts; None: no sidecar."""
    connection: Connection | None = None
    """None: not followed further, since it is a gateway or outside of the mesh."""
    verdict: Verdict | None = None
    steps: tuple[Step, ...] = ()


class Target(NamedTuple):
    """One destination of a route."""

    host: str
    port: int
    subset: str
    weight: int | None
    """As written; None where the destination is the only one."""
    result: ClusterResult
    client_tls: Sending | None = None
    """None: there is no such cluster."""
    rule: tuple[str, str] | None = None
    """Namespace and name of the DestinationRule in effect."""
    backends: tuple[Backend, ...] = ()
    steps: tuple[Step, ...] = ()
    policy: Mapping[str, Any] = NONE
    """The traffic policy in effect, by block, without `tls`."""
    headers: Mapping[str, Any] = NONE
    """What the route changes of headers for this destination alone, as `Trace.headers`."""


class Redirect(NamedTuple):
    """An answer that sends the client elsewhere."""

    status: int
    location: str


class Chance(NamedTuple):
    """A fault, with the share of requests that it hits."""

    value: str | int
    percent: float


class Fault(NamedTuple):
    """Injected faults: a delay (as written) and an abort (its status)."""

    delay: Chance | None
    abort: Chance | None


class Mirror(NamedTuple):
    """A copy of the request that goes elsewhere."""

    host: str
    port: int
    subset: str
    percent: float
    result: Literal["ok", "no-cluster"]


class Trace(NamedTuple):
    """The whole way."""

    client: Client
    request: Request
    outcome: Outcome
    steps: tuple[Step, ...] = ()
    """Up to the choice of destinations; what follows is with each destination and each backend."""
    route: RouteTaken | None = None
    targets: tuple[Target, ...] = ()
    backends: tuple[Backend, ...] = ()
    """Where no route was taken: behind the address that was dialled."""
    gateway_verdict: Verdict | None = None
    """The gateway's (or waypoint's) own authorization, before routing: after a denial the request is over."""
    path: str | None = None
    """After rewriting; None: as sent."""
    authority: str | None = None
    redirect: Redirect | None = None
    status: int | None = None
    """Of a direct response."""
    timeout: str | None = None
    retries: Mapping[str, Any] | None = None
    """As written; None: Istio's default."""
    headers: Mapping[str, Any] = NONE
    """What the route changes of headers: `set`, `add` and `remove` of `request` and `response`."""
    cors: Mapping[str, Any] | None = None
    """As written."""
    fault: Fault | None = None
    mirrors: tuple[Mirror, ...] = ()
    choice: Choice | None = None
    """None: no route was looked for."""
    otherwise: Trace | None = None
    """What happens under another order of age, where the files do not say who is older, and it matters."""

    @property
    def all_steps(self) -> tuple[Step, ...]:
        """Every step, in order."""
        found = list(self.steps)
        for target in self.targets:
            found += target.steps
        for backend in [*self.backends, *(it for target in self.targets for it in target.backends)]:
            found += backend.steps
            if backend.verdict:
                found += backend.verdict.steps
        return tuple(found)

    @property
    def unknowns(self) -> tuple[str, ...]:
        """Why the answer may be wrong: what manifests cannot tell; empty: it is exact."""
        return tuple(dict.fromkeys(step.unknown for step in self.all_steps if step.unknown))


def behaviour(trace: Trace) -> tuple[object, ...]:
    """What happens, in plain values that can be compared: without the steps, and without whose decision it was."""
    route = trace.route
    taken = None
    if route is not None:
        delegate = route.delegate
        taken = (
            route.service.namespace, route.service.name, route.http, route.match,
            (delegate.namespace, delegate.name, route.delegate_http, route.delegate_match) if delegate else None,
        )  # fmt: skip
    return (
        trace.outcome, taken, tuple(_target(it) for it in trace.targets), tuple(_backend(it) for it in trace.backends),
        _verdict(trace.gateway_verdict), trace.path, trace.authority, trace.redirect, trace.status, trace.timeout,
        trace.retries, trace.headers, trace.cors, trace.fault, trace.mirrors,
    )  # fmt: skip


def _target(target: Target) -> tuple[object, ...]:
    return (*target[:7], tuple(_backend(it) for it in target.backends), target.policy, target.headers)


def _backend(backend: Backend) -> tuple[object, ...]:
    workload = backend.workload
    name = (workload.namespace, workload.name) if workload else backend.address
    return (name, *backend[2:6], _verdict(backend.verdict))


def _verdict(verdict: Verdict | None) -> tuple[object, ...] | None:
    if verdict is None:
        return None
    return (verdict.allowed, verdict.by, tuple((it.namespace, it.name, at) for it, at in verdict.rules))
