"""One constructor per card of the family `admission`: the rule's name, and the fields of its message.

A constructor takes the path first, then what is to be said. Where the reason is a `Problem` of a scalar, its part
becomes the part of the defect. `**where` are the remaining parts of a `Defect`: `on`, `part`, `notes`, `repair`,
`confidence`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.admission.durations import correction
from istiolint.admission.values import Problem, shown
from istiolint.finding import Change, Defect, Path, Repair

if TYPE_CHECKING:
    from typing import TypedDict, Unpack

    from istiolint.finding import Confidence, Note, Side

    class Where(TypedDict, total=False):
        """The parts of a defect beside its path and fields."""

        on: Side
        part: tuple[int, int] | None
        notes: tuple[Note, ...]
        repair: Repair | None
        confidence: Confidence | None


def _defect(rule: str, path: Path, where: Where, **fields: object) -> Defect:
    return Defect(path, fields, rule, **where)


def _scalar(rule: str, path: Path, value: str, problem: Problem, where: Where, **fields: object) -> Defect:
    """A defect of a string whose problem knows the characters to blame."""
    if problem.part is not None and "part" not in where:
        where["part"] = problem.part
    return Defect(path, {"value": shown(value), "reason": problem.reason, **fields}, rule, **where)


# Scalars of a wrong form


def invalid_host(path: Path, what: str, value: str, problem: Problem, **where: Unpack[Where]) -> Defect:
    """`what` is "host", "destination host", "SNI host", ..."""
    return _scalar("invalid-host", path, value, problem, where, what=what)


def invalid_name(path: Path, what: str, value: str, problem: Problem, **where: Unpack[Where]) -> Defect:
    """A name that must be a DNS label: `what` is "subset name", "port name", "namespace", ..."""
    return _scalar("invalid-name", path, value, problem, where, what=what)


def invalid_port(path: Path, value: object, reason: str, **where: Unpack[Where]) -> Defect:
    """A port number that cannot be."""
    return _defect("invalid-port", path, where, value=value, reason=reason)


def invalid_duration(path: Path, value: str, problem: Problem, **where: Unpack[Where]) -> Defect:
    """A duration that does not parse, or is too short or too exact."""
    meant = correction(value)
    if meant and "repair" not in where:
        where["repair"] = Repair(f"write {meant}", (Change("set", path, meant),))
    return _scalar("invalid-duration", path, value, problem, where)


def invalid_regex(path: Path, value: str, problem: Problem, **where: Unpack[Where]) -> Defect:
    """A regular expression that RE2 refuses."""
    return _scalar("invalid-regex", path, value, problem, where)


def regex_refused_by_envoy(path: Path, value: str, problem: Problem, **where: Unpack[Where]) -> Defect:
    """A regular expression that the webhook takes, and Envoy does not."""
    return _scalar("regex-refused-by-envoy", path, value, problem, where)


def invalid_header_name(path: Path, value: str, problem: Problem, **where: Unpack[Where]) -> Defect:
    """A header that cannot have this name, or cannot be changed."""
    return _scalar("invalid-header-name", path, value, problem, where)


def invalid_header_value(path: Path, value: str, problem: Problem, **where: Unpack[Where]) -> Defect:
    """A header value that Envoy cannot read as a format string."""
    return _scalar("invalid-header-value", path, value, problem, where)


def invalid_label(path: Path, what: str, value: str, problem: Problem, **where: Unpack[Where]) -> Defect:
    """`what` is "label key" or "label value"."""
    return _scalar("invalid-label", path, value, problem, where, what=what)


def invalid_selector(path: Path, reason: str, **where: Unpack[Where]) -> Defect:
    """A workload selector with an empty key, or wildcards."""
    return _defect("invalid-selector", path, where, reason=reason)


def invalid_address(path: Path, what: str, value: str, problem: Problem, **where: Unpack[Where]) -> Defect:
    """`what` is "IP address", "address range", "socket path", ..."""
    return _scalar("invalid-address", path, value, problem, where, what=what)


def invalid_status_code(path: Path, value: object, what: str, allowed: str, **where: Unpack[Where]) -> Defect:
    """`what` is "HTTP status", "redirect code", ...; `allowed` names the range."""
    return _defect("invalid-status-code", path, where, value=value, what=what, allowed=allowed)


def invalid_gateway_reference(path: Path, value: str, problem: Problem, **where: Unpack[Where]) -> Defect:
    """A name in `gateways:` that is not of the form `namespace/name`."""
    return _scalar("invalid-gateway-reference", path, value, problem, where)


def unsupported_value(path: Path, what: str, value: str, hint: str, **where: Unpack[Where]) -> Defect:
    """A value outside a closed list that the schema leaves open; `hint` says what is allowed."""
    return _defect("unsupported-value", path, where, what=what, value=shown(value), hint=hint)


def out_of_range(path: Path, what: str, value: object, bound: str, **where: Unpack[Where]) -> Defect:
    """A number or size outside its bounds: "{what} is {value}, but must be {bound}"."""
    return _defect("out-of-range", path, where, what=what, value=value, bound=bound)


# Settings that do not go together


def unsupported_setting(path: Path, setting: str, reason: str, **where: Unpack[Where]) -> Defect:
    """A setting that exists, but not here."""
    return _defect("unsupported-setting", path, where, setting=setting, reason=reason)


def conflicting_settings(path: Path, first: str, second: str, reason: str, **where: Unpack[Where]) -> Defect:
    """Two settings of which only one may be there."""
    return _defect("conflicting-settings", path, where, first=first, second=second, reason=reason)


def missing_setting(path: Path, setting: str, reason: str, **where: Unpack[Where]) -> Defect:
    """Something that must be there and is not, or is empty."""
    return _defect("missing-setting", path, where, setting=setting, reason=reason)


def duplicate_entry(path: Path, what: str, value: object, **where: Unpack[Where]) -> Defect:
    """The second of two entries that must differ; the note shows the first."""
    return _defect("duplicate-entry", path, where, what=what, value=value)


def overlapping_hosts(path: Path, value: str, other: str, reason: str, **where: Unpack[Where]) -> Defect:
    """A host of a VirtualService that another of its hosts covers."""
    return _defect("overlapping-hosts", path, where, value=shown(value), other=shown(other), reason=reason)


def uncovered_sni_host(path: Path, value: str, hosts: str, **where: Unpack[Where]) -> Defect:
    """A TLS match for a name that the VirtualService does not serve."""
    return _defect("uncovered-sni-host", path, where, value=shown(value), hosts=hosts)


def claim_route_without_gateway(path: Path, value: str, **where: Unpack[Where]) -> Defect:
    """A match on a JWT claim in a VirtualService that sidecars use."""
    return _defect("claim-route-without-gateway", path, where, value=shown(value))


def invalid_delegation(path: Path, reason: str, **where: Unpack[Where]) -> Defect:
    """A delegating or delegated VirtualService with something that only the other may have."""
    return _defect("invalid-delegation", path, where, reason=reason)


def invalid_weights(path: Path, reason: str, **where: Unpack[Where]) -> Defect:
    """Weights that do not add up."""
    return _defect("invalid-weights", path, where, reason=reason)


def invalid_locality(path: Path, value: str, reason: str, **where: Unpack[Where]) -> Defect:
    """A locality list or pair that contradicts itself."""
    return _defect("invalid-locality", path, where, value=shown(value), reason=reason)


def invalid_tls_settings(path: Path, reason: str, **where: Unpack[Where]) -> Defect:
    """TLS settings that do not fit the mode, the port or each other."""
    return _defect("invalid-tls-settings", path, where, reason=reason)


def invalid_export_to(path: Path, value: str, reason: str, **where: Unpack[Where]) -> Defect:
    """A visibility that is no namespace, `.` or `*`, or that contradicts another."""
    return _defect("invalid-export-to", path, where, value=shown(value), reason=reason)


def empty_match(path: Path, what: str, reason: str, **where: Unpack[Where]) -> Defect:
    """A string match without a text to match."""
    return _defect("empty-match", path, where, what=what, reason=reason)


def invalid_service_entry(path: Path, reason: str, **where: Unpack[Where]) -> Defect:
    """Something that the resolution of the ServiceEntry rules out."""
    return _defect("invalid-service-entry", path, where, reason=reason)


def invalid_envoy_patch(path: Path, reason: str, **where: Unpack[Where]) -> Defect:
    """A patch of an EnvoyFilter that is incomplete or matches what it cannot change."""
    return _defect("invalid-envoy-patch", path, where, reason=reason)


def invalid_envoy_value(path: Path, reason: str, **where: Unpack[Where]) -> Defect:
    """A value in a patch of an EnvoyFilter that Envoy's configuration cannot have there."""
    return _defect("invalid-envoy-value", path, where, reason=reason)


