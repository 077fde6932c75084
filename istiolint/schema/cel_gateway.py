"""The CEL rules of Gateway API's CRDs, one function for each name of `schemas/cel.json`; see `cel_istio.py`.

The API server fills in defaults before it asks these rules, so a field that is absent has its default here. The rules
of route filters are in `cel_filters.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

from istiolint.admission.defects import duplicate_entry, invalid_address, out_of_range
from istiolint.admission.durations import nanoseconds
from istiolint.admission.values import Problem
from istiolint.finding import Defect, Note, Path
from istiolint.schema.cel_istio import unique_by
from istiolint.schema.defects import (
    conflicting_fields,
    constraint_violated,
    duplicate_listener,
    missing_field,
    pattern_mismatch,
)
from istiolint.schema.words import listed

Object = dict[str, Any]
Defects = Iterable[Defect]

GROUP = "gateway.networking.k8s.io"
MOST_MATCHES = 128

_HOST = re.compile(r"(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL_KEY = re.compile(
    r"([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]"
)
_PATH = re.compile(r"(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+")
_GRPC_SERVICE = re.compile(r"\.?[A-Za-z_][A-Za-z_0-9]*(\.[A-Za-z_][A-Za-z_0-9]*)*")
_GRPC_METHOD = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


# Gateways


def listeners(value: list[Object]) -> Iterator[Defect]:
    """Listeners of a Gateway or ListenerSet: names, TLS, and no two for the same traffic."""
    yield from unique_by(value, "name", "listener name")
    for index, listener in enumerate(value):
        yield from _listener(listener, (index,))
    first: dict[Hashable, int] = {}
    for index, listener in enumerate(value):
        if "port" in listener:
            traffic = listener["port"], listener["protocol"], listener.get("hostname")
            earlier = first.setdefault(traffic, index)
            if earlier != index:
                note = Note((earlier, "port"), "the first one")
                shown = "/".join(str(part) for part in traffic if part is not None)
                names = str(listener.get("name")), str(value[earlier].get("name"))
                yield duplicate_listener((index, "port"), *names, shown, notes=(note,))


def _listener(listener: Object, at: Path) -> Iterator[Defect]:
    protocol, tls = listener["protocol"], listener.get("tls")
    if protocol in ("HTTP", "TCP", "UDP") and tls is not None:
        yield constraint_violated((*at, "tls"), f"a listener of protocol {protocol} has no TLS settings", on="key")
    elif protocol == "HTTPS" and tls is not None and tls.get("mode", "Terminate") != "Terminate":
        reason = "a listener of protocol HTTPS ends TLS itself: mode Terminate; to pass it through, the protocol is TLS"
        yield constraint_violated((*at, "tls", "mode"), reason)
    elif protocol == "TLS" and tls is None:
        yield missing_field((*at, "tls"), "a listener of protocol TLS", '"tls"')
    if protocol in ("TCP", "UDP") and listener.get("hostname"):
        yield constraint_violated(
            (*at, "hostname"), f"a listener of protocol {protocol} cannot tell hosts apart", on="key"
        )


def listener_certificate(value: Object) -> Defects:
    """A listener that ends TLS has a certificate."""
    if value.get("mode", "Terminate") != "Terminate" or value.get("certificateRefs") or value.get("options"):
        return ()
    return (missing_field(("certificateRefs",), "a listener that ends TLS", '"certificateRefs"'),)


def unique_tls_ports(value: list[Object]) -> Iterator[Defect]:
    """TLS settings by port."""
    return unique_by(value, "port", "port")


def address_is_ip(value: Object) -> Defects:
    """An address of the default type is an IP address."""
    address = value.get("value")
    if value.get("type", "IPAddress") != "IPAddress" or address is None or _is_ip(address):
        return ()
    problem = Problem("it is none" if "type" in value else "it is none; for a name, set type: Hostname")
    return (invalid_address(("value",), "IP address", address, problem),)


def address_hostname(value: Object) -> Defects:
    """An address of type Hostname."""
    name = value.get("value")
    if value.get("type") != "Hostname" or name is None or _HOST.fullmatch(name):
        return ()
    return (pattern_mismatch(("value",), "an address of type Hostname", name, "must be a DNS name in lower case"),)


def unique_addresses(value: list[Object]) -> Iterator[Defect]:
    """No address twice."""
    first: dict[Hashable, int] = {}
    for index, address in enumerate(value):
        kind = address.get("type", "IPAddress")
        if kind in ("IPAddress", "Hostname") and "value" in address:
            earlier = first.setdefault((kind, address["value"]), index)
            if earlier != index:
                note = Note((earlier, "value"), "the first one")
                yield duplicate_entry((index, "value"), "address", address["value"], notes=(note,))


def metadata_keys(value: Object) -> Iterator[Defect]:
    """Labels and annotations for what a Gateway makes."""
    for key in value:
        if not _LABEL_KEY.fullmatch(key) or len(key.partition("/")[0]) >= 253:
            reason = "must be up to 63 letters, digits, -, _ and ., perhaps after a DNS name and a slash"
            yield pattern_mismatch((key,), "a label key", key, reason, on="key")


# What routes and policies refer to


def parent_refs(value: list[Object]) -> Iterator[Defect]:
    """Two references to one parent tell sections or ports apart."""

    def parent(ref: Object) -> Hashable:
        return ref.get("group", GROUP), ref.get("kind", "Gateway"), ref["name"], ref.get("namespace", "")

    def section(ref: Object) -> tuple[Any, ...]:
        return ref.get("sectionName") or None, ref.get("port") or None

    return _references(value, parent, section, '"sectionName" or "port"')


def policy_targets(value: list[Object]) -> Iterator[Defect]:
    """Two references to one target tell sections apart."""

    def target(ref: Object) -> Hashable:
        return ref["group"], ref["kind"], ref["name"]

    def section(ref: Object) -> tuple[Any, ...]:
        return (ref.get("sectionName") or None,)

    return _references(value, target, section, '"sectionName"')


def _references(
    value: list[Object], whole: Callable[[Object], Hashable], part: Callable[[Object], tuple[Any, ...]], what: str
) -> Iterator[Defect]:
    first: dict[Hashable, int] = {}
    for index, ref in enumerate(value):
        earlier = first.setdefault(whole(ref), index)
        if earlier == index:
            continue
        note = Note((earlier, "name"), "the first one")
        ours, theirs = part(ref), part(value[earlier])
        if [one is None for one in ours] != [one is None for one in theirs]:
            reason = f"this is referred to twice; both references need {what}"
            yield constraint_violated((index, "name"), reason, notes=(note,))
        elif any(whole(other) == whole(ref) and part(other) == ours for other in value[:index]):
            yield duplicate_entry((index, "name"), "reference to", ref["name"], notes=(note,))


def backend_port(value: Object) -> Defects:
    """A Service is reached at a port."""
    if value.get("group", "") or value.get("kind", "Service") != "Service" or "port" in value:
        return ()
    return (missing_field(("port",), "a reference to a Service", '"port"'),)


def hostnames(value: list[str]) -> Iterator[Defect]:
    """Hosts of a TLSRoute."""
    for index, name in enumerate(value):
        if _is_ip(name):
            yield pattern_mismatch((index,), "a host of a TLSRoute", name, "must be a name, not an IP address")
        elif not _HOST.fullmatch(name):
            reason = 'must be a DNS name in lower case; a wildcard is only possible as "*." in front'
            yield pattern_mismatch((index,), "a host of a TLSRoute", name, reason)


# Rules


def unique_rule_names(value: list[Object]) -> Iterator[Defect]:
    """Names of rules, where they have one."""
    return unique_by(value, "name", "rule name")


def http_rules(value: list[Object]) -> Iterator[Defect]:
    """Rules of an HTTPRoute; one without matches has one, for every path."""
    return _rules(value, 1)


def grpc_rules(value: list[Object]) -> Iterator[Defect]:
    """Rules of a GRPCRoute."""
    return _rules(value, 0)


def _rules(value: list[Object], default: int) -> Iterator[Defect]:
    yield from unique_rule_names(value)
    total = 0
    for index, rule in enumerate(value):
        total += len(rule["matches"]) if "matches" in rule else default
        if total > MOST_MATCHES:
            yield out_of_range((index, "matches"), "the number of matches of a route", total, f"at most {MOST_MATCHES}")
            return


def http_rule(value: Object) -> Iterator[Defect]:
    """Redirects do not go with backends, and what replaces a prefix needs one."""
    filters, backends = value.get("filters", ()), value.get("backendRefs", ())
    if backends:
        for index, one in enumerate(filters):
            if "requestRedirect" in one:
                reason = "a rule that redirects has no backendRefs"
                note = Note(("backendRefs",), "the backends", on="key")
                yield constraint_violated(("filters", index, "requestRedirect"), reason, on="key", notes=(note,))
    matches = value.get("matches", ({},))
    if len(matches) == 1 and matches[0].get("path", {}).get("type", "PathPrefix") == "PathPrefix":
        return
    reason = "replacePrefixMatch needs a rule with just one match, of type PathPrefix"
    for name in ("requestRedirect", "urlRewrite"):
        own = _prefix_replaced(filters, name)
        if len(own) == 1:
            yield constraint_violated(("filters", *own[0]), reason, on="key")
        inner = [
            (b, *path)
            for b, one in enumerate(backends)
            for path in _single(_prefix_replaced(one.get("filters", ()), name))
        ]
        if len(inner) == 1:
            backend, *path = inner[0]
            yield constraint_violated(("backendRefs", backend, "filters", *path), reason, on="key")


def _prefix_replaced(filters: Iterable[Object], name: str) -> list[Path]:
    """The paths to `replacePrefixMatch` in filters of one sort."""
    found: list[Path] = []
    for index, one in enumerate(filters):
        path = one.get(name, {}).get("path", {})
        if path.get("type") == "ReplacePrefixMatch" and "replacePrefixMatch" in path:
            found.append((index, name, "path", "replacePrefixMatch"))
    return found


def _single(paths: list[Path]) -> list[Path]:
    return paths if len(paths) == 1 else []


def timeouts(value: Object) -> Defects:
    """The timeout of one try fits into that of the request."""
    request, backend = (nanoseconds(value.get(name, "0s")) or 0 for name in ("request", "backendRequest"))
    if not request or backend <= request:
        return ()
    reason = f"a try may not take longer ({value['backendRequest']}) than the whole request ({value['request']})"
    return (constraint_violated(("backendRequest",), reason, notes=(Note(("request",), "the whole request"),)),)


def session_persistence(value: Object) -> Iterator[Defect]:
    """What a cookie needs."""
    cookie = value.get("cookieConfig")
    if cookie is None:
        return
    if value.get("type", "Cookie") != "Cookie":
        yield constraint_violated(("cookieConfig",), '"cookieConfig" is only for type Cookie', on="key")
    if cookie.get("lifetimeType") == "Permanent" and "absoluteTimeout" not in value:
        yield missing_field(("absoluteTimeout",), "a permanent cookie", '"absoluteTimeout"')


# Matches


def path_match(value: Object) -> Iterator[Defect]:
    """A path that is compared as it stands."""
    path = value.get("value", "/")
    if value.get("type", "PathPrefix") not in ("Exact", "PathPrefix"):
        return
    what = "a path"
    if not path.startswith("/"):
        yield pattern_mismatch(("value",), what, path, 'must begin with "/"')
    elif part := next((part for part in ("//", "/./", "/../", "%2f", "%2F", "#") if part in path), ""):
        yield pattern_mismatch(("value",), what, path, f'must not contain "{part}"')
    elif path.endswith(("/..", "/.")):
        yield pattern_mismatch(("value",), what, path, "must not end in dots")
    elif not _PATH.fullmatch(path):
        yield pattern_mismatch(("value",), what, path, "must be the path of a URL, with other characters escaped (%20)")


def grpc_method(value: Object) -> Iterator[Defect]:
    """A service, a method, or both."""
    if "service" not in value and "method" not in value:
        yield missing_field(("service",), "a match of a method", '"service" or "method"')
    if value.get("type", "Exact") == "Exact":
        for name, form in (("service", _GRPC_SERVICE), ("method", _GRPC_METHOD)):
            text = value.get(name)
            if text is not None and not form.fullmatch(text):
                dots = " with dots between them" if name == "service" else ""
                yield pattern_mismatch((name,), f"a gRPC {name}", text, f"must be letters, digits and _{dots}")


# TLS to backends


def subject_alt_name(value: Object) -> Iterator[Defect]:
    """The field of a subject alternative name is that of its type."""
    kind = value["type"]
    for other, name in (("Hostname", "hostname"), ("URI", "uri")):
        if kind == other and not value.get(name):
            yield missing_field((name,), f"a name of type {kind}", f'"{name}"')
        elif kind != other and value.get(name):
            yield constraint_violated((name,), f'"{name}" is only for a name of type {other}', on="key")


def backend_validation(value: Object) -> Defects:
    """Certificates are checked by given authorities, or by the well-known ones."""
    names = [name for name in ("caCertificateRefs", "wellKnownCACertificates") if value.get(name)]
    if len(names) == 2:
        note = Note((names[0],), "the first one", on="key")
        fields = listed([f'"{name}"' for name in names], "and")
        return (conflicting_fields((names[1],), "the validation of a backend", fields, on="key", notes=(note,)),)
    if names:
        return ()
    what = '"caCertificateRefs" or "wellKnownCACertificates"'
    return (missing_field(("caCertificateRefs",), "the validation of a backend", what),)


def _is_ip(text: str) -> bool:
    from ipaddress import ip_address

    try:
        ip_address(text)
    except ValueError:
        return False
    return "%" not in text
