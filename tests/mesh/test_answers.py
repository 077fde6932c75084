"""The three answers, look-up by look-up."""

import pytest

from istiolint.mesh import UNKNOWN, Absent, Mesh
from istiolint.mesh.hosts import Host
from mesh.worlds import deployment, mesh, namespace, route, rule, service, thing

SHOP = service("reviews", "shop", 80) + service("ratings", "shop", 80, 9090)
WORLDS = ("auto", "complete", "partial")


def absent(mesh: Mesh, host: str, namespace: str = "shop") -> Absent:
    found = mesh.host(host, namespace)
    assert isinstance(found, Absent)
    return found


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("host", ["reviews", "reviews.shop.svc.cluster.local"])
def test_a_service_is_found(host: str, world: str) -> None:
    found = mesh(SHOP, world=world).host(host, "shop")
    assert isinstance(found, Host)
    assert [it.name for it in found.services] == ["reviews"]
    assert not found.plausible


def test_answers_are_true_only_if_found() -> None:
    world = mesh(SHOP, world="complete")
    assert world.host("reviews", "shop")
    assert not world.host("other", "shop")
    assert not UNKNOWN


def test_what_is_not_there_is_absent_in_a_complete_world_only() -> None:
    assert mesh(SHOP, world="complete").host("payments", "shop") == Absent(True)
    assert mesh(SHOP, world="auto").host("payments", "shop") is UNKNOWN
    assert mesh(SHOP, world="partial").host("payments", "shop") is UNKNOWN


def test_no_service_at_all_says_nothing() -> None:
    assert mesh(route("reviews", "shop", "reviews")).host("reviews", "shop") is UNKNOWN


def test_a_misspelling_is_sure() -> None:
    found = absent(mesh(SHOP), "reveiws")
    assert found.certain
    assert found.near == "reviews"
    assert found.thing.name == "reviews"
    assert absent(mesh(SHOP), "reveiws.shop.svc.cluster.local").near == "reviews.shop.svc.cluster.local"
    assert mesh(SHOP, world="partial").host("reveiws", "shop") is UNKNOWN


def test_a_name_that_workloads_bear_is_no_misspelling() -> None:
    assert mesh(SHOP + deployment("reveiws", "shop")).host("reveiws", "shop") is UNKNOWN


def test_a_misspelt_namespace() -> None:
    found = absent(mesh(service("reviews", "payments")), "reviews.paymnets.svc.cluster.local")
    assert (found.certain, found.near) == (True, "reviews.payments.svc.cluster.local")


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("host", ["reviews.shop", "reviews.shop.svc"])
def test_a_part_of_a_full_name_is_taken_literally(host: str, world: str) -> None:
    found = absent(mesh(SHOP, world=world), host)
    assert (found.certain, found.reason, found.near) == (True, "unqualified", "reviews.shop.svc.cluster.local")


def test_a_short_name_of_another_namespace() -> None:
    world = SHOP + service("web", "front")
    found = absent(mesh(world), "reviews", "front")
    assert (found.certain, found.reason, found.near) == (False, "elsewhere", "reviews.shop.svc.cluster.local")
    assert mesh(world).host("reviews", "dev") is UNKNOWN, "nothing is known about namespace dev"


def test_the_one_service_that_is_missing_is_conspicuous() -> None:
    world = "".join(service(name, "shop") for name in ("a", "b", "c", "d"))
    whole = mesh(world + route("all", "shop", "a", "b", "c", "d", "payments"))
    assert whole.host("payments", "shop") == Absent(False)
    assert mesh(world + route("all", "shop", "a", "b", "c", "x", "payments")).host("payments", "shop") is UNKNOWN


def test_exported_elsewhere_is_hidden() -> None:
    hidden = service("reviews", "shop", annotations={"networking.istio.io/exportTo": "., web"})
    for world in WORLDS:
        assert mesh(hidden, world=world).host("reviews", "shop")
        assert mesh(hidden, world=world).host("reviews.shop.svc.cluster.local", "web")
        found = absent(mesh(hidden, world=world), "reviews.shop.svc.cluster.local", "ops")
        assert (found.certain, found.reason, found.thing.name) == (True, "hidden", "reviews")


def test_export_default_of_the_mesh() -> None:
    config = {"defaultServiceExportTo": ["."]}
    assert not mesh(SHOP, mesh_config=config).host("reviews.shop.svc.cluster.local", "web")


