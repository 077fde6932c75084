"""What Istio refuses in an EnvoyFilter: incomplete patches, and values that are no configuration of Envoy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.defects import (
    deprecated_filter_name,
    envoy_internals,
    ignored_setting,
    invalid_envoy_patch,
)
from istiolint.admission.matches import MAX_REGEX, check_regex
from istiolint.admission.selectors import check_selector
from istiolint.admission.values import mapping, objects, text
from istiolint.finding import Change, Defect, Note, Path, Repair

HTTP_CONNECTION_MANAGER = ("envoy.filters.network.http_connection_manager", "envoy.http_connection_manager")

_LISTENERS = ("LISTENER", "FILTER_CHAIN", "NETWORK_FILTER", "HTTP_FILTER")
_ROUTES = ("ROUTE_CONFIGURATION", "VIRTUAL_HOST", "HTTP_ROUTE")
_MESSAGES = {
    "CLUSTER": "envoy.config.cluster.v3.Cluster",
    "LISTENER": "envoy.config.listener.v3.Listener",
    "ROUTE_CONFIGURATION": "envoy.config.route.v3.RouteConfiguration",
    "FILTER_CHAIN": "envoy.config.listener.v3.FilterChain",
    "HTTP_FILTER": "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter",
    "NETWORK_FILTER": "envoy.config.listener.v3.Filter",
    "VIRTUAL_HOST": "envoy.config.route.v3.VirtualHost",
    "HTTP_ROUTE": "envoy.config.route.v3.Route",
    "EXTENSION_CONFIG": "envoy.config.core.v3.TypedExtensionConfig",
    "BOOTSTRAP": "envoy.config.bootstrap.v3.Bootstrap",
    "LISTENER_FILTER": "envoy.config.listener.v3.ListenerFilter",
}
"""What a patch of each kind is a piece of (specification EF025)."""

_SAME_NAME = {
    "http": (
        "buffer", "cors", "csrf", "fault", "grpc_http1_bridge", "grpc_json_transcoder", "grpc_web", "gzip",
        "health_check", "ip_tagging", "lua", "router", "squash",
    ),
    "network": ("client_ssl_auth", "http_connection_manager", "mongo_proxy", "ratelimit", "redis_proxy", "tcp_proxy"),
}  # fmt: skip
_LISTENER_FILTERS = ("http_inspector", "original_dst", "original_src", "proxy_protocol", "tls_inspector")
DEPRECATED_FILTERS = {
    **{f"envoy.{name}": f"envoy.filters.{side}.{name}" for side, names in _SAME_NAME.items() for name in names},
    **{f"envoy.listener.{name}": f"envoy.filters.listener.{name}" for name in _LISTENER_FILTERS},
    "envoy.http_dynamo_filter": "envoy.filters.http.dynamo",
    "envoy.rate_limit": "envoy.filters.http.ratelimit",
    "envoy.ext_authz": "envoy.filters.http.ext_authz",
}


def check(value: dict[str, Any], _namespace: str | None) -> Iterator[Defect]:
    """Everything that Istio refuses or warns about in an EnvoyFilter (specification 12)."""
    spec = mapping(value, "spec") or {}
    yield envoy_internals(("kind",))
    yield from check_selector(spec, "workloadSelector", "labels")
    for index, patch in objects(spec, "configPatches"):
        match = mapping(patch, "match") or {}
        if match.get("context") != "WAYPOINT":
            yield from _check_patch(patch, match, ("spec", "configPatches", index))


def _check_patch(config: dict[str, Any], match: dict[str, Any], path: Path) -> Iterator[Defect]:
    """One entry of `configPatches` (specification EF009 to EF030)."""
    apply_to = config.get("applyTo")
    if apply_to in (None, "INVALID"):
        where = path if apply_to is None else (*path, "applyTo")
        yield invalid_envoy_patch(where, "applyTo must say what is patched, such as HTTP_FILTER or CLUSTER")
        return
    patch = mapping(config, "patch")
    if patch is None:
        if config.get("patch") is None:
            yield invalid_envoy_patch(path, "there is no patch")
        return
    operation = patch.get("operation")
    if operation in (None, "INVALID"):
        where = (*path, "patch") if operation is None else (*path, "patch", "operation")
        yield invalid_envoy_patch(where, "operation must say how the value is applied, such as MERGE or INSERT_BEFORE")
        return
    value = patch.get("value")
    if value is None and operation != "REMOVE":
        yield invalid_envoy_patch((*path, "patch"), f"operation {operation} needs a value to apply")
        return
    version = text(mapping(match, "proxy") or {}, "proxyVersion")
    field: Path = (*path, "match", "proxy", "proxyVersion")
    if len(version.encode(errors="surrogatepass")) > MAX_REGEX:
        yield ignored_setting(field, "proxyVersion", f"it is longer than the {MAX_REGEX} bytes that are looked at")
    elif version:
        yield from check_regex(version, field)
    yield from _check_match(match, str(apply_to), (*path, "match"), Note((*path, "applyTo"), "what is patched"))
    message = _MESSAGES.get(apply_to) if isinstance(apply_to, str) else None
    if message and isinstance(value, dict):
        from istiolint.admission.envoy_message import check_message

        yield from check_message(value, message, (*path, "patch", "value"))


def _check_match(match: dict[str, Any], apply_to: str, path: Path, note: Note) -> Iterator[Defect]:
    """What is matched must be of the kind that is patched (specification EF015 to EF023)."""
    wanted = (
        "listener"
        if apply_to in _LISTENERS
        else "routeConfiguration"
        if apply_to in _ROUTES
        else "cluster"
        if apply_to == "CLUSTER"
        else ""
    )
    for key in ("listener", "routeConfiguration", "cluster", "waypoint"):
        if wanted and key != wanted and isinstance(match.get(key), dict):
            reason = f"applyTo {apply_to} is matched by {wanted}, not by {key}"
            yield invalid_envoy_patch((*path, key), reason, on="key", notes=(note,))
    if wanted == "listener":
        chain = mapping(mapping(match, "listener") or {}, "filterChain")
        if chain is not None and mapping(chain, "filter") is not None:
            yield from _check_filter(chain["filter"], apply_to, (*path, "listener", "filterChain", "filter"), note)


def _check_filter(matched: dict[str, Any], apply_to: str, path: Path, note: Note) -> Iterator[Defect]:
    """Specification EF016 to EF021."""
    if apply_to in ("LISTENER", "FILTER_CHAIN"):
        reason = f"applyTo {apply_to} changes the whole chain, whatever filters it has"
        yield ignored_setting(path, "the match on a filter", reason, on="key", notes=(note,))
    name = text(matched, "name")
    if matched.get("name") in (None, ""):
        yield invalid_envoy_patch(path, "a match on a filter needs its name")
        return
    sub_filter = mapping(matched, "subFilter")
    if sub_filter is not None:
        where = (*path, "subFilter")
        if apply_to != "HTTP_FILTER":
            reason = f"subFilter matches HTTP filters, so applyTo must be HTTP_FILTER, not {apply_to}"
            yield invalid_envoy_patch(where, reason, on="key", notes=(note,))
            return
        if name and name not in HTTP_CONNECTION_MANAGER:
            reason = f"HTTP filters are inside {HTTP_CONNECTION_MANAGER[0]}, so that must be the name of the filter"
            yield invalid_envoy_patch((*path, "name"), reason, notes=(Note(where, "the HTTP filter", on="key"),))
            return
        if sub_filter.get("name") in (None, ""):
            yield invalid_envoy_patch(where, "a match on an HTTP filter needs its name", on="key")
            return
        yield from _check_name(sub_filter, where)
    yield from _check_name(matched, path)


def _check_name(matched: dict[str, Any], path: Path) -> Iterator[Defect]:
    name = text(matched, "name")
    instead = DEPRECATED_FILTERS.get(name)
    if instead:
        where = (*path, "name")
        repair = Repair(f"write {instead}", (Change("set", where, instead),), safe=name != "envoy.ext_authz")
        yield deprecated_filter_name(where, name, instead, repair=repair)
