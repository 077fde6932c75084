"""A trace as plain JSON values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.complete import place, pointer
from istiolint.trace.words import headline, shares

if TYPE_CHECKING:
    from istiolint.complete import Texts
    from istiolint.finding import Path
    from istiolint.source.document import Document
    from istiolint.trace.result import Backend, Chance, RouteTaken, Step, Target, Trace, Verdict


def trace_value(trace: Trace, texts: Texts) -> dict[str, Any]:
    """The value that `istiolint trace --format json` prints; what does not apply is left out."""
    client, request = trace.client, trace.request
    said: dict[str, Any] = {
        "version": 1,
        "from": {"namespace": client.namespace, "name": client.name, "kind": client.kind, "ip": client.ip},
        "request": {
            "protocol": request.protocol, "host": request.host, "port": request.port, "authority": request.authority,
            "method": request.method if request.has_http else "", "path": request.path if request.has_http else "",
            "headers": dict(request.headers), "sni": request.sni, "sourceIp": request.source_ip,
        },
        "outcome": trace.outcome,
        "said": headline(trace),
        "route": _route(trace.route) if trace.route else None,
        "destinations": [
            _target(target, share, texts) for target, share in zip(trace.targets, shares(trace), strict=True)
        ],
        "backends": [_backend(it, texts) for it in trace.backends],
        "gatewayAuthorization": _verdict(trace.gateway_verdict, texts),
        "path": trace.path,
        "authority": trace.authority,
        "redirect": trace.redirect._asdict() if trace.redirect else None,
        "status": trace.status,
        "timeout": trace.timeout,
        "retries": trace.retries,
        "headers": trace.headers,
        "cors": trace.cors,
        "fault": _filled({"delay": _chance(trace.fault.delay), "abort": _chance(trace.fault.abort)})
        if trace.fault
        else None,
        "mirrors": [_filled(it._asdict()) for it in trace.mirrors],
        "steps": [_step(it, texts) for it in trace.steps],
        "unknown": list(trace.unknowns),
        "otherwise": trace_value(trace.otherwise, texts) if trace.otherwise else None,
    }  # fmt: skip
    said["from"], said["request"] = _filled(said["from"]), _filled(said["request"])
    return _filled(said)


def _route(route: RouteTaken) -> dict[str, Any]:
    its = route.service
    said: dict[str, Any] = {"kind": its.document.kind, "namespace": its.namespace, "name": its.name}
    said |= {"route": route.http, "match": route.match}
    if route.delegate is not None:
        delegate = route.delegate
        said["delegate"] = _filled(
            {
                "namespace": delegate.namespace,
                "name": delegate.name,
                "route": route.delegate_http,
                "match": route.delegate_match,
            }
        )
    return _filled(said)


def _target(target: Target, share: float, texts: Texts) -> dict[str, Any]:
    rule = {"namespace": target.rule[0], "name": target.rule[1]} if target.rule else None
    return _filled(
        {
            "host": target.host, "port": target.port, "subset": target.subset, "weight": target.weight,
            "percent": round(share, 4), "result": target.result, "clientTls": target.client_tls,
            "destinationRule": rule, "trafficPolicy": target.policy, "headers": target.headers,
            "backends": [_backend(it, texts) for it in target.backends],
            "steps": [_step(it, texts) for it in target.steps],
        }
    )  # fmt: skip


def _backend(backend: Backend, texts: Texts) -> dict[str, Any]:
    workload = backend.workload
    return _filled(
        {
            "workload": {"namespace": workload.namespace, "name": workload.name} if workload else None,
            "address": backend.address, "port": backend.port, "sent": backend.sent,
            "serverMtls": backend.mode, "connection": backend.connection,
            "authorization": _verdict(backend.verdict, texts), "steps": [_step(it, texts) for it in backend.steps],
        }
    )  # fmt: skip


def _verdict(verdict: Verdict | None, texts: Texts) -> dict[str, Any] | None:
    if verdict is None:
        return None
    word = {True: "allow", False: "deny", None: "unknown"}[verdict.allowed]
    rules = [{"namespace": it.namespace, "name": it.name, "rule": at} for it, at in verdict.rules]
    steps = [_step(it, texts) for it in verdict.steps]
    return _filled({"verdict": word, "by": verdict.by, "rules": rules, "steps": steps})


def _step(step: Step, texts: Texts) -> dict[str, Any]:
    losers = [{**_object(it.document, it.path, texts), "reason": it.reason} for it in step.losers]
    by = _object(step.document, step.path, texts) if step.document else None
    return _filled({"stage": step.stage, "said": step.said, "by": by, "losers": losers, "unknown": step.unknown})


def _object(document: Document, path: Path, texts: Texts) -> dict[str, Any]:
    said: dict[str, Any] = {"kind": document.kind, "namespace": document.namespace, "name": document.name}
    if document.index >= 0:
        where = place(document, texts(document.file), path)
        said |= {"file": where.file, "line": where.line, "column": where.column, "path": pointer(path)}
    return _filled(said)


def _chance(chance: Chance | None) -> dict[str, Any] | None:
    return chance._asdict() if chance else None


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    """Without what is not there."""
    return {key: value for key, value in values.items() if value is not None and value not in ("", [], {})}
