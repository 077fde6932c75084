"""What Istio refuses in an AuthorizationPolicy beyond its schema (specification, section 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from istiolint.admission import defects
from istiolint.admission.addresses import subnet_problem
from istiolint.admission.authorization_values import (
    condition_key_problem,
    path_template_problem,
    port_problem,
    service_account_problem,
    trust_domain_pattern_problem,
    trust_domain_problem,
)
from istiolint.admission.policy_target import check_attachment
from istiolint.admission.values import Problem, entries, mapping, objects, texts
from istiolint.finding import Defect, Path

_ValueCheck = tuple[Callable[[str], Problem | None], Callable[[Path, str, Problem], Defect]]
"""Says what is wrong with a text; makes the defect of path, text and what is wrong."""

_ACTIONS = ("ALLOW", "DENY", "AUDIT", "CUSTOM")
_DRY_RUN = "istio.io/dry-run"
_GO_BOOLEANS = frozenset(("1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"))


def _with_negations(*names: str) -> dict[str, str]:
    """Each field and its `not` form, to the field."""
    forms = {name: name for name in names}
    forms.update({f"not{name[0].upper()}{name[1:]}": name for name in names})
    return forms


_IDENTITY_FIELDS = _with_negations("namespaces", "serviceAccounts", "trustDomains", "principals", "requestPrincipals")
_SOURCE_FIELDS = _IDENTITY_FIELDS | _with_negations("ipBlocks", "remoteIpBlocks")
_L4_SOURCE_FIELDS = _with_negations("principals", "namespaces", "ipBlocks", "remoteIpBlocks", "serviceAccounts")
_PORT_FIELDS = _with_negations("ports")
_OPERATION_FIELDS = _with_negations("hosts", "ports", "methods", "paths")
_IDENTITY_KEYS = frozenset(("source.namespace", "source.serviceAccount", "source.trustDomain", "source.principal"))


def _bad_address(path: Path, value: str, problem: Problem) -> Defect:
    return defects.invalid_address(path, "IP address or range", value, problem)


def _bad_port(path: Path, value: str, problem: Problem) -> Defect:
    return defects.invalid_port(path, value, problem.reason)


_ADDRESS: _ValueCheck = (subnet_problem, _bad_address)
_PORT: _ValueCheck = (port_problem, _bad_port)
_ACCOUNT: _ValueCheck = (service_account_problem, defects.invalid_service_account)
_FIELD_VALUES: dict[str, _ValueCheck] = {
    "ipBlocks": _ADDRESS,
    "remoteIpBlocks": _ADDRESS,
    "ports": _PORT,
    "paths": (path_template_problem, defects.invalid_path_template),
    "serviceAccounts": _ACCOUNT,
    "trustDomains": (trust_domain_problem, defects.invalid_trust_domain),
}
_CONDITION_VALUES: dict[str, _ValueCheck] = {
    "source.ip": _ADDRESS,
    "remote.ip": _ADDRESS,
    "destination.ip": _ADDRESS,
    "destination.port": _PORT,
    "source.serviceAccount": _ACCOUNT,
    "source.trustDomain": (trust_domain_pattern_problem, defects.invalid_trust_domain),
}


def check(value: dict[str, Any], namespace: str | None) -> Iterator[Defect]:
    """All that Istio refuses or warns of; `value` is the whole object."""
    spec = mapping(value, "spec") or {}
    action = spec.get("action") or "ALLOW"
    if action not in _ACTIONS:
        action = ""
    yield from _check_dry_run(value, action)
    yield from check_attachment(spec)
    yield from _check_provider(spec, action)
    if action in ("DENY", "CUSTOM") and not spec.get("rules"):
        yield defects.action_without_rules(("spec", "rules" if "rules" in spec else "action"), action)
    for index, rule in objects(spec, "rules"):
        yield from _check_rule(rule, ("spec", "rules", index), action)


def _check_dry_run(value: dict[str, Any], action: str) -> Iterator[Defect]:
    """Specification META-DRYRUN."""
    annotations = mapping(mapping(value, "metadata") or {}, "annotations") or {}
    setting = annotations.get(_DRY_RUN)
    if not isinstance(setting, str):
        return
    path = ("metadata", "annotations", _DRY_RUN)
    if action in ("AUDIT", "CUSTOM"):
        yield defects.unsupported_setting(path, _DRY_RUN, "only action ALLOW and DENY can be tried out", on="key")
    elif setting not in _GO_BOOLEANS:
        yield defects.unsupported_value(path, _DRY_RUN, setting, '"true" or "false"')


def _check_provider(spec: dict[str, Any], action: str) -> Iterator[Defect]:
    """Specification AP-CUSTOM-PROVIDER and AP-PROVIDER-ACTION."""
    provider = mapping(spec, "provider")
    if action == "CUSTOM":
        if spec.get("rules") and not (provider or {}).get("name"):
            path = ("spec", "provider" if provider is not None else "action")
            reason = "action CUSTOM asks an extension provider of the mesh configuration, which has to be named"
            yield defects.missing_setting(path, "provider.name", reason)
    elif provider is not None and action:
        reason = f"only action CUSTOM asks a provider, and the action is {action}"
        yield defects.unsupported_setting(("spec", "provider"), "provider", reason, on="key")


def _check_rule(rule: dict[str, Any], path: Path, action: str) -> Iterator[Defect]:
    for index, item in objects(rule, "from"):
        yield from _check_part(item, "source", _SOURCE_FIELDS, (*path, "from", index))
        if action == "CUSTOM":
            source = mapping(item, "source") or {}
            for field in _IDENTITY_FIELDS:
                if entries(source, field):
                    yield _not_with_custom((*path, "from", index, "source", field), field)._replace(on="key")
    for index, item in objects(rule, "to"):
        yield from _check_part(item, "operation", _OPERATION_FIELDS, (*path, "to", index))
    for index, condition in objects(rule, "when"):
        yield from _check_condition(condition, (*path, "when", index), action)
    if action == "DENY":
        yield from _check_deny_reaches_tcp(rule, path)


def _not_with_custom(path: Path, setting: str) -> Defect:
    """Specification AP-CUSTOM-FIELD."""
    reason = "a policy of action CUSTOM is decided before the caller's identity is known"
    return defects.unsupported_setting(path, setting, reason)


def _check_part(item: dict[str, Any], name: str, fields: dict[str, str], path: Path) -> Iterator[Defect]:
    """A `source` of `from`, or an `operation` of `to`: there, saying something, and with sound values."""
    if item.get(name) is None:
        yield defects.missing_setting(path, name, f"an entry without {name} matches nothing in particular")
    part = mapping(item, name)
    if part is None:
        return
    # A list of the wrong type or an unknown field is the schema's to report; it shows that something was meant.
    if not any(part.values()):
        reason = f"an empty {name} matches nothing in particular, so leave it out or fill it"
        yield defects.missing_setting((*path, name), f"any of the fields of {name}", reason)
    for field, kind in fields.items():
        yield from _check_values(part, field, _FIELD_VALUES.get(kind), (*path, name))


def _check_values(owner: dict[str, Any], field: str, check_value: _ValueCheck | None, path: Path) -> Iterator[Defect]:
    """Specification AP-EMPTY-VALUE, and the syntax that the texts of `field` must have."""
    for index, content in texts(owner, field):
        if not content:
            yield defects.empty_value((*path, field, index), f"a value of {field}")
        elif check_value is not None:
            problem = check_value[0](content)
            if problem is not None:
                yield check_value[1]((*path, field, index), content, problem)


def _check_condition(condition: dict[str, Any], path: Path, action: str) -> Iterator[Defect]:
    """Specification AP-WHEN-*; a missing key is the schema's to report."""
    key = condition.get("key")
    if not isinstance(key, str):
        return
    problem = condition_key_problem(key)
    if problem is not None:
        yield defects.unknown_condition_key((*path, "key"), key, problem)
    elif action == "CUSTOM" and (key in _IDENTITY_KEYS or key.startswith("request.auth.")):
        yield _not_with_custom((*path, "key"), key)
    if not condition.get("values") and not condition.get("notValues"):
        yield defects.missing_setting(path, "values", f"a condition on {key} needs values or notValues")
    for field in ("values", "notValues"):
        yield from _check_values(condition, field, _CONDITION_VALUES.get(key), path)


def _check_deny_reaches_tcp(rule: dict[str, Any], path: Path) -> Iterator[Defect]:
    """Specification AP-DENY-TCP: a DENY rule that leaves nothing to compare once a port carries plain TCP."""
    sources = [mapping(item, "source") or {} for _, item in objects(rule, "from")]
    operations = [mapping(item, "operation") or {} for _, item in objects(rule, "to")]
    if operations:
        fields, parts, where = _PORT_FIELDS, operations, "to"
    elif sources:
        fields, parts, where = _L4_SOURCE_FIELDS, sources, "from"
    else:
        return
    if not any(entries(part, field) for part in parts for field in fields):
        yield defects.deny_without_ports((*path, where))