def test_own_destinations_are_found_whatever_they_export() -> None:
    world = mesh(service("reviews", "shop", annotations={"networking.istio.io/exportTo": "~"}))
    assert world.host("reviews", "shop")


ENTRY = thing(
    "ServiceEntry",
    "apis",
    "shop",
    hosts=["api.example.com", "*.partner.io"],
    ports=[{"number": 443, "protocol": "TLS"}],
)


def test_service_entries() -> None:
    world = mesh(ENTRY)
    for host in ("api.example.com", "x.partner.io"):
        found = world.host(host, "web")
        assert isinstance(found, Host)
        assert found.numbers == (443,)
        assert found.by_wildcard == (host == "x.partner.io")
    assert world.host("storage.googleapis.com", "web") is UNKNOWN
    assert world.host("api.exmaple.com", "web") == Absent(True, "api.example.com", thing=world.service_entries[0])
    assert isinstance(mesh(ENTRY, world="complete").host("storage.googleapis.com", "web"), Absent)


def test_a_wildcard_asks_for_any() -> None:
    world = mesh(SHOP + ENTRY, world="complete")
    assert world.any_host("*.shop.svc.cluster.local", "web")
    assert world.any_host("*.example.com", "web")
    assert world.any_host("*", "web")
    assert world.any_host("reviews", "shop")
    assert world.any_host("*.other.svc.cluster.local", "web") == Absent(True)
    assert mesh(SHOP).any_host("*.other.svc.cluster.local", "web") is UNKNOWN
    assert isinstance(world.host("*.example.com", "web"), Absent), "as a name of its own nobody has it"
    assert world.host("*.partner.io", "web")


def test_external_hosts_exist_and_say_nothing_of_ports() -> None:
    world = mesh(SHOP, world="complete", external_hosts=("*.googleapis.com", "redis"), external_namespaces=("data",))
    for host in (
        "storage.googleapis.com",
        "redis",
        "db.data.svc.cluster.local",
        "kubernetes.default.svc.cluster.local",
    ):
        found = world.host(host, "shop")
        assert isinstance(found, Host)
        assert found.external
        assert world.port(host, 443, "shop") is UNKNOWN


def test_documents_without_namespace_may_be_anywhere() -> None:
    floating = mesh(service("reviews") + service("ratings", "shop"))
    assert floating.host("reviews", "")
    exact = floating.host("reviews", "")
    assert isinstance(exact, Host)
    assert not exact.plausible
    for host, namespace_ in (("reviews", "shop"), ("ratings", ""), ("reviews.shop.svc.cluster.local", "")):
        found = floating.host(host, namespace_)
        assert isinstance(found, Host)
        assert found.plausible
    assert floating.host("payments", "") is UNKNOWN


def test_the_namespace_of_those_that_name_none() -> None:
    floating = service("reviews")
    given = mesh(floating, namespace="shop")
    assert given.host("reviews.shop.svc.cluster.local", "web")
    assert mesh(floating, world="complete").host("reviews.default.svc.cluster.local", "web")
    assert isinstance(mesh(floating, world="complete").host("reviews.shop.svc.cluster.local", "web"), Absent)


def test_ports() -> None:
    world = mesh(SHOP)
    found = world.port("ratings", 9090, "shop")
    assert found
    assert found.path == ("spec", "ports", 1)
    missing = world.port("ratings", 8080, "shop")
    assert isinstance(missing, Absent)
    assert missing.certain
    assert missing.thing.numbers == (80, 9090)
    assert world.port("other", 80, "shop") is UNKNOWN


def test_ports_of_all_manifests_of_a_service_count() -> None:
    world = mesh(SHOP + service("reviews", "shop", 9080))
    assert world.port("reviews", 80, "shop")
    assert world.port("reviews", 9080, "shop")
    assert mesh(SHOP + thing("Service", "reviews", "shop", "v1")).port("reviews", 81, "shop") is UNKNOWN


def test_in_a_complete_world_the_last_of_one_name_counts() -> None:
    world = mesh(SHOP + service("reviews", "shop", 9080), world="complete")
    assert isinstance(world.port("reviews", 80, "shop"), Absent)
    assert world.port("reviews", 9080, "shop")


def test_a_port_of_what_is_only_likely_the_service_is_no_sure_absence() -> None:
    found = mesh(service("reviews")).port("reviews", 81, "shop")
    assert isinstance(found, Absent)
    assert not found.certain


