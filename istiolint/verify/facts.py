"""From a trace to what assertions speak of: the branches of a request, and what becomes of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.hosts import Host
from istiolint.records import NamedTuple
from istiolint.trace.result import Backend, Step, Target, Trace, Verdict

if TYPE_CHECKING:
    from istiolint.mesh import Mesh

UNANSWERED = {
    "closed": "the connection is closed: REGISTRY_ONLY",
    "no-listener": "nothing listens on this port",
    "refused": "the connection is refused: no server is for it",
    "listener-rejected": "the proxy takes no such listener: the port is closed",
}
"""Outcomes without any HTTP answer."""

STATUSES = {"no-route-404": 404, "no-backend-500": 500, "blackhole-502": 502}


class Branch(NamedTuple):
    """One of the things that may become of a request."""

    said: str
    """In words."""
    share: float = 100.0
    """Percent of the requests."""
    host: str = ""
    """Of the destination; empty: there is none."""
    port: int = 0
    subset: str = ""
    workload: str = ""
    """`namespace/name` of who gets it, or the address; empty: nobody."""
    mtls: bool | None = None
    """Whether it is sent in mTLS of the mesh; None: it is not sent."""
    reaches: bool | None = False
    """None: not known."""
    denied: bool | None = False
    """None: not known."""
    status: int | None = None
    """What the mesh answers with; None: it does not answer itself."""
    unknown: str = ""
    """Why it is not known."""
    steps: tuple[Step, ...] = ()
    """Those of this branch alone."""


class Facts(NamedTuple):
    """What becomes of a request."""

    branches: tuple[Branch, ...]
    redirect: str | None
    path: str
    authority: str
    timeout: str | None
    mirrors: tuple[tuple[str, str, float], ...]
    """Host, subset, percent."""
    unknowns: tuple[str, ...]
    """Why the whole may be different."""


def facts_of(trace: Trace, mesh: Mesh) -> Facts:
    """What a trace says, as assertions ask for it."""
    branches = tuple(_branches(trace, mesh))
    unknowns = dict.fromkeys((*trace.unknowns, *(it.unknown for it in branches if it.unknown)))
    return Facts(
        branches,
        trace.redirect.location if trace.redirect else None,
        trace.path or trace.request.path,
        trace.authority or trace.request.authority,
        trace.timeout,
        tuple((it.host, it.subset, it.percent) for it in trace.mirrors if it.result == "ok"),
        tuple(unknowns),
    )


def _branches(trace: Trace, mesh: Mesh) -> list[Branch]:
    verdict = trace.gateway_verdict
    if verdict is not None and verdict.allowed is False:
        return [_refused(verdict, trace.request.has_http, Branch("", steps=verdict.steps), "at the gateway")]
    if verdict is not None and verdict.allowed is None:
        return [Branch("the gateway asks an external authorizer", reaches=None, denied=None, unknown=_why(verdict))]
    if trace.outcome == "redirect" and trace.redirect:
        return [Branch(f"redirected to {trace.redirect.location}", status=trace.redirect.status)]
    if trace.outcome == "direct-response":
        return [Branch(f"answered with {trace.status} by the proxy", status=trace.status)]
    if trace.outcome in STATUSES:
        status = STATUSES[trace.outcome]
        return [Branch(f"answered with {status} by the proxy", status=status, unknown=_hidden(trace, mesh))]
    if trace.outcome in UNANSWERED:
        return [Branch(UNANSWERED[trace.outcome], unknown=_hidden(trace, mesh))]
    if trace.targets:
        return _of_targets(trace, mesh)
    if trace.outcome == "forward":
        return [Branch("forwarded to nowhere", status=503)]
    return _of_backends(trace, mesh)


def _hidden(trace: Trace, mesh: Mesh) -> str:
    """Why a host may be there after all; empty: the files know it, or would."""
    if trace.client.kind == "gateway" or mesh.world == "complete":
        return ""
    return _missing(mesh, trace.request.host, trace.client.namespace)


def _missing(mesh: Mesh, host: str, namespace: str) -> str:
    from istiolint.mesh import UNKNOWN

    return f"{host} is not in the files" if mesh.host(host, namespace) is UNKNOWN else ""


# Routed


def _of_targets(trace: Trace, mesh: Mesh) -> list[Branch]:
    total = sum(it.weight or 0 for it in trace.targets)
    found: list[Branch] = []
    for target in trace.targets:
        share = 100.0 if len(trace.targets) == 1 or not total else 100.0 * (target.weight or 0) / total
        whole = Branch("", share, target.host, target.port, target.subset, steps=target.steps)
        found += _of_target(trace, target, whole, mesh)
    return found


def _of_target(trace: Trace, target: Target, whole: Branch, mesh: Mesh) -> list[Branch]:
    name = f"subset {target.subset} of {target.host}" if target.subset else f"{target.host}:{target.port}"
    if target.result == "no-cluster-503":
        unknown = "" if mesh.world == "complete" else _missing(mesh, target.host, trace.client.namespace)
        return [whole._replace(said=f"503: there is no {name} for this client", status=503, unknown=unknown)]
    if target.result == "no-endpoints-503":
        return [whole._replace(said=f"503: no pod is behind {name}", status=503)]
    sent = target.client_tls == "istio-mtls"
    if target.result == "unknown":
        why = next((it.unknown for it in target.steps if it.unknown), "it is not known what is behind it")
        return [whole._replace(said=f"sent to {name}", mtls=sent, reaches=None, denied=None, unknown=why)]
    if target.result in ("by-name", "original-destination"):
        said = f"sent to {name}"
        found = mesh.host(target.host, trace.client.namespace)
        if isinstance(found, Host) and found.services:
            why = f"the pods of {target.host}, which has no address of its own, are not followed"
            return [whole._replace(said=said, mtls=None, reaches=None, denied=None, unknown=why)]
        return [whole._replace(said=said, workload=target.host, mtls=sent, reaches=True)]
    each = whole.share / max(len(target.backends), 1)
    return [_of_backend(it, trace, whole._replace(share=each)) for it in target.backends]


def _of_backend(backend: Backend, trace: Trace, branch: Branch) -> Branch:
    workload = backend.workload
    name = f"{workload.namespace or '~'}/{workload.name}" if workload else backend.address
    branch = branch._replace(
        workload=name, mtls=backend.sent in ("mtls", "hbone"), steps=(*branch.steps, *backend.steps),
    )  # fmt: skip
    how = {"mtls": "in mTLS", "hbone": "in mTLS", "tls": "in TLS", "plaintext": "in plaintext"}[backend.sent]
    towards = f"{branch.subset} of {branch.host}, {name}" if branch.subset else name
    if backend.connection is None:
        if workload is None:
            return branch._replace(said=f"sent {how} to {name}", reaches=True)
        why = f"what gateway {name} does with it is another question"
        return branch._replace(said=f"sent {how} to gateway {name}", reaches=None, denied=None, unknown=why)
    if backend.connection == "tls-to-app" and trace.request.protocol != "https":
        return branch._replace(said=f"{towards} gets bytes of TLS that it did not ask for")
    if backend.connection == "tls-refused":
        denied = backend.mode == "STRICT" and backend.sent == "plaintext"
        return branch._replace(said=f"{towards} refuses what is sent {how}", denied=denied, status=_broken(trace))
    if backend.connection == "protocol-error":
        return branch._replace(said=f"{towards} cannot read what is sent {how}", status=_broken(trace))
    if backend.connection == "unknown":
        why = f"whether {name} takes it is not known"
        return branch._replace(said=why, reaches=None, denied=None, unknown=why)
    verdict = backend.verdict
    if verdict is None or verdict.allowed:
        steps = (*branch.steps, *(verdict.steps if verdict else ()))
        return branch._replace(said=f"reaches {towards}, {how}", reaches=True, steps=steps)
    branch = branch._replace(steps=(*branch.steps, *verdict.steps))
    if verdict.allowed is None:
        said = f"{towards} asks an external authorizer"
        return branch._replace(said=said, reaches=None, denied=None, unknown=_why(verdict))
    return _refused(verdict, trace.request.has_http, branch, f"at {towards}")


def _broken(trace: Trace) -> int | None:
    """What a client's proxy answers where the connection to the server fails; an application alone sees no status."""
    return 503 if trace.request.has_http and trace.outcome == "forward" else None


