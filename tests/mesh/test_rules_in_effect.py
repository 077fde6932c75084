"""Which DestinationRule counts for whom: the look-up path, merging, selectors."""

import pytest

from mesh.worlds import mesh, rule, service

PAY = "pay.shop.svc.cluster.local"
TLS = {"tls": {"mode": "DISABLE"}}


def names(text: str, client: str, having: dict[str, str] | None = None, host: str = PAY) -> list[str]:
    """Rules in effect, the leading one first."""
    found = mesh(text).in_effect(host, client, having)
    return [f"{it.namespace}/{it.name}" for it in found.rules] if found else []


def test_client_then_service_then_root_namespace() -> None:
    client, owner, root = rule("c", "web", PAY), rule("o", "shop", "pay"), rule("r", "istio-system", PAY)
    other = rule("x", "ops", PAY)
    assert names(client + owner + root + other, "web") == ["web/c"]
    assert names(owner + root + other, "web") == ["shop/o"]
    assert names(root + other, "web") == ["istio-system/r"]
    assert names(other, "web") == []
    found = mesh(owner).in_effect(PAY, "web")
    assert found
    assert found.step == 2


def test_the_root_namespace_of_the_mesh_config() -> None:
    world = mesh(rule("r", "mesh-root", PAY), mesh_config={"rootNamespace": "mesh-root"})
    assert world.in_effect(PAY, "web")


def test_a_wildcard_of_the_client_hides_an_exact_rule_of_the_owner() -> None:
    world = rule("wide", "web", "*.local") + rule("o", "shop", "pay", "v1")
    assert names(world, "web") == ["web/wide"]
    assert not mesh(world).subset(PAY, "v1", "web")


def test_the_most_specific_of_a_namespace() -> None:
    world = rule("a", "shop", "*.local") + rule("b", "shop", "*.shop.svc.cluster.local") + rule("c", "shop", "pay")
    assert names(world, "web") == ["shop/c"]
    assert names(world, "web", host="x.shop.svc.cluster.local") == ["shop/b"]


def test_the_root_namespace_as_client_uses_its_private_rules_first() -> None:
    public, private = rule("pub", "istio-system", PAY), rule("priv", "istio-system", PAY, exportTo=["."])
    owner = rule("o", "shop", "pay")
    assert names(public + owner, "istio-system") == ["shop/o"]
    assert names(private + owner, "istio-system") == ["istio-system/priv"]
    assert names(private, "web") == []


@pytest.mark.parametrize(
    ("words", "web", "ops", "own"),
    [
        (["*"], True, True, True),
        (["."], False, False, True),
        (["web"], True, False, False),
        ([".", "web"], True, False, True),
        (["shop"], False, False, True),
    ],
)
def test_export(words: list[str], web: bool, ops: bool, own: bool) -> None:
    world = mesh(rule("o", "shop", "pay", exportTo=words))
    assert [bool(world.in_effect(PAY, client)) for client in ("web", "ops", "shop")] == [web, ops, own]


def test_not_exported_to_the_client_goes_on_to_the_root_namespace() -> None:
    assert names(rule("o", "shop", "pay", exportTo=["."]) + rule("r", "istio-system", PAY), "web") == ["istio-system/r"]


def test_export_default_of_the_mesh() -> None:
    world = mesh(rule("o", "shop", "pay"), mesh_config={"defaultDestinationRuleExportTo": ["."]})
    assert not world.in_effect(PAY, "web")
    assert world.in_effect(PAY, "shop")


def test_equal_hosts_are_merged() -> None:
    world = rule("a", "shop", "pay", "v1") + rule("b", "shop", PAY, "v2", trafficPolicy=TLS)
    found = mesh(world).in_effect(PAY, "web")
    assert found
    assert sorted(found.subsets) == ["v1", "v2"]
    assert found.merged.policy_rule
    assert found.merged.policy_rule.name == "b"


def test_of_two_subsets_and_policies_the_first_counts_even_an_empty_one() -> None:
    world = rule("b", "shop", "pay", "v1", trafficPolicy=TLS) + rule("a", "shop", "pay", "v1", trafficPolicy={})
    found = mesh(world).in_effect(PAY, "web")
    assert found
    assert found.subsets["v1"].rule.name == "a"
    assert found.policy == {}


def test_age_before_name() -> None:
    old = rule("z", "shop", "pay", creationTimestamp="2024-01-01T00:00:00Z")
    young = rule("a", "shop", "pay", creationTimestamp="2024-02-01T00:00:00Z")
    assert names(young + old, "web") == ["shop/z", "shop/a"]


def test_different_exports_are_not_merged_and_the_last_wins() -> None:
    world = rule("x1", "shop", "pay", "v1") + rule("x2", "shop", "pay", "v2", exportTo=["*"])
    assert names(world, "web") == ["shop/x2"]
    found = mesh(world).in_effect(PAY, "web")
    assert found
    assert sorted(found.subsets) == ["v2"]
    assert [it.rule.name for it in found.hides] == ["x1"]


def test_a_rule_may_be_merged_and_stand_alone() -> None:
    world = rule("a", "shop", "pay", "v1") + rule("b", "shop", "pay", exportTo=["*"]) + rule("c", "shop", "pay", "v3")
    assert names(world, "web") == ["shop/c"], "after b, c is an entry of its own"
    entries = mesh(world).rules.of("shop", PAY).local
    assert [[it.name for it in entry.rules] for entry in entries] == [["a", "c"], ["b"], ["c"]]


BATCH = {"workloadSelector": {"matchLabels": {"app": "batch"}}}


def test_a_selector_rule_replaces_the_general_one_for_its_pods() -> None:
    world = rule("batch", "web", PAY, **BATCH) + rule("all", "web", PAY, "v1")
    assert names(world, "web", {"app": "batch"}) == ["web/batch"]
    assert names(world, "web", {"app": "other"}) == ["web/all"]
    assert names(world, "web") == ["web/all"]


def test_a_selector_rule_alone_cuts_the_other_pods_off() -> None:
    world = rule("batch", "web", PAY, **BATCH) + rule("o", "shop", "pay", "v1")
    assert names(world, "web", {"app": "other"}) == []
    assert names(world, "ops", {"app": "batch"}) == ["shop/o"]


def test_a_private_general_rule_is_swallowed_by_a_selector_rule() -> None:
    world = rule("batch", "web", PAY, **BATCH) + rule("all", "web", PAY, "v1", exportTo=["."])
    assert names(world, "web", {"app": "batch"}) == ["web/batch", "web/all"]
    assert names(world, "web", {"app": "other"}) == []
    entry = mesh(world).rules.of("web", PAY).local[0]
    assert [it.name for it in entry.swallowed] == ["all"]


def test_the_owner_of_an_external_host_is_the_namespace_of_its_entry() -> None:
    entry = "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: e, namespace: ext}\n"
    entry += "spec: {hosts: [api.example.com]}\n"
    world = rule("o", "ext", "api.example.com")
    assert names(entry + world, "web", host="api.example.com") == ["ext/o"]
    assert names(world, "web", host="api.example.com") == []


def test_documents_without_namespace_are_one_world() -> None:
    assert names(service("pay") + rule("o", "", "pay"), "", host="pay..svc.cluster.local") == ["/o"]
