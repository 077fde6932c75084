"""The CEL rules of Istio's CRDs, one function for each name of `schemas/cel.json`.

A function gets the value that the rule stands on, of the right structure, and gives the defects in it; their paths
begin at that value. Where the CEL expression would fail to evaluate, the API server refuses the object, and so there is
a defect. Whether function and expression agree was tested with a CEL interpreter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from istiolint.admission.defects import (
    duplicate_entry,
    invalid_address,
    invalid_duration,
    invalid_host,
    invalid_name,
    invalid_port,
    invalid_selector,
    invalid_service_entry,
    unsupported_target,
)
from istiolint.admission.durations import MILLISECOND, duration_problem, nanoseconds
from istiolint.admission.values import Problem
from istiolint.finding import Defect, Note
from istiolint.schema.defects import conflicting_fields, constraint_violated, missing_field, unknown_value
from istiolint.schema.gourl import NoUrl, is_url, scheme_of
from istiolint.schema.words import listed

Object = dict[str, Any]
Defects = Iterable[Defect]

PORTS = "ports run from 1 to 65535"
IMAGE_SCHEMES = ("", "http", "https", "oci", "file")
UNIX = "unix://"

_PORT_NAME = re.compile(r"[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?")
_WHOLE = re.compile(r"[-+]?[0-9]+")


def duration_from_1ms(value: str) -> Defects:
    """A duration of at least a millisecond."""
    time = nanoseconds(value)
    if time is not None and time >= MILLISECOND:
        return ()
    return (invalid_duration((), value, duration_problem(value) or Problem("it is no duration")),)


# Ports


def port_number(value: int) -> Defects:
    """1 to 65535."""
    return () if 0 < value <= 65535 else (invalid_port((), value, PORTS),)


def waypoint_port_number(value: int) -> Defects:
    """Istio 1.29 has a digit too few in its bound."""
    if 0 < value <= 6553:
        return ()
    return (
        invalid_port((), value, PORTS if not 0 < value <= 65535 else "Istio 1.29 takes 1 to 6553 here, by mistake"),
    )


def port_names(value: Object) -> Iterator[Defect]:
    """Names of the ports of an endpoint."""
    for name in value:
        if len(name) >= 63 or not _PORT_NAME.fullmatch(name):
            problem = Problem("it must be up to 62 letters, digits and -, with no - at either end")
            yield invalid_name((name,), "port name", name, problem, on="key")


def port_keys(value: Object) -> Iterator[Defect]:
    """Port numbers as keys of a map."""
    for key in value:
        if not _WHOLE.fullmatch(key) or not 0 < int(key) <= 65535:
            yield invalid_port((key,), key, PORTS, on="key")


def unique_port_numbers(value: list[Object]) -> Iterator[Defect]:
    """Ports of a ServiceEntry."""
    return unique_by(value, "number", "port number")


def unique_by(value: list[Object], key: str, what: str) -> Iterator[Defect]:
    """Items that have a field must not have the same in it; `what` is what the field is called."""
    first: dict[Any, int] = {}
    for index, item in enumerate(value):
        if key in item and (earlier := first.setdefault(item[key], index)) != index:
            yield duplicate_entry((index, key), what, item[key], notes=(Note((earlier, key), "the first one"),))


# Labels, targets


def label_value(value: str) -> Defects:
    """A label to select by."""
    return (
        (invalid_selector((), f'"{value}" has a "*", but labels are compared as they stand'),) if "*" in value else ()
    )


def label_keys(value: Object) -> Iterator[Defect]:
    """The keys of labels to select by."""
    for key in value:
        if not key:
            yield invalid_selector((key,), "a label key is empty", on="key")
        elif "*" in key:
            yield invalid_selector((key,), f'"{key}" has a "*", but labels are compared as they stand', on="key")


def no_namespace(value: str) -> Defects:
    """The namespace of a target."""
    reason = 'a policy is attached to something in its own namespace; remove "namespace"'
    return (constraint_violated((), reason),) if value else ()


def target_kind(value: Object) -> Defects:
    """What policies could be attached to up to Istio 1.23."""
    return _target(value, ())


def target_kind_or_service_entry(value: Object) -> Defects:
    """What policies can be attached to in Istio 1.24."""
    return _target(value, (("networking.istio.io", "ServiceEntry"),))


def _target(value: Object, more: tuple[tuple[str, str], ...]) -> Defects:
    known = (("core", "Service"), ("", "Service"), ("gateway.networking.k8s.io", "Gateway"), *more)
    if (value.get("group"), value["kind"]) in known:
        return ()
    if "group" not in value:
        return (missing_field(("group",), "a target", '"group" (for a Service: group: "")'),)
    kinds = [f"{kind} of {group}" if group else kind for group, kind in known[1:]]
    return (unsupported_target(("kind",), value["kind"], f"known are {listed(kinds, 'and')}"),)


def one_target(value: Object) -> Defects:
    """A policy selects workloads or is attached to something."""
    return _one_of(value, ("selector", "workloadSelector", "targetRef", "targetRefs"), "a policy")


def _one_of(value: Object, names: tuple[str, ...], place: str) -> Defects:
    present = [name for name in value if name in names]
    if len(present) < 2:
        return ()
    note = Note((present[0],), "the first one", on="key")
    fields = listed([f'"{name}"' for name in present], "and")
    return (conflicting_fields((present[1],), place, fields, on="key", notes=(note,)),)


# Endpoints and ServiceEntries


def uds_address(value: str) -> Iterator[Defect]:
    """A Unix domain socket as address."""
    if value.startswith(UNIX):
        if value[7:8] not in ("/", "@"):
            yield invalid_address(
                (), "socket path", value, Problem('it must be an absolute path, or begin with "@"', (7, len(value)))
            )
        elif value.endswith("/"):
            yield invalid_address((), "socket path", value, Problem("it is a folder", (7, len(value))))


def endpoint(value: Object) -> Iterator[Defect]:
    """An endpoint of a ServiceEntry, or a WorkloadEntry."""
    if "address" not in value and "network" not in value:
        yield missing_field(("address",), "an endpoint", '"address" or "network"')
    yield from template(value)


def template(value: Object) -> Iterator[Defect]:
    """The endpoint that a WorkloadGroup makes."""
    if value.get("address", "").startswith(UNIX) and "ports" in value:
        yield constraint_violated(("ports",), "an endpoint that is a Unix domain socket has no ports", on="key")


def host_not_star(value: str) -> Defects:
    """A host of a ServiceEntry."""
    return (invalid_host((), "host", value, Problem("a ServiceEntry cannot be for all hosts")),) if value == "*" else ()


def service_entry(value: Object) -> Iterator[Defect]:
    """What goes with which resolution."""
    yield from _one_of(value, ("workloadSelector", "endpoints"), "a ServiceEntry")
    resolution = value.get("resolution", "NONE")
    if resolution not in ("NONE", "STATIC"):
        for index, address in enumerate(value.get("addresses", ())):
            if "/" in address:
                reason = f"an address range needs the resolution NONE or STATIC, not {resolution}"
                yield invalid_service_entry(("addresses", index), reason)
    endpoints = value.get("endpoints")
    if resolution == "NONE" and endpoints is not None:
        reason = "endpoints need a resolution other than NONE"
        reason += "" if "resolution" in value else ", and without one it is NONE"
        yield invalid_service_entry(("endpoints",), reason, on="key")
    if resolution == "DNS_ROUND_ROBIN" and endpoints is not None and len(endpoints) > 1:
        yield invalid_service_entry(
            ("endpoints", 1), "with the resolution DNS_ROUND_ROBIN there is one endpoint at most"
        )


# Gateways, probes, filters


def one_certificate_source(value: Object) -> Iterator[Defect]:
    """Certificates of a server come from one kind of place."""
    place = "the TLS settings of a server"
    yield from _one_of(value, ("credentialNames", "tlsCertificates"), place)
    yield from _one_of(value, ("credentialName", "credentialNames"), place)


def probe_scheme(value: str) -> Defects:
    """The scheme of an HTTP probe."""
    return () if value in ("", "HTTP", "HTTPS") else (unknown_value((), "scheme", value, "; it can be HTTP or HTTPS"),)


def waypoint_match(value: Object) -> Defects:
    """What an EnvoyFilter matches in a waypoint."""
    is_waypoint = value.get("context") == "WAYPOINT"
    if is_waypoint == ("waypoint" in value):
        return ()
    if is_waypoint:
        return (missing_field(("waypoint",), "a match in the context WAYPOINT", '"waypoint"'),)
    return (constraint_violated(("waypoint",), '"waypoint" is only for a match in the context WAYPOINT', on="key"),)


# Security


def service_accounts_alone(value: Object) -> Defects:
    """Sources are given by service account, or by principal and namespace."""
    accounts = [name for name in ("serviceAccounts", "notServiceAccounts") if name in value]
    others = [name for name in ("principals", "notPrincipals", "namespaces", "notNamespaces") if name in value]
    if not accounts or not others:
        return ()
    fields = listed([f'"{name}"' for name in (*accounts, *others)], "and")
    note = Note((accounts[0],), "given by service account", on="key")
    reason = "; a service account stands for its namespace and principal too"
    return (conflicting_fields((others[0],), "a source", fields, reason, on="key", notes=(note,)),)


def port_level_needs_selector(value: Object) -> Defects:
    """Ports are those of some workloads."""
    if "portLevelMtls" not in value or value.get("selector", {}).get("matchLabels"):
        return ()
    reason = "portLevelMtls needs a selector with matchLabels, for ports are those of certain workloads"
    return (constraint_violated(("portLevelMtls",), reason, on="key"),)


def jwks_uri(value: str) -> Defects:
    """Where keys are fetched."""
    return _scheme(value, "the URL of a key set", ("http", "https"))


def one_jwks(value: Object) -> Defects:
    """Keys are fetched or given."""
    return _one_of(value, ("jwksUri", "jwks_uri", "jwks"), "a JWT rule")


# Telemetry, extensions


def tag_override(value: Object) -> Iterator[Defect]:
    """A tag that is set has a value, one that is removed has none."""
    operation = value.get("operation", "")
    if operation == "UPSERT" and not value.get("value"):
        yield missing_field(("value",), "a tag to be set", '"value"')
    elif operation == "REMOVE" and "value" in value:
        yield constraint_violated(("value",), 'a tag that is removed has no value; remove "value"', on="key")


def wasm_url(value: str) -> Defects:
    """Where a module is fetched; without a scheme it is an image."""
    if is_url(value):
        return _scheme(value, "the URL of a module", IMAGE_SCHEMES)
    return _scheme("http://" + value, "the URL of a module", IMAGE_SCHEMES)


def wasm_env(value: Object) -> Defects:
    """An environment variable of the host has no value of its own."""
    if value.get("valueFrom") != "HOST" or "value" not in value:
        return ()
    return (constraint_violated(("value",), 'a variable taken from HOST has no "value"', on="key"),)


def traffic_extension(value: Object) -> Iterator[Defect]:
    """A module or a script, for a selector or a target."""
    yield from one_target(value)
    yield from _one_of(value, ("wasm", "lua"), "a TrafficExtension")
    if "wasm" not in value and "lua" not in value:
        yield missing_field((), "a TrafficExtension", '"wasm" or "lua"')


def _scheme(url: str, what: str, known: tuple[str, ...]) -> Defects:
    try:
        scheme = scheme_of(url)
    except NoUrl as error:
        return (constraint_violated((), f"{what} {error}"),)
    if scheme in known:
        return ()
    can = listed([name for name in known if name])
    if not scheme:
        return (constraint_violated((), f"{what} must begin with its scheme, {can}"),)
    return (unknown_value((), f"the scheme of {what}", scheme, f"; it can be {can}"),)
