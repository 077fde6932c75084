"""`istiolint trace`: questions in words, answers for people and as JSON."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from worlds import (
    Manifest,
    deployment,
    edge,
    gateway,
    injected,
    namespace,
    policy,
    server,
    service,
    thing,
    to,
    virtual_service,
)  # fmt: skip

from istiolint.cli.main import cli
from istiolint.trace.asking import BadQuestion, Details, request_of, shown

BASE = [
    *injected("shop", "web"), service("pay", "shop"), deployment("pay", "shop"), deployment("pay", "shop", "v2"),
    deployment("own", "web"), *edge(),
]  # fmt: skip
CANARY = [
    virtual_service(
        "pay", "shop", ["pay"],
        {
            "route": [to("pay", "v1", weight=90), to("pay", "v2", weight=10)], "timeout": "3s",
            "rewrite": {"uri": "/internal", "authority": "in.example.com"}, "mirror": {"host": "gone"},
            "fault": {
                "delay": {"fixedDelay": "1s", "percentage": {"value": 0.5}},
                "abort": {"httpStatus": 503, "percentage": {"value": 5}},
            },
        },
    ),
    thing("DestinationRule", "pay", "shop", host="pay", subsets=[{"name": "v1", "labels": {"version": "v1"}},
                                                                {"name": "v2", "labels": {"version": "v2"}}]),
]  # fmt: skip


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def asked(*words: str, objects: list[Manifest] | None = None) -> Result:
        written = yaml.safe_dump_all([*BASE, *(objects or [])], sort_keys=False)
        Path("mesh.yaml").write_text(written)
        return CliRunner().invoke(cli, ["trace", *words, "mesh.yaml", "--no-config"])

    return asked


def test_a_canary_for_people(run: Any) -> None:
    result = run("--from", "web/own-v1", "http://pay.shop/pay/1", "-H", "x-user: b", objects=CANARY)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "web/own-v1 -> GET http://pay.shop/pay/1"
    assert lines[1] == "  x-user: b"
    assert lines[2] == "  is sent on"
    text = result.stdout
    for part in (
        "has the routes of VirtualService shop/pay\n", "  mesh.yaml:", "path becomes /internal", "timeout 3s",
        "Host becomes in.example.com", "0.5 % are delayed by 1s", "5 % are aborted with 503",
        "100 % are copied to gone.shop.svc.cluster.local:80 (which does not exist)",
        "|-- 90 %  pay.shop.svc.cluster.local:80, subset v1", "`-- 10 %  pay.shop.svc.cluster.local:80, subset v2",
        "shop/pay-v2:8080  in mTLS  allowed",
    ):  # fmt: skip
        assert part in text
    assert "\x1b" not in text
    assert max(map(len, lines)) <= 100


def test_colour(run: Any) -> None:
    assert "\x1b[" in run("--from", "web/own-v1", "http://pay.shop", "--color", "always").stdout


def test_json(run: Any) -> None:
    result = run("--from", "web/own-v1", "http://pay.shop/x", "--format", "json", objects=CANARY)
    said = json.loads(result.stdout)
    assert said["route"] == {"kind": "VirtualService", "namespace": "shop", "name": "pay", "route": 0}
    assert [it["percent"] for it in said["destinations"]] == [90.0, 10.0]
    assert said["destinations"][1]["destinationRule"] == {"namespace": "shop", "name": "pay"}
    backend = said["destinations"][1]["backends"][0]
    assert backend["workload"] == {"namespace": "shop", "name": "pay-v2"}
    assert (backend["sent"], backend["connection"], backend["authorization"]["verdict"]) == ("mtls", "ok", "allow")
    assert said["fault"]["abort"] == {"value": 503, "percent": 5.0}
    assert said["mirrors"][0]["result"] == "no-cluster"
    step = next(it for it in said["steps"] if it["stage"] == "route")
    assert (step["by"]["file"], step["by"]["path"]) == ("mesh.yaml", "/spec/http/0")
    assert step["by"]["line"] > 1
    assert "otherwise" not in said


def test_delegates_and_losers_in_json(run: Any) -> None:
    root = virtual_service("a", "shop", ["pay"], {"delegate": {"name": "d"}})
    leaf = thing("VirtualService", "d", "shop", http=[{"redirect": {"uri": "/m"}}])
    other = virtual_service("b", "shop", ["pay"], {"directResponse": {"status": 200}})
    said = json.loads(run("--from", "web/own-v1", "http://pay.shop", "-f", "json", objects=[root, leaf, other]).stdout)
    assert said["route"]["delegate"] == {"namespace": "shop", "name": "d", "route": 0}
    assert said["redirect"] == {"status": 301, "location": "http://pay.shop/m"}
    host = next(it for it in said["steps"] if it["stage"] == "host")
    assert [it["name"] for it in host["losers"]] == ["b"]
    assert said["otherwise"]["status"] == 200


def test_both_orders_of_age_are_said(run: Any) -> None:
    one = virtual_service("a", "shop", ["pay"], {"redirect": {"uri": "/a"}})
    two = virtual_service("b", "shop", ["pay"], {"directResponse": {"status": 403}})
    text = run("--from", "web/own-v1", "http://pay.shop", objects=[one, two]).stdout
    assert "is redirected: 301 to http://pay.shop/a" in text
    assert "in the other order of age" in text
    assert "is answered by the proxy: 403" in text
    assert "not VirtualService shop/b: shop/a comes first by name" in text


def test_a_gateway_authorizes_before_it_routes(run: Any) -> None:
    objects = [
        gateway("g", "shop", server(443, "HTTPS", "a.example.com", mode="SIMPLE", credentialName="c")),
        virtual_service("a", "shop", ["a.example.com"], {"route": [to("pay", port=80)]}, gateways=["g"]),
        policy("d", "istio-system", action="DENY", rules=[{"from": [{"source": {"ipBlocks": ["203.0.113.0/24"]}}]}]),
    ]
    text = run(
        "--gateway", "istio-system/edge", "https://a.example.com/x", "--ip", "203.0.113.7", objects=objects
    ).stdout
    assert text.splitlines()[:2] == [
        "gateway istio-system/edge -> GET https://a.example.com/x", "  is denied at the gateway",
    ]  # fmt: skip
    assert text.index("denied by AuthorizationPolicy istio-system/d") < text.index("route 0 of VirtualService shop/a")
    assert "is sent on" in run("--gateway", "shop/g", "https://a.example.com", objects=objects).stdout
    assert (
        "is sent on" in run("--gateway", "edge", "-n", "istio-system", "https://a.example.com", objects=objects).stdout
    )


def test_what_cannot_be_known_is_said(run: Any) -> None:
    patch = thing("EnvoyFilter", "f", "web", configPatches=[{"applyTo": "CLUSTER"}])
    assert (
        "Not certain: EnvoyFilter web/f may change it."
        in run("--from", "web/own-v1", "http://pay.shop", objects=[patch]).stdout
    )


def test_tokens(run: Any) -> None:
    takes = thing("RequestAuthentication", "r", "shop", "security.istio.io/v1", jwtRules=[{"issuer": "i"}])
    text = run("--from", "web/own-v1", "http://pay.shop", "--claims", '{"iss": "z"}', objects=[takes]).stdout
    assert "denied: 401" in text
    assert "401: no RequestAuthentication takes a token of issuer z" in text


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("http://pay.shop",), "say who sends the request"),
        (("--from", "a/b", "--gateway", "c/d", "http://pay.shop"), "say who sends the request"),
        (("--from", "web/owm-v1", "http://pay.shop"), 'did you mean "web/own-v1"'),
        (("--gateway", "web/own-v1", "http://pay.shop"), "no gateway of the files is web/own-v1"),
        (("--from", "web/own-v1", "ftp://pay.shop"), "is no URL"),
        (("--from", "web/own-v1", "tcp://pay.shop"), "needs a port"),
        (("--from", "web/own-v1", "http://pay.shop", "-H", "nonsense"), "expected NAME: VALUE"),
        (("--from", "web/own-v1", "http://pay.shop", "--claims", "{"), "--claims: no JSON"),
        (("--from", "web/own-v1", "http://pay.shop", "--claims", "[]"), "--claims: expected an object"),
    ],
)
def test_questions_that_make_no_sense(run: Any, words: tuple[str, ...], complaint: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert complaint in result.output


def test_no_manifests(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1\n")
    result = CliRunner().invoke(cli, ["trace", "--from", "a/b", "http://c", str(tmp_path), "--no-config"])
    assert result.exit_code == 3


def test_a_name_without_namespace_means_the_only_workload_of_that_name(run: Any) -> None:
    assert "web/own-v1 -> " in run("--from", "own-v1", "http://pay.shop").stdout
    assert run("--from", "own-v1", "-n", "shop", "http://pay.shop").exit_code == 2


def test_everything_else_that_may_happen(run: Any) -> None:
    bare = [
        namespace("out"),
        deployment("x", "out"),
        deployment("pay", "shop", "v3", labels={"sidecar.istio.io/inject": "false"}),
    ]
    text = run("--from", "out/x-v1", "http://pay.shop", objects=bare).stdout
    assert "leaves as it is: no proxy of the client's handles it" in text
    assert "no sidecar" in text
    lonely = service("lonely", "shop", selector={"app": "none"})
    assert "503: no pod is behind it" in run("--from", "web/own-v1", "http://lonely.shop", objects=[lonely]).stdout
    asks = policy("c", "shop", action="CUSTOM", provider={"name": "x"}, rules=[{}])
    assert "an external authorizer decides" in run("--from", "web/own-v1", "http://pay.shop", objects=[asks]).stdout


@pytest.mark.parametrize(
    ("url", "outside", "expected"),
    [
        ("reviews", False, ("http", "reviews", 80, "reviews", "/")),
        ("http://reviews:9080?q=1", False, ("http", "reviews", 9080, "reviews:9080", "/?q=1")),
        ("https://a.example.com/x", False, ("https", "a.example.com", 443, "", "")),
        ("https://a.example.com/x", True, ("https", "a.example.com", 443, "a.example.com", "/x")),
        ("tcp://db:5432", False, ("tcp", "db", 5432, "", "")),
    ],
)
def test_urls(url: str, outside: bool, expected: tuple[Any, ...]) -> None:
    found = request_of(url, Details(), outside)
    assert (found.protocol, found.host, found.port, found.authority, found.path) == expected


def test_headers_and_names() -> None:
    found = request_of("http://a", Details("POST", ("Host: b", "X-A: 1", "x-a: 2"), "", "", None), False)
    assert (found.authority, found.headers) == ("b", (("x-a", "1,2"),))
    assert shown(found) == "POST http://a/ (Host: b)"
    secure = request_of("https://a", Details(sni="b"), False)
    assert shown(secure) == "https://a (SNI b)"
    with pytest.raises(BadQuestion):
        request_of("http://a:99999", Details(), False)


def test_a_gateway_without_namespace_means_the_only_one_of_that_name(run: Any) -> None:
    one = gateway("front", "shop", server(80, "*"))
    pods = run("--gateway", "istio-ingressgateway", "http://pay.shop").stdout
    assert pods.startswith("gateway istio-system/istio-ingressgateway -> GET http://pay.shop/")
    assert run("--gateway", "front", "http://pay.shop", objects=[one]).stdout.startswith("gateway istio-system/edge ->")
    both = [one, gateway("front", "web", server(80, "*"))]
    result = run("--gateway", "front", "http://pay.shop", objects=both)
    assert result.exit_code == 2
    assert "front is in more than one namespace: shop/front, web/front" in result.output


def test_a_caller_of_two_namespaces(run: Any) -> None:
    result = run("--from", "own-v1", "http://pay.shop", objects=[deployment("own", "shop")])
    assert "own-v1 is in more than one namespace: shop/own-v1, web/own-v1" in result.output


def test_a_port_and_a_namespace_that_were_most_likely_not_meant(run: Any) -> None:
    assert run("--from", "shop/pay-v1", "http://pay:81").stderr == "note: Service shop/pay has no port 81; it has 80\n"
    assert "pay.shop would be one of another namespace" in run("--from", "web/own-v1", "http://pay").stderr
    assert run("--from", "web/own-v1", "http://pay.shop").stderr == ""