GATEWAYS = thing("Gateway", "public-gateway", "istio-system", selector={"istio": "ingressgateway"}) + thing(
    "Gateway", "waypoint", "shop", "gateway.networking.k8s.io/v1", gatewayClassName="istio-waypoint"
)


def test_gateways() -> None:
    world = mesh(GATEWAYS)
    found = world.gateway("istio-system/public-gateway", "shop")
    assert found
    assert [it.name for it in found] == ["public-gateway"]
    assert world.gateway("./waypoint", "shop")
    wrong = world.gateway("istio-system/public-gatway", "shop")
    assert isinstance(wrong, Absent)
    assert (wrong.certain, wrong.near) == (True, "istio-system/public-gateway")
    elsewhere = world.gateway("public-gateway", "shop")
    assert isinstance(elsewhere, Absent)
    assert (elsewhere.certain, elsewhere.near) == (False, "istio-system/public-gateway")
    assert elsewhere.reason == "elsewhere"
    assert world.gateway("platform/edge", "shop") is UNKNOWN
    assert world.gateway("public-gateway", "") != UNKNOWN
    complete = mesh(GATEWAYS, world="complete", external_gateways=("platform/*",))
    assert complete.gateway("platform/edge", "shop") is UNKNOWN
    assert complete.gateway("other/edge", "shop") == Absent(True)


def test_namespaces() -> None:
    declared = namespace("payments") + namespace("shop")
    world = mesh(declared)
    assert world.namespace("shop") == "shop"
    assert world.namespace("kube-system") == "kube-system"
    assert world.namespace("paymants") == Absent(True, "payments")
    assert world.namespace("other") == Absent(False)
    assert mesh(declared + service("x", "third")).namespace("other") is UNKNOWN, "third has no manifest either"
    assert mesh(declared + service("x", "third")).namespace("third") == "third"
    assert mesh(declared + service("x", "third"), world="complete").namespace("third") == Absent(True)
    assert mesh(declared, external_namespaces=("other",), world="complete").namespace("other") == "other"
    assert mesh("").namespace("other") is UNKNOWN


def test_subsets() -> None:
    world = SHOP + rule("reviews", "shop", "reviews", "v1", "v2")
    fqdn = "reviews.shop.svc.cluster.local"
    for name in WORLDS:
        assert mesh(world, world=name).subset(fqdn, "v1", "web")
        missing = mesh(world, world=name).subset(fqdn, "v22", "web")
        assert isinstance(missing, Absent)
        assert missing.certain
        assert missing.near == "v2"
        another = mesh(world, world=name).subset(fqdn, "v3", "web")
        assert isinstance(another, Absent)
        assert another.near == ""


def test_a_rule_without_subsets_may_be_merged_with_another() -> None:
    fqdn = "reviews.shop.svc.cluster.local"
    bare = SHOP + rule("reviews-tls", "shop", "reviews")
    for text in (bare, SHOP + rule("reviews", "istio-system", fqdn, "v1")):
        found = mesh(text).subset(fqdn, "v2", "shop")
        assert isinstance(found, Absent)
        assert not found.certain
    complete = mesh(bare, world="complete").subset(fqdn, "v2", "shop")
    assert isinstance(complete, Absent)
    assert complete.certain


def test_subsets_without_a_rule() -> None:
    fqdn = "reviews.shop.svc.cluster.local"
    assert mesh(SHOP, world="complete").subset(fqdn, "v1", "shop") == Absent(True)
    assert mesh(SHOP).subset(fqdn, "v1", "shop") == Absent(False), "Service and routes are here, the rule would be"
    assert mesh(SHOP).subset(fqdn, "v1", "web") is UNKNOWN
    assert mesh(SHOP, world="partial").subset(fqdn, "v1", "shop") is UNKNOWN
    others = SHOP + rule("ratings", "shop", "ratings", "v1")
    assert mesh(others).subset(fqdn, "v1", "shop") == Absent(False), "the rules of that namespace seem to be here"
    assert mesh(others, world="partial").subset(fqdn, "v1", "shop") is UNKNOWN
    wide = SHOP + rule("all", "istio-system", "*.local")
    assert mesh(wide).subset(fqdn, "v1", "web") is UNKNOWN, "a rule for just this host may be elsewhere"