def unknown_envoy_type(path: Path, value: str, hint: str, **where: Unpack[Where]) -> Defect:
    """An `@type` that names no message of Envoy."""
    return _defect("unknown-envoy-type", path, where, value=shown(value, 120), hint=hint)


def forbidden_annotation(path: Path, annotation: str, reason: str, **where: Unpack[Where]) -> Defect:
    """An annotation that the webhook refuses, whatever its value."""
    return _defect("forbidden-annotation", path, where, annotation=annotation, reason=reason)


# Accepted, with a warning


def deprecated_setting(path: Path, setting: str, instead: str, **where: Unpack[Where]) -> Defect:
    """A setting that has a successor."""
    return _defect("deprecated-setting", path, where, setting=setting, instead=instead)


def legacy_gateway_name(path: Path, value: str, instead: str, **where: Unpack[Where]) -> Defect:
    """A gateway given by a host name of old times."""
    return _defect("legacy-gateway-name", path, where, value=shown(value), instead=instead)


def unreachable_rule(path: Path, rule: str, reason: str, **where: Unpack[Where]) -> Defect:
    """A route that no request can take."""
    return _defect("unreachable-rule", path, where, route=rule, reason=reason)


def ineffective_match(path: Path, reason: str, **where: Unpack[Where]) -> Defect:
    """A match whose requests an earlier one takes."""
    return _defect("ineffective-match", path, where, reason=reason)