def _refused(verdict: Verdict, http: bool, branch: Branch, where: str) -> Branch:
    by = " ".join(dict.fromkeys(f"{policy.namespace}/{policy.name}" for policy, _ in verdict.rules))
    reason = {
        "deny-policy": f" by {by}", "no-allow-matched": ": no policy allows it", "jwt": ": the token is not valid",
    }.get(verdict.by, "")  # fmt: skip
    status = (401 if verdict.by == "jwt" else 403) if http else None
    said = f"denied {where}{reason}" + (f" ({status})" if status else "")
    return branch._replace(said=said, denied=True, status=status)


def _why(verdict: Verdict) -> str:
    return next((step.unknown for step in verdict.steps if step.unknown), "authorization is not known")


# Not routed


def _of_backends(trace: Trace, mesh: Mesh) -> list[Branch]:
    host = trace.request.host
    if trace.backends:
        whole = Branch("", 100.0 / len(trace.backends), host, trace.request.port)
        return [_of_backend(it, trace, whole) for it in trace.backends]
    known = mesh.host(host, trace.client.namespace)
    if isinstance(known, Host) and known.services:
        why = f"what is behind {host} is not in the files"
        return [Branch(f"sent to {host} as it is", host=host, reaches=None, denied=None, unknown=why)]
    return [
        Branch(f"leaves the mesh for {host}", host=host, port=trace.request.port, workload=host, mtls=False,
               reaches=True, unknown=_hidden(trace, mesh))
    ]  # fmt: skip
