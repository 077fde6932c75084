"""AuthorizationPolicy beyond its schema: what is refused, where, and what is taken."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from istiolint.admission.authorization_policy import check
from istiolint.admission.authorization_values import condition_key_problem, path_template_problem, port_problem
from istiolint.finding import Defect


def policy(annotations: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": "p", "annotations": annotations or {}},
        "spec": spec,
    }


def found(value: dict[str, Any]) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(defect.rule, defect.path) for defect in check(value, "shop")]


def of_source(**source: Any) -> list[Defect]:
    return list(check(policy(rules=[{"from": [{"source": source}]}]), "shop"))


RULE = ("spec", "rules", 0)


@pytest.mark.parametrize(
    ("spec", "rule", "path"),
    [
        ({"action": "DENY"}, "action-without-rules", ("spec", "action")),
        ({"action": "CUSTOM", "rules": []}, "action-without-rules", ("spec", "rules")),
        ({"action": "CUSTOM", "rules": [{}]}, "missing-setting", ("spec", "action")),
        ({"action": "CUSTOM", "rules": [{}], "provider": {}}, "missing-setting", ("spec", "provider")),
        ({"provider": {}}, "unsupported-setting", ("spec", "provider")),
        ({"rules": [{"from": [{}]}]}, "missing-setting", (*RULE, "from", 0)),
        ({"rules": [{"from": [{"source": {}}]}]}, "missing-setting", (*RULE, "from", 0, "source")),
        ({"rules": [{"to": [{"operation": {"hosts": []}}]}]}, "missing-setting", (*RULE, "to", 0, "operation")),
        ({"rules": [{"when": [{"key": "source.ip"}]}]}, "missing-setting", (*RULE, "when", 0)),
        (
            {"rules": [{"when": [{"key": "Source.IP", "values": ["::1"]}]}]},
            "unknown-condition-key",
            (*RULE, "when", 0, "key"),
        ),
        ({"selector": {}}, "selector-without-labels", ("spec", "selector")),
        ({"targetRef": {"kind": "Gateway", "name": "g"}}, "unsupported-target", ("spec", "targetRef")),
        (
            {"targetRefs": [{"kind": "Service", "group": "apps", "name": "g"}]},
            "unsupported-target",
            ("spec", "targetRefs", 0, "group"),
        ),
    ],
)
def test_each_mistake_has_one_defect_at_its_place(spec: dict[str, Any], rule: str, path: tuple[str | int, ...]) -> None:
    assert found(policy(**spec)) == [(rule, path)]


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"rules": []},
        {"rules": [{"from": [], "to": []}]},
        {"action": "DENY", "rules": [{}]},
        {"action": "CUSTOM", "rules": [{}], "provider": {"name": "authz"}},
        {"targetRefs": [{"kind": "Service", "group": "", "name": "g"}, {"kind": "Service", "name": "h"}]},
        {"rules": [{"from": [{"source": {"ipBlocks": ["10.1.2.3/8", "fe80::1%eth0"], "serviceAccounts": ["ns/a"]}}]}]},
    ],
)
def test_sound_policies_are_taken(spec: dict[str, Any]) -> None:
    assert found(policy(**spec)) == []


@pytest.mark.parametrize(
    ("field", "text", "rule"),
    [
        ("principals", "", "empty-value"),
        ("notNamespaces", "", "empty-value"),
        ("ipBlocks", "1.2.3.4/33", "invalid-address"),
        ("notRemoteIpBlocks", "010.1.2.3", "invalid-address"),
        ("serviceAccounts", "ns/*", "invalid-service-account"),
        ("notServiceAccounts", "a/b/c", "invalid-service-account"),
        ("serviceAccounts", "é" * 161, "invalid-service-account"),
        ("trustDomains", "a*b", "invalid-trust-domain"),
        ("notTrustDomains", "a/b", "invalid-trust-domain"),
    ],
)
def test_texts_of_a_source(field: str, text: str, rule: str) -> None:
    (defect,) = of_source(**{field: [text]})
    assert (defect.rule, defect.path) == (rule, (*RULE, "from", 0, "source", field, 0))


def test_custom_knows_no_identities() -> None:
    rule = {
        "from": [{"source": {"principals": ["a"], "ipBlocks": ["1.2.3.4"]}}],
        "when": [{"key": "request.auth.claims[a]", "values": ["b"]}],
    }
    value = policy(action="CUSTOM", provider={"name": "authz"}, rules=[rule])
    assert found(value) == [
        ("unsupported-setting", (*RULE, "from", 0, "source", "principals")),
        ("unsupported-setting", (*RULE, "when", 0, "key")),
    ]


@pytest.mark.parametrize(
    ("rule", "warned"),
    [
        ({"to": [{"operation": {"methods": ["GET"]}}]}, "to"),
        ({"from": [{"source": {"namespaces": ["a"]}}], "to": [{"operation": {"paths": ["/a"]}}]}, "to"),
        ({"from": [{"source": {"requestPrincipals": ["*"]}}]}, "from"),
        ({"to": [{"operation": {"methods": ["GET"], "ports": ["80"]}}]}, None),
        ({"from": [{"source": {"namespaces": ["a"]}}]}, None),
        ({"when": [{"key": "connection.sni", "values": ["a"]}]}, None),
    ],
)
def test_deny_that_denies_all_of_tcp(rule: dict[str, Any], warned: str | None) -> None:
    expected = [("deny-without-ports", (*RULE, warned))] if warned else []
    assert found(policy(action="DENY", rules=[rule])) == expected
    assert found(policy(action="ALLOW", rules=[rule])) == []


@pytest.mark.parametrize(
    ("setting", "action", "count"),
    [("true", "DENY", 0), ("F", "ALLOW", 0), ("yes", "ALLOW", 1), ("", "ALLOW", 1), ("true", "AUDIT", 1)],
)
def test_dry_run(setting: str, action: str, count: int) -> None:
    assert len(found(policy({"istio.io/dry-run": setting}, action=action, rules=[{}]))) == count


@pytest.mark.parametrize("path", ["/a", "*", "/a//b", "/{*}/a", "/{**}/bar", "/a/{*}/%zz", "/x/*", "{**}", "/"])
def test_paths_that_can_be(path: str) -> None:
    assert path_template_problem(path) is None


@pytest.mark.parametrize(
    ("path", "blamed"),
    [
        ("/{**}/{*}", "{*}"),
        ("/foo{*}", "foo{*}"),
        ("/foo/{x}/a", "{x}"),
        ("/foo/{*}/a b", "a b"),
        ("/foo/{*}/*", "*"),
        ("/a/{*}//b", "/"),
        ("/a/{", "{"),
        ("/{*}/ü/", "ü"),
    ],
)
def test_paths_that_cannot_be_blame_a_segment(path: str, blamed: str) -> None:
    problem = path_template_problem(path)
    assert problem is not None
    assert problem.part is not None
    assert path[slice(*problem.part)] == blamed


@given(st.integers(0, 70000))
def test_ports_are_numbers(number: int) -> None:
    assert (port_problem(f"{number:05}") is None) == (number <= 65535)


@pytest.mark.parametrize("text", ["+80", "-1", " 80", "80-90", "1e3", "0x50", "*", "http"])
def test_ports_are_nothing_else(text: str) -> None:
    assert port_problem(text) is not None


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("request.headers", "request.headers[name]"),
        ("request.headers[]", "request.headers[name]"),
        ("request.header[a]", "did you mean request.headers?"),
        ("SOURCE.IP", "did you mean source.ip?"),
        ("destination.labels[a]", "selector"),
        ("foo", "no such attribute"),
        ("", "empty"),
    ],
)
def test_condition_keys_that_do_not_exist(key: str, said: str) -> None:
    problem = condition_key_problem(key)
    assert problem is not None
    assert said in problem.reason


@pytest.mark.parametrize(
    "key",
    ["request.headers[:authority]", "request.auth.claims[a][b]", "experimental.envoy.filters.a[b]", "connection.sni"],
)
def test_condition_keys_that_exist(key: str) -> None:
    assert condition_key_problem(key) is None


_KEYS = ["action", "rules", "from", "to", "when", "source", "operation", "key", "values", "principals", "paths", "kind"]
_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(_ANY)
def test_no_shape_makes_it_stumble(spec: Any) -> None:
    assert all(defect.path[0] == "spec" for defect in check({"spec": spec}, None))
