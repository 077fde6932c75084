"""Traffic policies: of a DestinationRule, of its subsets, and of single ports (specification DR002 to DR064)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.addresses import is_ip
from istiolint.admission.client_tls import check_client_tls
from istiolint.admission.connection_pool import check_connection_pool
from istiolint.admission.defects import (
    conflicting_settings,
    deprecated_setting,
    invalid_host,
    missing_setting,
    out_of_range,
    unsupported_value,
)
from istiolint.admission.fields import check_duration, check_duration_text, check_int32, check_port
from istiolint.admission.hosts import fqdn_problem
from istiolint.admission.load_balancer import check_load_balancer
from istiolint.admission.values import integer, mapping, objects
from istiolint.finding import Defect, Note, Path

_OF_PORTS = ("connectionPool", "loadBalancer", "outlierDetection", "tls")
_SETTINGS = (*_OF_PORTS, "tunnel", "proxyProtocol", "retryBudget")


def check_traffic_policy(holder: dict[str, Any], path: Path, namespace: str | None) -> Iterator[Defect]:
    """The `trafficPolicy` of a DestinationRule or subset; `namespace` is that of the object."""
    policy = mapping(holder, "trafficPolicy")
    if policy is None:
        return
    path = (*path, "trafficPolicy")
    if all(policy.get(key) is None for key in _SETTINGS) and not policy.get("portLevelSettings"):
        settings = f"{', '.join(_OF_PORTS)}, portLevelSettings, tunnel, proxyProtocol or retryBudget"
        yield missing_setting(path, settings, "a traffic policy must set something")
        return
    if policy.get("tunnel") is not None and policy.get("proxyProtocol") is not None:
        note = Note((*path, "tunnel"), "the tunnel", on="key")
        reason = "connections are either tunnelled or begin with the proxy protocol"
        where = (*path, "proxyProtocol")
        yield conflicting_settings(where, "proxyProtocol", "tunnel", reason, on="key", notes=(note,))
    yield from _check_common(policy, path, namespace)
    for index, setting in objects(policy, "portLevelSettings"):
        where = (*path, "portLevelSettings", index)
        if setting.get("port") is None:
            yield missing_setting((*where, "port"), "port", "settings of a port must say which one")
        if all(setting.get(key) is None for key in _OF_PORTS):
            yield missing_setting(where, ", ".join(_OF_PORTS[:-1]) + " or tls", "settings of a port must set something")
        yield from _check_common(setting, where, namespace)
    if "tunnel" in policy:
        yield from _check_tunnel(policy, path)
    budget = mapping(policy, "retryBudget")
    if budget is not None:
        yield from check_duration_text(budget, "budgetInterval", (*path, "retryBudget"))


def _check_common(policy: dict[str, Any], path: Path, namespace: str | None) -> Iterator[Defect]:
    """What policies of services and of ports share."""
    for key in policy:
        if key == "connectionPool":
            yield from check_connection_pool(policy, path)
        elif key == "loadBalancer":
            yield from check_load_balancer(policy, path)
        elif key == "outlierDetection":
            yield from _check_outlier_detection(policy, path)
        elif key == "tls":
            yield from check_client_tls(policy, path, namespace)


def _check_outlier_detection(policy: dict[str, Any], path: Path) -> Iterator[Defect]:
    """Specification DR004 to DR011."""
    outlier = mapping(policy, "outlierDetection")
    if outlier is None:
        return
    path = (*path, "outlierDetection")
    yield from check_duration(outlier, "baseEjectionTime", path)
    yield from check_duration(outlier, "interval", path)
    yield from check_int32(outlier, path, "consecutiveErrors")
    if integer(outlier, "consecutiveErrors"):
        instead = "consecutive5xxErrors or consecutiveGatewayErrors"
        yield deprecated_setting((*path, "consecutiveErrors"), "consecutiveErrors", instead, on="key")
    local = integer(outlier, "consecutiveLocalOriginFailures")
    if local is not None and local > 0 and outlier.get("splitExternalLocalOriginErrors") in (None, False):
        where = (*path, "consecutiveLocalOriginFailures")
        reason = "only with splitExternalLocalOriginErrors: true are local failures counted on their own"
        yield missing_setting(where, "splitExternalLocalOriginErrors", reason, on="key")
    for key in ("maxEjectionPercent", "minHealthPercent"):
        share = integer(outlier, key)
        if share is not None and not 0 <= share <= 100:
            yield out_of_range((*path, key), key, share, "from 0 to 100")


def _check_tunnel(policy: dict[str, Any], path: Path) -> Iterator[Defect]:
    """Specification DR059 to DR061."""
    tunnel = mapping(policy, "tunnel")
    if tunnel is None:
        return
    path = (*path, "tunnel")
    protocol = tunnel.get("protocol")
    if isinstance(protocol, str) and protocol not in ("", "CONNECT", "POST"):
        yield unsupported_value((*path, "protocol"), "tunnel protocol", protocol, "write CONNECT or POST")
    host = tunnel.get("targetHost")
    if isinstance(host, str) and not is_ip(host):
        problem = fqdn_problem(host)
        if problem is not None:
            yield invalid_host((*path, "targetHost"), "target of a tunnel", host, problem)
    yield from check_port(tunnel, "targetPort", path)
