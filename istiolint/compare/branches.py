"""Where requests go: what is behind each destination of a trace, and what becomes of them there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.compare import settings
from istiolint.compare.aspects import Aspect, Share, percent
from istiolint.compare.pairing import frozen
from istiolint.mesh.mtls import ClientTls
from istiolint.mesh.names import cluster_name
from istiolint.mesh.read import mapping
from istiolint.records import NamedTuple
from istiolint.trace.clusters import Endpoint
from istiolint.trace.dialling import dial
from istiolint.trace.forwarding import Load
from istiolint.trace.tls import sent_to
from istiolint.trace.words import header_changes, shares

if TYPE_CHECKING:
    from collections.abc import Hashable

    from istiolint.compare.aspects import Where
    from istiolint.compare.look import Look
    from istiolint.trace.registry import Entry
    from istiolint.trace.result import Backend, Step, Target, Trace

NOWHERE = {
    "no-cluster-503": ("503", "there is no such destination"),
    "no-cluster-500": ("500", "there is no such backend"),
    "no-endpoints-503": ("503", "no pod is behind it"),
}
SENT = {"plaintext": "in plaintext", "mtls": "in mTLS", "tls": "in TLS", "hbone": "in mTLS of ambient mode",
        "auto-mtls": "in mTLS where that is taken", "istio-mtls": "in mTLS", "simple": "in TLS",
        "mutual": "in mutual TLS"}  # fmt: skip
BLOCKS = {
    "connectionPool": "connection pool",
    "loadBalancer": "load balancing",
    "outlierDetection": "outlier detection",
}
MOST_PODS = 4
"""Pods of one destination that are told by name."""


class Branch(NamedTuple):
    """A part of the requests, and where it goes."""

    percent: float
    behind: Hashable
    name: str
    works: float | None
    """The part of it that arrives and is let in, from 0 to 1; None: not known."""
    places: tuple[Where, ...]
    shares: tuple[tuple[str, Share], ...] = ()
    """What else is to tell of it, by the name of the aspect."""


def branches(trace: Trace, look: Look) -> list[Branch]:
    """All branches of a trace; none where nothing is sent."""
    if trace.targets:
        total = shares(trace)
        return [_of_target(trace, target, share, look) for target, share in zip(trace.targets, total, strict=True)]
    if trace.backends:
        return [_of_pods(Group(trace.backends, 100.0), trace, look)]
    if trace.outcome == "forward":
        return [Branch(100.0, ("status", "503"), "nowhere (503)", 0.0, ())]
    if trace.outcome in ("passthrough", "no-sidecar"):
        return [Branch(100.0, ("dialled",), f"{short(trace.request.host)} itself", 1.0, ())]
    return []


def short(host: str, domain: str = "cluster.local") -> str:
    """`reviews.shop` for the host of a Service, any other as it is."""
    name = cluster_name(host, domain)
    return f"{name.service}.{name.namespace}" if name and name.namespace else host


# Destinations of routes


def _of_target(trace: Trace, target: Target, share: float, look: Look) -> Branch:
    places = _target_places(target, look)
    host = short(target.host, look.mesh.domain)
    if target.result in NOWHERE:
        status, why = NOWHERE[target.result]
        subset = f", subset {target.subset}" if target.subset else ""
        return Branch(
            share, ("status", status), f"nowhere ({status}: {why}: {host}:{target.port}{subset})", 0.0, places
        )
    if target.result == "ok":
        found = _of_pods(Group(target.backends, share, places, _places(target.steps, "tls")), trace, look)
    elif target.result == "by-name":
        found = Branch(share, ("name", target.host, target.port), f"{host}:{target.port}", 1.0, places)
    elif target.result == "unknown":
        found = Branch(share, ("unknown", target.host, target.port), f"{host}:{target.port}", None, places)
    else:
        found = _of_dialled(trace, target, share, places, look)
    own = {name: Share(found.behind, found.name, share, it) for name, it in _of_policy(target).items()}
    if not any(name == "transport" for name, _ in found.shares):
        sent = target.client_tls or "plaintext"
        aspect = Aspect(sent, (SENT[sent],), _places(target.steps, "tls", "rule"))
        own["transport"] = Share(found.behind, found.name, share, aspect)
    return found._replace(shares=(*found.shares, *own.items()))


def _of_dialled(trace: Trace, target: Target, share: float, places: tuple[Where, ...], look: Look) -> Branch:
    """What goes to the address that was dialled: of a headless Service to any of its pods."""
    request, forwarding = trace.request, look.tracer.forwarding
    entry = dial(look.tracer.world.registry, request.host, trace.client.namespace).entry
    endpoints = _dialled(entry, request.port, look) if entry is not None else ()
    if not endpoints:
        return Branch(share, ("dialled",), f"{short(request.host)} itself", 1.0, places)
    load = Load(request.protocol, request, request.has_http, trace.path or request.path, trace.authority or "")
    tls = ClientTls(target.client_tls or "plaintext", None, ())
    backends = tuple(
        forwarding.backend(trace.client, it, sent_to(look.mesh, tls, it, load.inner == "https"), load)
        for it in endpoints
    )
    return _of_pods(Group(backends, share, places, _places(target.steps, "tls")), trace, look)


def _dialled(entry: Entry, port: int, look: Look) -> tuple[Endpoint, ...]:
    """Behind the address of a Service; the name of a headless one leads to its pods, whose own port is dialled."""
    endpoints = look.tracer.forwarding.endpoints
    if entry.resolution != "passthrough":
        return endpoints.of(entry, port) or ()
    if not entry.kube:
        return ()
    return tuple(Endpoint(it, "", port, it.labels) for it in endpoints.pods(entry))


def _of_policy(target: Target) -> dict[str, Aspect]:
    """The settings in effect for a destination."""
    found: dict[str, Aspect] = {}
    places = _places(target.steps, "policy", "rule")
    for name, written in target.policy.items():
        flat = settings.block(name, written)
        if flat or name == "outlierDetection":
            words = tuple(f"{key} {_plain(value)}" for key, value in flat.items()) or ("as Istio has it by default",)
            value = tuple(sorted(flat.items(), key=repr))
            found[BLOCKS.get(name, name)] = Aspect(value, words, places, True)
    if changes := settings.headers(target.headers):
        found["headers of the destination"] = Aspect(changes, tuple(header_changes(target.headers)), (), True)
    step = next((it for it in target.steps if it.stage == "tls" and it.document and it.path), None)
    if step is not None and step.document is not None and target.client_tls in ("simple", "mutual", "istio-mtls"):
        node = step.document.node(*step.path)
        written = {key: value for key, value in mapping(node.value if node else None).items() if key != "mode"}
        if target.client_tls == "istio-mtls" and not written:
            return found
        tls = frozen({**written, "mode": "mutual" if target.client_tls == "mutual" else ""})
        words = tuple(f"{key} {_plain(frozen(item))}" for key, item in written.items())
        found["TLS settings"] = Aspect(tls, words, _places(target.steps, "tls"), True)
    return found


def _plain(value: Hashable) -> str:
    """A value of `frozen` or `seconds` in words."""
    if isinstance(value, float):
        return f"{value:g}s"
    if isinstance(value, tuple) and value:
        if value[0] in ("{}", "[]"):
            return ", ".join(_plain(it) for it in value[1:])
        if len(value) == 2:
            return f"{value[0]}: {_plain(value[1])}" if not isinstance(value[1], str) else str(value[1]).lower()
    return str(value)


# Pods


class Group(NamedTuple):
    """Pods that get one part of the requests."""

    backends: tuple[Backend, ...]
    percent: float
    places: tuple[Where, ...] = ()
    """Where it is written that they do."""
    tls: tuple[Where, ...] = ()
    """Where it is written how it is sent."""


def _of_pods(group: Group, trace: Trace, look: Look) -> Branch:
    backends, share, places, tls = group
    found = [(look.token(it), look.name(it), it) for it in backends]
    http = trace.request.has_http
    behind = ("pods", tuple(sorted({token for token, _, _ in found}, key=repr)))
    names = list(dict.fromkeys(name for _, name, _ in found))
    more = f" and {len(names) - MOST_PODS} more" if len(names) > MOST_PODS else ""
    workloads = tuple((it.workload.document, ("metadata", "name")) for it in backends if it.workload is not None)
    each = share / len(backends)
    parts: list[tuple[str, Share]] = []
    works: list[float | None] = []
    for token, name, backend in found:
        transport = Aspect(backend.sent, (SENT[backend.sent],), (*tls, *_transport_places(backend)))
        parts.append(("transport", Share((behind, token), name, each, transport)))
        value, word, good = fate(backend, http)
        works.append(good)
        aspect = Aspect(value, (word,) if word else (), _fate_places(backend))
        parts.append(("fate", Share((behind, token), name, each, aspect)))
    known = [it for it in works if it is not None]
    return Branch(
        share, behind, f"{', '.join(names[:MOST_PODS])}{more}", sum(known) / len(known) if len(known) == len(works)
        else None, (*places, *workloads), tuple(parts),
    )  # fmt: skip


def fate(backend: Backend, http: bool) -> tuple[str, str, float | None]:
    """What a pod makes of a request: as a value, in words, and whether that is good (None: not known)."""
    if backend.connection == "tls-refused":
        return "fails", "refused: the port does not take what is sent", 0.0
    if backend.connection == "protocol-error":
        return "fails", "fails: the port expects another protocol", 0.0
    if backend.connection == "unknown":
        return "unknown", "not known", None
    if backend.connection == "tls-to-app":
        return "tls-to-app", "the TLS goes to the application itself", 1.0
    verdict = backend.verdict
    if verdict is None or verdict.allowed:
        return "ok", "let in", 1.0
    if verdict.allowed is None:
        return "asked", "an external authorizer decides", None
    status = "" if not http else "401" if verdict.by == "jwt" else "403"
    return f"denied {status}", f"denied ({status})" if status else "denied", 0.0


# Places


def _places(steps: tuple[Step, ...], *stages: str) -> tuple[Where, ...]:
    """The places of some stages, those of the first named first."""
    return tuple(
        (it.document, it.path) for stage in stages for it in steps if it.stage == stage and it.document is not None
    )


def _target_places(target: Target, look: Look) -> tuple[Where, ...]:
    """Where it is written what is behind a destination."""
    found = list(_places(target.steps, "rule")) if target.subset else []
    for entry in look.tracer.world.registry.by_host.get(target.host, ()):
        found.append((entry.document, ("spec", "selector") if entry.kube else ("spec", "endpoints")))
    found += _places(target.steps, "endpoints")
    return tuple(found)


def _transport_places(backend: Backend) -> tuple[Where, ...]:
    its = backend.workload
    return (*_places(backend.steps, "server", "ztunnel"), *(((its.document, ()),) if its else ()))


def _fate_places(backend: Backend) -> tuple[Where, ...]:
    verdict = backend.verdict
    decided = _places(verdict.steps, "authorization", "jwt") if verdict is not None else ()
    return (*decided, *_places(backend.steps, "server", "ztunnel"))


def destination(found: list[Branch]) -> Aspect:
    """Where the requests go, as one aspect."""
    sums: dict[Hashable, float] = {}
    names: dict[Hashable, str] = {}
    for it in found:
        sums[it.behind] = sums.get(it.behind, 0.0) + it.percent
        names.setdefault(it.behind, it.name)
    value = tuple(sorted(((behind, round(total, 4)) for behind, total in sums.items()), key=repr))
    alone = len(sums) == 1
    words = tuple(names[it] if alone else f"{percent(total)} to {names[it]}" for it, total in sums.items())
    return Aspect(value, tuple(f"to {it}" if alone else it for it in words), ())