def selector_without_labels(path: Path, **where: Unpack[Where]) -> Defect:
    """A selector that is there and selects everything."""
    return _defect("selector-without-labels", path, where)


def ignored_setting(path: Path, setting: str, reason: str, **where: Unpack[Where]) -> Defect:
    """A setting without effect."""
    return _defect("ignored-setting", path, where, setting=setting, reason=reason)


def outdated_tls_version(path: Path, value: str, **where: Unpack[Where]) -> Defect:
    """TLS 1.0 or 1.1 without cipher suites that could serve it."""
    return _defect("outdated-tls-version", path, where, value=value)


def unknown_cipher_suite(path: Path, value: str, reason: str, **where: Unpack[Where]) -> Defect:
    """A cipher suite that is left out: not known, or given twice."""
    return _defect("unknown-cipher-suite", path, where, value=shown(value), reason=reason)


def failover_without_outlier_detection(path: Path, setting: str, **where: Unpack[Where]) -> Defect:
    """Locality failover that can never notice a failure."""
    return _defect("failover-without-outlier-detection", path, where, setting=setting)


def large_response_body(path: Path, size: int, **where: Unpack[Where]) -> Defect:
    """A direct response over 100 KiB, held in every proxy."""
    return _defect("large-response-body", path, where, size=size)


def dubious_service_entry(path: Path, reason: str, **where: Unpack[Where]) -> Defect:
    """A ServiceEntry that will not do what it seems to say."""
    return _defect("dubious-service-entry", path, where, reason=reason)


