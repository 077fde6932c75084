"""The ways of requests to a host as plain JSON values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.complete import place, pointer
from istiolint.regions.ways import reason_of
from istiolint.report.trace_json import trace_value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from istiolint.complete import Texts
    from istiolint.regions.partition import RequestClass
    from istiolint.regions.ways import Fate, HostWays, Way
    from istiolint.trace.question import Client, Request
    from istiolint.trace.result import Step


def ways_value(client: Client, found: Iterable[HostWays], texts: Texts) -> dict[str, Any]:
    """The value that `istiolint trace --all --format json` prints; what does not apply is left out."""
    return {
        "version": 1,
        "from": {"namespace": client.namespace, "name": client.name, "kind": client.kind},
        "hosts": [
            {
                "host": its.host.host, "port": its.host.port, "protocol": its.host.protocol,
                "exhaustive": not its.doubts, "doubts": list(its.doubts), "unknown": list(its.unknown),
                "ways": [_way(it, texts) for it in its.ways],
            }
            for its in found
        ],
    }  # fmt: skip


def _way(way: Way, texts: Texts) -> dict[str, Any]:
    return {
        "fates": [_fate(it, texts) for it in way.fates],
        "notes": list(way.notes),
        "requests": [_request(it, texts) for it in way.classes],
        "trace": trace_value(way.classes[0].traces[0], texts),
    }


def _fate(fate: Fate, texts: Texts) -> dict[str, Any]:
    return {"said": fate.said, "good": fate.good} | _by(fate.by, texts)


def _request(its: RequestClass, texts: Texts) -> dict[str, Any]:
    reason = reason_of(its.traces[0])
    return {"request": _request_value(its.request), "said": reason.said} | _by(reason.by, texts)


def _request_value(request: Request) -> dict[str, Any]:
    if not request.has_http:
        return {"sni": request.sni} if request.sni else {}
    found = {
        "method": request.method, "path": request.path, "authority": request.authority,
        "headers": dict(request.headers), "sourceIp": request.source_ip, "claims": request.claims,
    }  # fmt: skip
    return {key: value for key, value in found.items() if value not in (None, "", {})}


def _by(step: Step | None, texts: Texts) -> dict[str, Any]:
    """The object that decides, and its place."""
    if step is None or step.document is None or step.document.index < 0:
        return {}
    document = step.document
    where = place(document, texts(document.file), step.path)
    return {
        "by": {
            "kind": document.kind, "namespace": document.namespace, "name": document.name, "file": where.file,
            "line": where.line, "column": where.column, "path": pointer(step.path),
        }
    }  # fmt: skip
