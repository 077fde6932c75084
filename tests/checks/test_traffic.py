"""DestinationRules: what meets, what hides, what is lost."""

from __future__ import annotations

import pytest

from checks.said import messages, said
from istiolint.checks.egress import imports
from mesh.worlds import deployment, mesh, namespace, route, rule, service, thing

POLICY = {"trafficPolicy": {"outlierDetection": {"consecutive5xxErrors": 5}}}


@pytest.mark.parametrize(
    ("hosts", "host", "seen"),
    [
        (["./*"], "pay.shop.svc.cluster.local", False),
        (["*/*"], "pay.shop.svc.cluster.local", True),
        (["shop/*"], "pay.shop.svc.cluster.local", True),
        (["shop/pay.shop.svc.cluster.local"], "pay.shop.svc.cluster.local", True),
        (["shop/other.shop.svc.cluster.local"], "pay.shop.svc.cluster.local", False),
        (["*/*", "~shop/*"], "pay.shop.svc.cluster.local", False),
        (["*/*", "~/*"], "pay.shop.svc.cluster.local", False),
        (["*/*.example.com"], "api.example.com", True),
        (["nonsense"], "pay.shop.svc.cluster.local", False),
    ],
)
def test_what_a_sidecar_lets_its_pods_see(hosts: list[str], host: str, seen: bool) -> None:
    world = mesh(thing("Sidecar", "default", "web", egress=[{"hosts": hosts}]))
    assert imports(world, "web", host, "shop") == seen
    assert imports(world, "elsewhere", host, "shop")


def test_rules_that_their_namespace_does_not_import_do_not_meet() -> None:
    both = rule("a", "web", "pay.shop.svc.cluster.local", **POLICY) + rule("b", "web", "pay.shop.svc.cluster.local")
    assert len(messages("destination-rules-collide", both)) == 2
    assert not messages("destination-rules-collide", both + thing("Sidecar", "x", "web", egress=[{"hosts": ["./*"]}]))


def test_rules_for_different_pods_do_not_collide() -> None:
    selector = {"workloadSelector": {"matchLabels": {"app": "web"}}}
    assert not messages("destination-rules-collide", rule("a", "shop", "pay") + rule("b", "shop", "pay", **selector))
    both = rule("a", "shop", "pay", **selector) + rule("b", "shop", "pay", **selector)
    assert len(messages("destination-rules-collide", both)) == 2


def test_overlays_of_one_rule_do_not_collide() -> None:
    assert not messages("destination-rules-collide", rule("pay", "shop", "pay"), rule("pay", "shop", "pay", "v1"))


def test_a_subset_that_contradicts_its_service_is_empty() -> None:
    world = rule("pay", "shop", "pay") + service("pay", "shop") + deployment("pay", "shop")
    wrong = world.replace("host: pay", "host: pay\n  subsets: [{name: x, labels: {app: web}}]")
    assert "app=web" in messages("unused-subset-without-workloads", wrong)[0]


def test_of_labels_set_at_run_time_only_those_beside_them_count() -> None:
    world = service("pay", "shop") + deployment("pay", "shop")
    for key in ("topology.istio.io/cluster", "rollouts-pod-template-hash", "kubernetes.io/hostname"):
        for more, count in (({}, 0), ({"app": "pay"}, 0), ({"version": "v9"}, 1)):
            subsets = [{"name": "x", "labels": {key: "here", **more}}]
            own = thing("DestinationRule", "pay", "shop", host="pay", subsets=subsets)
            assert len(messages("unused-subset-without-workloads", world + own, world="complete")) == count


def test_severity_of_an_empty_subset_is_by_use() -> None:
    world = rule("pay", "shop", "pay", "v9") + service("pay", "shop") + deployment("pay", "shop")
    assert messages("unused-subset-without-workloads", world, world="complete")
    routed = world + route("pay", "shop", "pay|v9")
    assert not messages("unused-subset-without-workloads", routed, world="complete")
    assert messages("subset-without-workloads", routed, world="complete")


def test_a_subset_of_endpoints_of_a_service_entry() -> None:
    entry = thing(
        "ServiceEntry", "db", "shop", hosts=["db.example.com"], resolution="STATIC",
        endpoints=[{"address": "10.0.0.1", "labels": {"version": "v1"}}],
    )  # fmt: skip
    (message,) = messages("unused-subset-without-workloads", entry + rule("db", "shop", "db.example.com", "v1", "v2"))
    assert '"v2"' in message


def test_many_hidden_rules_are_counted_not_listed() -> None:
    wide = rule("defaults", "web", "*.local", **POLICY)
    rules = "".join(rule(f"pay-{number}", "shop", f"pay-{number}", **POLICY) for number in range(9))
    (finding,) = said("owner-rule-hidden", wide + rules)
    assert finding.message.endswith("and others")
    assert len(finding.related) == 3


def test_a_private_rule_of_the_owner_is_not_hidden() -> None:
    wide = rule("defaults", "web", "*.local", **POLICY)
    assert not messages("owner-rule-hidden", wide + rule("pay", "shop", "pay", exportTo=["."], **POLICY))


def test_a_gateway_can_read_the_credential() -> None:
    tls = {"trafficPolicy": {"tls": {"mode": "MUTUAL", "credentialName": "bank"}}}
    own = rule("bank", "shop", "api.bank.example", **tls)
    assert messages("credential-name-ignored", own)
    routed = route("out", "shop", "api.bank.example", gateways=["egress", "mesh"])
    assert not messages("credential-name-ignored", own + routed)
    gateway = deployment("egress", "shop", annotations={"inject.istio.io/templates": "gateway"})
    assert not messages("credential-name-ignored", own + gateway)


def test_exports_are_judged_by_evidence() -> None:
    own = rule("pay", "shop", "pay", exportTo=["webb"])
    assert not messages("export-to-unknown-namespace", own)
    assert not messages("export-to-unknown-namespace", own + service("x", "webb"))
    assert messages("export-to-unknown-namespace", own, world="complete")
    assert not messages("export-to-unknown-namespace", own + namespace("webb"), world="complete")
