"""What comes of assertions."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import (
    REQUESTS,
    Manifest,
    deployment,
    edge,
    gateway,
    injected,
    mesh_of,
    namespace,
    peer,
    placed,
    policy,
    server,
    service,
    thing,
    to,
    virtual_service,
    world,
    worlds,
)

from istiolint.examine import documents_of
from istiolint.mesh import MeshSettings, build
from istiolint.mesh.mesh import Mesh
from istiolint.report.style import painter
from istiolint.source.text import SourceText
from istiolint.trace.question import Request, client_of
from istiolint.trace.result import behaviour
from istiolint.trace.tracer import Tracer
from istiolint.verify.alike import Alike, Followed
from istiolint.verify.formats import to_json, to_junit
from istiolint.verify.reading import read_file
from istiolint.verify.report import text
from istiolint.verify.run import Result, verify
from istiolint.verify.selecting import callers
from istiolint.verify.writing import recorded

PEOPLE = [*injected("shop", "web"), service("pay", "shop"), deployment("pay", "shop"), deployment("front", "web"),
          deployment("job", "shop")]  # fmt: skip
ONLY_WEB = policy("only-web", "shop", rules=[{"from": [{"source": {"namespaces": ["web"]}}]}])
SPLIT = [
    virtual_service(
        "pay", "shop", ["pay"],
        {"match": [{"uri": {"prefix": "/old"}}], "redirect": {"uri": "/new", "redirectCode": 302}},
        {"match": [{"headers": {"x-user": {"exact": "bob"}}}], "route": [to("pay", "v2")], "timeout": "3s",
         "rewrite": {"uri": "/bob"}},
        {"route": [to("pay", "v1", weight=75), to("pay", "v2", weight=25)]},
    ),
    thing("DestinationRule", "pay", "shop", host="pay",
          subsets=[{"name": it, "labels": {"version": it}} for it in ("v1", "v2")]),
    deployment("pay", "shop", "v2"),
]  # fmt: skip


def results(mesh: Mesh, *tests: dict[str, Any], **top: Any) -> list[Result]:
    written = [{"name": f"n{at}", **it} for at, it in enumerate(tests)]
    return verify(mesh, read_file("tests.yaml", json.dumps({"tests": written, **top})))


def verdict(mesh: Mesh, expect: dict[str, Any], url: str = "http://pay.shop/", **more: Any) -> str:
    request = {"url": url, **more.pop("request", {})}
    who = {} if "gateway" in more else {"from": "web/front-v1"}
    (result,) = results(mesh, {**who, "request": request, "expect": expect, **more})
    return result.verdict


BOB = {"request": {"headers": {"x-user": "bob"}}}


def read(*objects: Manifest | list[Manifest]) -> tuple[Mesh, Callable[[str], SourceText]]:
    """A mesh with places, and its text."""
    flat = [one for it in objects for one in (it if isinstance(it, list) else [it])]
    written = yaml.safe_dump_all(flat)
    mesh = build(documents_of("a.yaml", written.encode()), MeshSettings(world="complete"))
    return mesh, lambda file: SourceText(file, written)


@pytest.mark.parametrize(
    ("expect", "url", "more"),
    [
        ({"reaches": True, "denied": False, "mtls": True}, "http://pay.shop/", {}),
        ({"shares": {"v1": 75, "v2": 25}}, "http://pay.shop/", {}),
        ({"shares": {"pay.shop/v1": 75, "pay.shop.svc.cluster.local/v2": 25}}, "http://pay.shop/", {}),
        ({"subset": "v2", "timeout": "3000ms", "path": "/bobx"}, "http://pay.shop/x", BOB),
        ({"host": "pay.shop", "port": 80, "workload": "shop/pay-*"}, "http://pay.shop/", {}),
        ({"redirect": "http://pay.shop/new", "status": 302, "reaches": False}, "http://pay.shop/old", {}),
        ({"reaches": True, "host": "www.example.com"}, "http://www.example.com/", {}),
    ],
)  # fmt: skip
def test_what_holds_passes(expect: dict[str, Any], url: str, more: dict[str, Any]) -> None:
    assert verdict(world(PEOPLE, SPLIT), expect, url, **more) == "passed"


@pytest.mark.parametrize(
    "expect",
    [
        {"reaches": False}, {"denied": True}, {"mtls": False}, {"status": 200}, {"redirect": "http://a/"},
        {"host": "cart.shop"}, {"port": 81}, {"subset": "v1"}, {"shares": {"v1": 50, "v2": 50}},
        {"shares": {"v1": 100}},
        {"workload": "shop/pay-v1"}, {"path": "/b"}, {"authority": "b"}, {"timeout": "1s"}, {"mirrors": {"v1": 10}},
    ],
)  # fmt: skip
def test_what_does_not_fails(expect: dict[str, Any]) -> None:
    assert verdict(world(PEOPLE, SPLIT), expect) == "failed"


def test_nothing_outside_a_namespace_reaches_a_service() -> None:
    expected = {"to": "shop/pay", "expect": {"denied": True, "status": 403, "reaches": False}}
    others, theirs = {"from": {"except": {"namespaces": "web"}}}, {"from": "web/*"}
    closed, opened = world(PEOPLE, ONLY_WEB), world(PEOPLE)
    assert [it.verdict for it in results(closed, {**others, **expected}, {**theirs, **expected})] == [
        "passed",
        "failed",
    ]
    (result,) = results(opened, {**others, **expected})
    assert (result.verdict, result.cases, result.wrong) == ("failed", 2, 2)


def test_workloads_are_meant_by_name_by_service_or_by_app() -> None:
    mesh = world(PEOPLE, SPLIT)
    counts = {}
    for who in ("shop/pay-v1", "shop/pay", "web/front", "*/*", "shop/*"):
        (result,) = results(mesh, {"from": who, "request": {"url": "http://pay.shop/"}, "expect": {"reaches": True}})
        counts[who] = result.cases
    assert counts == {"shop/pay-v1": 1, "shop/pay": 2, "web/front": 1, "*/*": 4, "shop/*": 3}


def test_plaintext_to_a_strict_port_is_denied_and_is_no_mtls() -> None:
    bare = [namespace("out"), deployment("old", "out"), peer("strict", "shop", "STRICT")]
    mesh = world(PEOPLE, bare)
    assert verdict(mesh, {"denied": True, "reaches": False, "mtls": False}, **{"from": "out/old-v1"}) == "passed"
    assert verdict(mesh, {"denied": False, "mtls": True}) == "passed"


def test_callers_from_outside_come_through_a_gateway() -> None:
    door = edge(("http", 80, 8080))
    public = gateway("public", "edge", server(80, "HTTP", "*"))
    out = virtual_service("out", "shop", ["pay.example.com"], {"route": [to("pay")]}, gateways=["edge/public"])
    mesh = world(PEOPLE, door, public, out)
    name = next(f"{it.namespace}/{it.name}" for it in mesh.workloads if it.gateway)
    assert verdict(mesh, {"reaches": True, "host": "pay.shop"}, "http://pay.example.com/", gateway=name) == "passed"
    assert verdict(mesh, {"status": 404}, "http://other.example.com/", gateway=name) == "passed"


def test_who_is_not_there_is_unknown() -> None:
    mesh = world(PEOPLE)
    for broken in ({"from": "web/fornt-v1"}, {"gateway": "edge/none"}):
        (result,) = results(mesh, {**broken, "request": {"url": "http://pay.shop/"}, "expect": {"reaches": True}})
        assert (result.verdict, result.good, result.cases) == ("unknown", False, 0)
    assert 'did you mean "web/front-v1"?' in results(
        mesh, {"from": "web/fornt-v1", "to": "shop/pay", "expect": {"reaches": True}}
    )[0].reason  # fmt: skip
    (result,) = results(mesh, {"from": "web/front-v1", "to": "shop/none", "expect": {"reaches": True}})
    assert result.reason == "no Service in the files is shop/none"


def test_what_manifests_cannot_tell_is_unknown_and_fails_unless_it_may_be() -> None:
    lua = thing("EnvoyFilter", "lua", "web", configPatches=[{"applyTo": "HTTP_FILTER", "patch": {"operation": "ADD"}}])
    mesh = world(PEOPLE, lua)
    test: dict[str, Any] = {"from": "web/front", "to": "shop/pay", "expect": {"reaches": True}}
    plain, lenient = results(mesh, test, {**test, "allow-unknown": True})
    assert (plain.verdict, plain.good, lenient.verdict, lenient.good) == ("unknown", False, "unknown", True)
    assert "EnvoyFilter web/lua" in plain.reason
    assert [it.good for it in results(mesh, test, **{"allow-unknown": True})] == [True]


def test_a_host_that_may_be_elsewhere_is_unknown() -> None:
    mesh = world(PEOPLE, world="auto")
    assert verdict(mesh, {"reaches": True}, "http://ledger.bank/") == "unknown"
    assert verdict(world(PEOPLE, [namespace("bank")]), {"reaches": True}, "http://ledger.bank/") == "passed"


def test_what_depends_on_age_is_unknown_where_the_files_do_not_tell_it() -> None:
    two = [virtual_service(name, "shop", ["pay"], {"route": [to("pay")], "timeout": time})
           for name, time in (("a", "1s"), ("b", "2s"))]  # fmt: skip
    assert verdict(world(PEOPLE, two), {"timeout": "1s"}) == "unknown"
    assert verdict(world(PEOPLE, two), {"reaches": True}) == "passed"


def test_a_failing_assertion_shows_the_way() -> None:
    mesh, texts = read(ONLY_WEB, PEOPLE)
    found = results(
        mesh,
        {"from": "shop/job", "to": "shop/pay", "expect": {"reaches": True}},
        {"from": "web/front", "to": "shop/pay", "expect": {"reaches": True}},
    )
    said = text(found, texts, painter(False), 80)
    assert said.startswith("FAIL  n0\n  --> tests.yaml:1\n      shop/job-v1 -> GET http://pay.shop/\n")
    assert "expected reaches the application" in said
    assert "but      denied at shop/pay-v1: no policy allows it (403)" in said
    assert re.search(r"authorization +denied: there are policies that allow", said)
    assert said.endswith("ok    n1\n\n2 assertions: 1 passed, 1 failed.\n")


def test_programs_get_the_same() -> None:
    mesh, texts = read(ONLY_WEB, PEOPLE)
    found = results(
        mesh,
        {"from": "shop/*", "to": "shop/pay", "expect": {"reaches": True}},
        {"from": "web/front", "to": "shop/pay", "expect": {"reaches": True}},
        {"from": "no/body", "to": "shop/pay", "expect": {"reaches": True}, "allow-unknown": True},
    )
    said = json.loads(to_json(found, texts))
    assert said["summary"] == {"passed": 1, "failed": 1, "unknown": 1}
    assert [it["verdict"] for it in said["assertions"]] == ["failed", "passed", "unknown"]
    example = said["assertions"][0]["examples"][0]
    assert example["complaints"] == [
        {"expected": "reaches the application", "but": "denied at shop/pay-v1: no policy allows it (403)"}
    ]
    assert example["steps"][-1]["place"] == "a.yaml:7"
    root = ET.fromstring(to_junit(found, texts))
    assert {key: root.get(key) for key in ("tests", "failures", "skipped")} == {
        "tests": "3", "failures": "1", "skipped": "1"
    }  # fmt: skip
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert "shop/job-v1 -> GET http://pay.shop/" in str(failure.text)


def test_what_is_recorded_says_what_happens() -> None:
    made = yaml.safe_load(recorded(world(PEOPLE, ONLY_WEB, SPLIT)))
    found = {it["name"]: it for it in made["tests"]}
    assert found["web/front-v1 -> GET http://pay.shop/ (x-user: bob)"]["expect"] == {
        "reaches": True, "host": "pay.shop", "port": 80, "subset": "v2", "mtls": True, "workload": ["shop/pay-v2"],
        "path": "/bob", "timeout": "3s",
    }  # fmt: skip
    assert found["shop/* -> GET http://pay.shop/"]["expect"]["denied"] is True
    assert found["*/* -> GET http://pay.shop/old"]["expect"]["redirect"] == "http://pay.shop/new"


def test_what_is_not_known_is_not_recorded() -> None:
    lua = thing("EnvoyFilter", "lua", "web", configPatches=[{"applyTo": "HTTP_FILTER", "patch": {"operation": "ADD"}}])
    written = recorded(world(PEOPLE, lua))
    assert "# Not recorded (1 times): EnvoyFilter web/lua may change it" in written
    assert all("web" not in it["from"] for it in yaml.safe_load(written)["tests"])


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(worlds())
def test_what_is_recorded_passes(objects: list[Manifest]) -> None:
    mesh = mesh_of(placed(objects))
    assertions = read_file("new.yaml", recorded(mesh))
    assert [it.assertion.name for it in verify(mesh, assertions) if it.verdict != "passed"] == []


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(), st.lists(REQUESTS, min_size=1, max_size=4))
def test_clients_that_are_alike_fare_the_same(objects: list[Manifest], requests: list[Request]) -> None:
    twins = [
        deployment("pay", "shop", "v3"), deployment("pay", "web", "v3"), deployment("job", "shop"),
        deployment("job", "web", serviceAccountName="special"),
    ]  # fmt: skip
    mesh = mesh_of(placed([*objects, *twins]))
    tracer, alike = Tracer(mesh), mesh.index(Alike)
    for request in requests:
        followed = Followed(tracer, request)
        fares: dict[tuple[object, ...], object] = {}
        for workload in callers(mesh):
            client = client_of(mesh, workload)
            said = behaviour(tracer.both_ages(client, request))
            assert fares.setdefault(("any", alike.key(client)), said) == said
            assert fares.setdefault(("this", followed.key(client)), said) == said


def test_labels_and_accounts_tell_clients_apart_only_where_something_asks_for_them() -> None:
    def groups(*more: Manifest) -> int:
        mesh = world(PEOPLE, deployment("front", "web", "v2", serviceAccountName="other"), *more)
        alike = mesh.index(Alike)
        return len({alike.key(client_of(mesh, it)) for it in callers(mesh) if it.namespace == "web"})

    by_account = policy("a", "shop", rules=[{"from": [{"source": {"principals": ["cluster.local/ns/web/sa/other"]}}]}])
    match = {"match": [{"sourceLabels": {"version": "v2"}}], "route": [to("pay")]}
    by_pattern = policy("a", "shop", rules=[{"from": [{"source": {"principals": ["*/sa/oth*"]}}]}])
    of_all = policy("a", "shop", rules=[{"from": [{"source": {"principals": ["cluster.local/ns/web/*"]}}]}])
    by_label = virtual_service("b", "shop", ["pay"], match)
    of_some = thing("Sidecar", "c", "web", workloadSelector={"labels": {"version": "v1"}}, egress=[{"hosts": ["*/*"]}])
    assert [groups(), groups(by_account), groups(by_label), groups(of_some)] == [1, 2, 2, 2]
    assert [groups(by_pattern), groups(of_all)] == [2, 1]