def test_a_subset_that_only_others_see() -> None:
    world = SHOP + rule("reviews", "ops", "reviews.shop.svc.cluster.local", "v1")
    found = mesh(world).subset("reviews.shop.svc.cluster.local", "v1", "web")
    assert isinstance(found, Absent)
    assert (found.certain, found.reason, found.thing.rule.namespace) == (False, "hidden", "ops")


def test_a_subset_of_a_rule_that_may_be_in_effect() -> None:
    fqdn = "reviews.shop.svc.cluster.local"
    assert mesh(SHOP + rule("reviews", "", "reviews", "v1")).subset(fqdn, "v1", "web")
    own = rule("reviews", "shop", "reviews", "v1", workloadSelector={"matchLabels": {"app": "x"}})
    assert mesh(SHOP + own).subset(fqdn, "v1", "shop")
    assert isinstance(mesh(SHOP + own).subset(fqdn, "v1", "shop", {"app": "y"}), Absent)
    assert mesh(SHOP + own).subset(fqdn, "v1", "shop", {"app": "x"})


def test_selectors() -> None:
    world = mesh(deployment("reviews", "shop") + deployment("ratings", "shop") + deployment("web", "front"))
    found = world.select({"app": "reviews", "version": "v1"}, "shop")
    assert found
    assert [it.name for it in found] == ["reviews-v1"]
    assert len(world.select({"version": "v1"}, None) or ()) == 3
    assert world.select({"app": "reveiws"}, "shop") == Absent(True, "app=reviews", thing=world.workloads[0])
    assert world.select({"app": "payments"}, "shop") is UNKNOWN
    elsewhere = world.select({"app": "web"}, "shop")
    assert isinstance(elsewhere, Absent)
    assert (elsewhere.certain, elsewhere.near, elsewhere.reason) == (False, "front", "elsewhere")
    assert world.select({"app": "web"}, "ops") is UNKNOWN
    assert mesh(deployment("reviews", "shop"), world="complete").select({"app": "x"}, "shop") == Absent(True)
    asked = deployment("reviews", "shop") + service("reveiws", "shop")
    assert mesh(asked).select({"app": "reveiws"}, "shop") is UNKNOWN, "a Service asks for the same label"


def test_gateway_pods_are_mostly_elsewhere() -> None:
    world = mesh(deployment("reviews", "shop"))
    assert world.select({"istio": "ingressgateway"}, None) is UNKNOWN
    assert world.select({"istio": "ingresgateway"}, None) == Absent(True, "istio=ingressgateway")
    complete = mesh(deployment("reviews", "shop"), world="complete")
    found = complete.select({"istio": "ingressgateway"}, None)
    assert found
    assert [it.namespace for it in found] == ["istio-system"]
    assert [it.number for it in complete.services_of(found[0])[0].ports] == [80, 443, 31400, 15443]
    off = mesh("", world="complete", mesh_config={"ingressControllerMode": "OFF"})
    assert off.select({"istio": "ingressgateway"}, None) == Absent(True)


def test_secrets_and_what_makes_them() -> None:
    world = mesh(
        thing("Secret", "shop-cert", "istio-system", "v1")
        + thing("Certificate", "c", "istio-system", "cert-manager.io/v1", secretName="api-cert")
        + thing("ExternalSecret", "ext", "istio-system", "external-secrets.io/v1beta1"),
        world="complete",
    )
    assert all(world.secret(name, "istio-system") for name in ("shop-cert", "api-cert", "ext"))
    assert isinstance(world.secret("c", "istio-system"), Absent)
    assert isinstance(world.secret("shop-cert", "shop"), Absent)
    assert mesh("").secret("shop-cert", "shop") is UNKNOWN


def test_service_accounts() -> None:
    world = mesh(
        thing("ServiceAccount", "builder", "shop", "v1") + deployment("reviews", "shop", serviceAccountName="reviews")
    )
    assert world.service_account("builder", "shop")
    assert world.service_account("reviews", "shop")
    assert world.service_account("reveiws", "shop") == Absent(
        True, "shop/reviews", thing=world.service_accounts.find("shop", "reviews")[0]
    )
    assert world.service_account("other", "shop") is UNKNOWN


def test_delegates() -> None:
    world = mesh(thing("VirtualService", "reviews-part", "team", hosts=[]), world="complete")
    assert world.virtual_service("reviews-part", "team")
    found = world.virtual_service("reviews-part", "shop")
    assert isinstance(found, Absent)
    assert found.near == "team/reviews-part"
