"""What Istio refuses in a WorkloadGroup."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.defects import (
    invalid_header_name,
    missing_setting,
    unsupported_setting,
    unsupported_value,
)
from istiolint.admission.fields import check_not_negative, check_port
from istiolint.admission.headers import probe_problem
from istiolint.admission.labels import check_labels
from istiolint.admission.values import mapping, objects
from istiolint.finding import Change, Defect, Path, Repair

_METHODS = ("httpGet", "tcpSocket", "exec")
_COUNTS = ("periodSeconds", "initialDelaySeconds", "timeoutSeconds", "successThreshold", "failureThreshold")


def check(value: dict[str, Any], _namespace: str | None) -> Iterator[Defect]:
    """Everything that Istio refuses in a WorkloadGroup (specification 10); the template is the schema's business."""
    spec = mapping(value, "spec") or {}
    metadata = mapping(spec, "metadata")
    if metadata is not None:
        yield from check_labels(metadata, "labels", ("spec", "metadata"))
    probe = mapping(spec, "probe")
    if probe is not None:
        yield from _check_probe(probe, ("spec", "probe"))


def _check_probe(probe: dict[str, Any], path: Path) -> Iterator[Defect]:
    """Specification WG005 to WG010."""
    yield from check_not_negative(probe, path, *_COUNTS)
    if all(probe.get(method) is None for method in _METHODS):
        if probe.get("grpc") is not None:
            reason = "the webhook refuses it although the schema has it; use httpGet, tcpSocket or exec"
            yield unsupported_setting((*path, "grpc"), "grpc", reason, on="key")
        else:
            yield missing_setting(path, "httpGet, tcpSocket or exec", "a probe must do something")
    get = mapping(probe, "httpGet")
    if get is not None:
        where = (*path, "httpGet")
        yield from check_port(get, "port", where)
        scheme = get.get("scheme")
        if isinstance(scheme, str) and scheme not in ("", "HTTP", "HTTPS"):
            upper = scheme.upper()
            repair = (
                Repair(f"write {upper}", (Change("set", (*where, "scheme"), upper),))
                if upper.startswith("HTTP")
                else None
            )
            yield unsupported_value((*where, "scheme"), "scheme", scheme, "write HTTP or HTTPS", repair=repair)
        for index, header in objects(get, "httpHeaders"):
            name = "" if header.get("name") is None else header["name"]
            problem = probe_problem(name) if isinstance(name, str) else None
            if problem is not None:
                yield invalid_header_name((*where, "httpHeaders", index, "name"), name, problem)
    socket = mapping(probe, "tcpSocket")
    if socket is not None:
        yield from check_port(socket, "port", (*path, "tcpSocket"))
    command = mapping(probe, "exec")
    if command is not None and command.get("command") == []:
        yield missing_setting((*path, "exec", "command"), "command", "there must be something to run", on="key")
