"""Annotations that the sidecar injector reads (specification, section 12). With a wrong one the pod is not created."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from istiolint.admission.values import Problem
from istiolint.finding import Defect, Path
from istiolint.install.defects import invalid_proxy_annotation

GO_BOOLEANS = frozenset(("1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"))
_INTERCEPTION = ("REDIRECT", "TPROXY", "NONE")
PROXY_CONFIG = "proxy.istio.io/config"


def _quantity(text: str) -> Problem | None:
    from istiolint.install.quantities import quantity_problem

    return quantity_problem(text)


def _interception(text: str) -> Problem | None:
    return (
        None if text in _INTERCEPTION else Problem(f"{', '.join(_INTERCEPTION[:-1])} or {_INTERCEPTION[-1]} is needed")
    )


def _status_port(text: str) -> Problem | None:
    digits = text.strip()
    good = digits.isascii() and digits.isdigit() and int(digits) <= 65535
    return None if good else Problem("a port is a number from 0 to 65535")


def _unsigned(text: str) -> Problem | None:
    good = text.isascii() and text.isdigit() and int(text) < 2**32
    return None if good else Problem("a whole number is needed")


def _boolean(text: str) -> Problem | None:
    return None if text in GO_BOOLEANS else Problem('"true" or "false" is needed')


def _ranges(text: str) -> Problem | None:
    from istiolint.install.port_lists import ip_ranges_problem

    return ip_ranges_problem(text)


def _ranges_without_star(text: str) -> Problem | None:
    from istiolint.install.port_lists import ip_ranges_problem

    return ip_ranges_problem(text, star=False)


def _ports(text: str) -> Problem | None:
    from istiolint.install.port_lists import ports_problem

    return ports_problem(text)


def _ports_without_star(text: str) -> Problem | None:
    from istiolint.install.port_lists import ports_problem

    return ports_problem(text, star=False)


def _interfaces(text: str) -> Problem | None:
    from istiolint.install.port_lists import interfaces_problem

    return interfaces_problem(text)


_CHECKS: dict[str, Callable[[str], Problem | None]] = {
    "sidecar.istio.io/proxyCPU": _quantity,
    "sidecar.istio.io/proxyCPULimit": _quantity,
    "sidecar.istio.io/proxyMemory": _quantity,
    "sidecar.istio.io/proxyMemoryLimit": _quantity,
    "sidecar.istio.io/interceptionMode": _interception,
    "status.sidecar.istio.io/port": _status_port,
    "readiness.status.sidecar.istio.io/initialDelaySeconds": _unsigned,
    "readiness.status.sidecar.istio.io/periodSeconds": _unsigned,
    "readiness.status.sidecar.istio.io/failureThreshold": _unsigned,
    "traffic.sidecar.istio.io/includeOutboundIPRanges": _ranges,
    "traffic.sidecar.istio.io/excludeOutboundIPRanges": _ranges_without_star,
    "traffic.sidecar.istio.io/includeInboundPorts": _ports,
    "traffic.sidecar.istio.io/excludeInboundPorts": _ports_without_star,
    "traffic.sidecar.istio.io/excludeOutboundPorts": _ports_without_star,
    "traffic.sidecar.istio.io/excludeInterfaces": _interfaces,
    "traffic.sidecar.istio.io/kubevirtInterfaces": _interfaces,
    "istio.io/reroute-virtual-interfaces": _interfaces,
    "prometheus.istio.io/merge-metrics": _boolean,
}


def annotation_problem(name: str, text: str) -> Problem | None:
    """Why the injector refuses the value `text` of the annotation `name`; None also for annotations it does not check.

    `proxy.istio.io/config` is not judged here: it can have many problems.
    """
    check = _CHECKS.get(name)
    return check(text) if check is not None else None


def check_pod_annotations(annotations: dict[str, Any], path: Path) -> Iterator[Defect]:
    """The annotations of a pod or pod template; `path` is theirs."""
    for name, text in annotations.items():
        if not isinstance(text, str):
            continue
        if name == PROXY_CONFIG:
            yield from _check_proxy_config(text, (*path, name))
        elif name in _CHECKS:
            problem = annotation_problem(name, text)
            if problem is not None:
                yield invalid_proxy_annotation((*path, name), name, problem)


def _check_proxy_config(text: str, path: Path) -> Iterator[Defect]:
    from istiolint.install.embedded import placed, read_embedded
    from istiolint.install.proxy_config import check_proxy_config

    embedded = read_embedded(text, path)
    if embedded.defect is not None:
        yield embedded.defect
    elif embedded.setting is not None and embedded.spans is not None:
        yield from placed(check_proxy_config(embedded.setting), path, embedded.spans)
