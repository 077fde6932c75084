"""What Istio refuses in an AuthorizationPolicy beyond its schema (specification, section 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from istiolint.admission import defects
from istiolint.admission.authorization_values import (
    condition_key_problem,
    path_template_problem,
    port_problem,
    service_account_problem,
    trust_domain_pattern_problem,
    trust_domain_problem,
)
from istiolint.admission.look import list_at, object_at, objects_in, text_at, texts_in
from istiolint.admission.policy_target import check_selector, check_targets
from istiolint.finding import Defect, Path

_ValueCheck = tuple[Callable[[str], str], Callable[[Path, str, str], Defect]]
"""Says what is wrong with a text; makes the defect of path, text and what is wrong."""

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
_OPERATION_FIELDS = _with_negations("hosts", "ports", "methods", "paths")
_IDENTITY_KEYS = frozenset(("source.namespace", "source.serviceAccount", "source.trustDomain", "source.principal"))

_ADDRESS: _ValueCheck = (address_problem, defects.invalid_address)
_PORT: _ValueCheck = (port_problem, defects.invalid_port)
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
    spec = object_at(value, "spec")
    action = text_at(spec, "action") or "ALLOW"
    yield from _check_dry_run(value, action)
    yield from check_selector(spec)
    yield from check_targets(spec)
    yield from _check_provider(spec, action)
    if action in ("DENY", "CUSTOM") and not list_at(spec, "rules"):
        yield defects.action_without_rules(("spec", "rules") if "rules" in spec else ("spec", "action"), action)
    for index, rule in objects_in(spec, "rules"):
        yield from _check_rule(rule, ("spec", "rules", index), action)


def _check_dry_run(value: dict[str, Any], action: str) -> Iterator[Defect]:
    """Specification META-DRYRUN."""
    annotations = object_at(object_at(value, "metadata"), "annotations")
    setting = annotations.get(_DRY_RUN)
    if not isinstance(setting, str):
        return
    path = ("metadata", "annotations", _DRY_RUN)
    if action not in ("ALLOW", "DENY"):
        yield defects.dry_run_not_possible(
            path, f"a policy of action {action} has no dry run, only ALLOW and DENY have"
        )
    elif setting not in _GO_BOOLEANS:
        yield defects.dry_run_not_possible(path, f'"{setting}" is neither "true" nor "false"')


def _check_provider(spec: dict[str, Any], action: str) -> Iterator[Defect]:
    """Specification AP-CUSTOM-PROVIDER and AP-PROVIDER-ACTION."""
    provider = spec.get("provider")
    if action == "CUSTOM":
        if list_at(spec, "rules") and not text_at(provider, "name"):
            path = ("spec", "provider") if isinstance(provider, dict) else ("spec", "action")
            yield defects.custom_without_provider(path)
    elif isinstance(provider, dict):
        yield defects.provider_without_custom(("spec", "provider"), action)


def _check_rule(rule: dict[str, Any], path: Path, action: str) -> Iterator[Defect]:
    for index, item in objects_in(rule, "from"):
        yield from _check_part(item, "source", _SOURCE_FIELDS, (*path, "from", index))
        if action == "CUSTOM":
            source = object_at(item, "source")
            for field in _IDENTITY_FIELDS:
                if list_at(source, field):
                    yield defects.not_with_custom((*path, "from", index, "source", field), field)
    for index, item in objects_in(rule, "to"):
        yield from _check_part(item, "operation", _OPERATION_FIELDS, (*path, "to", index))
    for index, condition in objects_in(rule, "when"):
        yield from _check_condition(condition, (*path, "when", index), action)
    if action == "DENY":
        yield from _check_deny_reaches_tcp(rule, path)


def _check_part(item: dict[str, Any], name: str, fields: dict[str, str], path: Path) -> Iterator[Defect]:
    """A `source` of `from`, or an `operation` of `to`: there, saying something, and with sound values."""
    part = item.get(name)
    if part is None:
        yield defects.empty_rule_part(path, name)
        return
    if not isinstance(part, dict):
        return
    if not any(list_at(part, field) for field in fields):
        # A list of the wrong type is the schema's to report, and says that something was meant.
        if all(part[field] in ([], None) for field in fields if field in part):
            yield defects.empty_rule_part((*path, name), name)
        return
    for field, kind in fields.items():
        yield from _check_values(part, field, _FIELD_VALUES.get(kind), (*path, name))


def _check_values(owner: dict[str, Any], field: str, check_value: _ValueCheck | None, path: Path) -> Iterator[Defect]:
    """Specification AP-EMPTY-VALUE, and the syntax that the texts of `field` must have."""
    for index, text in texts_in(owner, field):
        if not text:
            yield defects.empty_value((*path, field, index), field)
        elif check_value is not None:
            problem = check_value[0](text)
            if problem:
                yield check_value[1]((*path, field, index), text, problem)


def _check_condition(condition: dict[str, Any], path: Path, action: str) -> Iterator[Defect]:
    """Specification AP-WHEN-*; a missing key is the schema's."""
    key = condition.get("key")
    if not isinstance(key, str):
        return
    problem = condition_key_problem(key) if key else "the key is empty"
    if problem:
        yield defects.unknown_condition_key((*path, "key"), key, problem)
    elif action == "CUSTOM" and (key in _IDENTITY_KEYS or key.startswith("request.auth.")):
        yield defects.not_with_custom((*path, "key"), key)
    if not condition.get("values") and not condition.get("notValues"):
        yield defects.condition_without_values(path, key)
    for field in ("values", "notValues"):
        yield from _check_values(condition, field, _CONDITION_VALUES.get(key), path)


def _check_deny_reaches_tcp(rule: dict[str, Any], path: Path) -> Iterator[Defect]:
    """Specification AP-DENY-TCP: a DENY rule of which nothing but HTTP parts would remain for a TCP port."""
    sources = [object_at(item, "source") for _, item in objects_in(rule, "from")]
    operations = [object_at(item, "operation") for _, item in objects_in(rule, "to")]
    if operations:
        denies_all = not any(list_at(operation, field) for operation in operations for field in ("ports", "notPorts"))
        where = "to"
    elif sources:
        denies_all = not any(list_at(source, field) for source in sources for field in _L4_SOURCE_FIELDS)
        where = "from"
    else:
        return
    if denies_all:
        yield defects.deny_without_ports((*path, where))
