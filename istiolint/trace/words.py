"""What a trace comes to, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.mesh.read import mapping, sequence, text, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from istiolint.trace.result import Backend, Connection, Fault, Outcome, Target, Trace

OUTCOMES: dict[Outcome, str] = {
    "forward": "is sent on",
    "redirect": "is redirected",
    "direct-response": "is answered by the proxy",
    "no-route-404": "gets 404: the host has no route for it",
    "blackhole-502": "gets 502: the destination is unknown, and only registered ones are allowed",
    "closed": "is closed: the destination is unknown, and only registered ones are allowed",
    "passthrough": "leaves as it is: nothing routes it, and no policy of the client's side acts",
    "no-listener": "finds a closed port: nothing listens there",
    "refused": "is refused: no server of this port is for such a connection",
    "listener-rejected": "finds a closed port: Envoy takes no such listener",
    "no-sidecar": "leaves as it is: no proxy of the client's handles it",
}

CONNECTIONS: dict[Connection, str] = {
    "ok": "",
    "tls-refused": "refused: the port does not take this kind of connection",
    "tls-to-app": "the TLS goes to the application itself",
    "protocol-error": "fails: the port expects another protocol",
    "unknown": "not known",
}

RESULTS = {
    "no-cluster-503": "503: no such destination",
    "no-cluster-500": "500: no such backend",
    "no-endpoints-503": "503: no pod is behind it",
    "by-name": "wherever DNS leads",
    "original-destination": "the address that was dialled",
    "unknown": "endpoints not known",
}

SENT = {"plaintext": "plaintext", "mtls": "mTLS", "tls": "TLS", "hbone": "HBONE"}


def headline(trace: Trace) -> str:
    """What becomes of the request, in one line."""
    if trace.gateway_verdict is not None and trace.gateway_verdict.allowed is False:
        return "is denied at the gateway" if trace.client.kind == "gateway" else "is denied at the waypoint"
    if trace.redirect is not None:
        return f"is redirected: {trace.redirect.status} to {trace.redirect.location}"
    if trace.status is not None:
        return f"is answered by the proxy: {trace.status}"
    return OUTCOMES[trace.outcome]


def place_of(target: Target) -> str:
    """`pay.shop.svc.cluster.local:80, subset v2`."""
    return f"{target.host}:{target.port}" + (f", subset {target.subset}" if target.subset else "")


def shares(trace: Trace) -> list[float]:
    """The share of each destination, in percent."""
    total = sum(target.weight or 0 for target in trace.targets)
    return [100.0 * (it.weight or 0) / total if total else 100.0 for it in trace.targets]


def percent(share: float) -> str:
    """A share with as many decimals as it needs: `90 %`, `0.5 %`."""
    return f"{share:.4g} %"


def backend_name(backend: Backend) -> str:
    """`shop/pay-v1:8080`."""
    its = backend.workload
    name = (f"{its.namespace}/{its.name}" if its.namespace else its.name) if its else backend.address
    return f"{name}:{backend.port}"


def fate(backend: Backend) -> tuple[str, bool | None]:
    """What a pod makes of the request, and whether that is good (None: not known)."""
    if backend.connection is None:
        return "", True
    if backend.connection not in ("ok", "tls-to-app"):
        return CONNECTIONS[backend.connection], False
    verdict = backend.verdict
    if verdict is None or verdict.allowed:
        return CONNECTIONS[backend.connection] or ("allowed" if verdict else "no sidecar"), True
    if verdict.allowed is None:
        return "an external authorizer decides", None
    return "denied: 401" if verdict.by == "jwt" else "denied", False


def changes(trace: Trace) -> list[str]:
    """What the route changes of the request, or does besides."""
    found = []
    if trace.path is not None:
        found.append(f"path becomes {trace.path}")
    if trace.authority is not None:
        found.append(f"Host becomes {trace.authority}")
    if trace.timeout is not None:
        found.append(f"timeout {trace.timeout}")
    if trace.retries is not None:
        found.append(_retries(trace.retries))
    found += header_changes(trace.headers)
    if trace.cors is not None:
        found.append("answers requests of browsers from other sites as its CORS policy says")
    found += _faults(trace.fault)
    for mirror in trace.mirrors:
        lost = " (which does not exist)" if mirror.result != "ok" else ""
        subset = f", subset {mirror.subset}" if mirror.subset else ""
        found.append(f"{percent(mirror.percent)} are copied to {mirror.host}:{mirror.port}{subset}{lost}")
    return found


def _retries(written: Mapping[str, Any]) -> str:
    attempts = written.get("attempts")
    if attempts == 0:
        return "no retries"
    said = _times(attempts)
    if timeout := written.get("perTryTimeout"):
        said += f", {timeout} for each try"
    on = text(written.get("retryOn")) or " ".join(map(str, sequence(written.get("codes"))))
    return said + (f", on {on}" if on else "")


def _times(attempts: Any) -> str:
    if not isinstance(attempts, int):
        return "retries"
    return "1 retry" if attempts == 1 else f"{attempts} retries"


def header_changes(written: Mapping[str, Any]) -> list[str]:
    """Changes of headers in words: `request header x-env is set to canary`."""
    found = []
    for side in ("request", "response"):
        change = mapping(written.get(side))
        found += [f"{side} header {name} is removed" for name in texts(change.get("remove"))]
        for how, verb in (("set", "set to"), ("add", "extended by")):
            found += [f"{side} header {name} is {verb} {value}" for name, value in mapping(change.get(how)).items()]
    return found


def _faults(fault: Fault | None) -> list[str]:
    found = []
    if fault is not None and fault.delay is not None:
        found.append(f"{percent(fault.delay.percent)} are delayed by {fault.delay.value}")
    if fault is not None and fault.abort is not None:
        found.append(f"{percent(fault.abort.percent)} are aborted with {fault.abort.value}")
    return found