def unaddressed_endpoint(path: Path, **where: Unpack[Where]) -> Defect:
    """A WorkloadEntry with a network and no address."""
    return _defect("unaddressed-endpoint", path, where)


def redundant_egress_host(path: Path, value: str, reason: str, **where: Unpack[Where]) -> Defect:
    """A host of a Sidecar listener that another entry imports already."""
    return _defect("redundant-egress-host", path, where, value=shown(value), reason=reason)


def envoy_internals(path: Path, **where: Unpack[Where]) -> Defect:
    """Every EnvoyFilter: it names things inside the proxy that change between versions."""
    return _defect("envoy-internals", path, where)


def deprecated_filter_name(path: Path, value: str, instead: str, **where: Unpack[Where]) -> Defect:
    """An Envoy filter by the name it had before Envoy 1.14."""
    return _defect("deprecated-filter-name", path, where, value=value, instead=instead)


def missing_typed_config(path: Path, what: str, **where: Unpack[Where]) -> Defect:
    """A filter given by name alone."""
    return _defect("missing-typed-config", path, where, what=what)


# Policies


def empty_value(path: Path, what: str, **where: Unpack[Where]) -> Defect:
    """An empty text where one with content is needed: `what` is "a value of principals", "the name of a tag"."""
    return _defect("empty-value", path, where, what=what)


def unsupported_target(path: Path, kind: str, reason: str, **where: Unpack[Where]) -> Defect:
    """A `targetRef` to something that no policy can be attached to."""
    return _defect("unsupported-target", path, where, kind=shown(kind), reason=reason)


def action_without_rules(path: Path, action: str, **where: Unpack[Where]) -> Defect:
    """An AuthorizationPolicy of action DENY or CUSTOM without rules."""
    return _defect("action-without-rules", path, where, action=action)


def unknown_condition_key(path: Path, value: str, problem: Problem, **where: Unpack[Where]) -> Defect:
    """A `when` condition on an attribute that does not exist."""
    return _scalar("unknown-condition-key", path, value, problem, where)


def invalid_path_template(path: Path, value: str, problem: Problem, **where: Unpack[Where]) -> Defect:
    """A path of an AuthorizationPolicy with `{*}` or `{**}` where they cannot stand."""
    return _scalar("invalid-path-template", path, value, problem, where)


def invalid_service_account(path: Path, value: str, problem: Problem, **where: Unpack[Where]) -> Defect:
    """A service account that is not `account` or `namespace/account`."""
    return _scalar("invalid-service-account", path, value, problem, where)


def invalid_trust_domain(path: Path, value: str, problem: Problem, **where: Unpack[Where]) -> Defect:
    """A trust domain with a slash, or with wildcards where none can be."""
    return _scalar("invalid-trust-domain", path, value, problem, where)


def invalid_jwks(path: Path, reason: str, **where: Unpack[Where]) -> Defect:
    """Inline keys that are no JSON Web Key Set."""
    return _defect("invalid-jwks", path, where, reason=reason)


def invalid_filter_expression(path: Path, value: str, problem: Problem, **where: Unpack[Where]) -> Defect:
    """An access log filter that is no CEL expression."""
    return _scalar("invalid-filter-expression", path, value, problem, where)


# Policies, accepted with a warning


def deny_without_ports(path: Path, **where: Unpack[Where]) -> Defect:
    """A DENY rule of which nothing is left on a TCP port, so that it denies everything there."""
    return _defect("deny-without-ports", path, where)


def private_key_in_jwks(path: Path, keys: str, **where: Unpack[Where]) -> Defect:
    """A private or symmetric key among the inline keys; `keys` names them."""
    return _defect("private-key-in-jwks", path, where, keys=keys)


def unknown_envoy_field(path: Path, value: str, message: str, hint: str, **where: Unpack[Where]) -> Defect:
    """A field in a patch of an EnvoyFilter that the message does not have, and that is left out."""
    return _defect("unknown-envoy-field", path, where, value=shown(value), message=message, hint=hint)
