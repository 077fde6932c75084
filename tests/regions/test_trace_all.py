"""`istiolint trace --all`: the ways of all requests to a host, for people and as JSON."""

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
    policy,
    ports,
    server,
    service,
    thing,
    to,
    virtual_service,
)

from istiolint.cli.main import cli

SUBSETS = [{"name": it, "labels": {"version": it}} for it in ("v1", "v2")]
BASE = [
    *injected("shop", "web"), service("pay", "shop", ports=ports(("http", 80, 8080), ("tcp-db", 5432, 5432))),
    deployment("pay", "shop"), deployment("pay", "shop", "v2"), deployment("own", "web"), *edge(),
    thing("DestinationRule", "pay", "shop", host="pay", subsets=SUBSETS),
]  # fmt: skip
ROUTES = virtual_service(
    "pay", "shop", ["pay"],
    {"match": [{"uri": {"prefix": "/old/"}}], "redirect": {"authority": "new.example.com"}},
    {"match": [{"uri": {"regex": "/api/v[12]/.*"}, "headers": {"x-user": {"exact": "b"}}}], "route": [to("pay", "v2")]},
    {"match": [{"uri": {"prefix": "/api"}}], "route": [to("pay", "v1", weight=90), to("pay", "v2", weight=10)]},
    {"match": [{"uri": {"prefix": "/admin"}}], "rewrite": {"uri": "/in"}, "route": [to("pay", "v1")]},
)  # fmt: skip
DENIAL = policy(
    "deny", "shop", action="DENY", selector={"matchLabels": {"app": "pay"}},
    rules=[{"to": [{"operation": {"paths": ["/in/secret*"]}}, {"operation": {"methods": ["DELETE"]}}]}],
)  # fmt: skip


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def asked(*words: str, objects: list[Manifest]) -> Result:
        Path("mesh.yaml").write_text(yaml.safe_dump_all([*BASE, *objects], sort_keys=False))
        return CliRunner().invoke(cli, ["trace", "--all", *words, "mesh.yaml", "--no-config"])

    return asked


def blocks(text: str) -> list[list[str]]:
    return [block.splitlines() for block in text.strip().split("\n\n")]


def test_each_way_is_told_with_its_requests(run: Any) -> None:
    result = run("--from", "web/own-v1", "pay.shop:80", objects=[ROUTES, DENIAL])
    assert result.exit_code == 0
    head, *ways = blocks(result.stdout)
    assert head[0] == "web/own-v1 -> http://pay.shop"
    assert "has the routes of VirtualService shop/pay" in head[1]
    said = {way[0].split("  ")[0]: way[1:] for way in ways}
    assert set(said) == {
        "404: the host has no route for it",
        "301 to http://new.example.com/...",
        "90 % pay.shop.svc.cluster.local:80, subset v1",
        "pay.shop.svc.cluster.local:80, subset v1",
        "pay.shop.svc.cluster.local:80, subset v2",
        "denied by AuthorizationPolicy shop/deny, rule 0",
    }
    shared = said["90 % pay.shop.svc.cluster.local:80, subset v1"]
    assert shared[0] == "10 % pay.shop.svc.cluster.local:80, subset v2"
    assert shared[1].startswith("    GET /api  route 2: path begins with /api  mesh.yaml:")
    assert said["pay.shop.svc.cluster.local:80, subset v1"][0] == "  the path is rewritten"
    denied = " ".join(said["denied by AuthorizationPolicy shop/deny, rule 0"])
    assert "GET /in/secret" not in denied
    assert "GET /admin/secret" in denied
    assert "DELETE /api " in denied
    assert "GET /api/v1/ (x-user: b)" in " ".join(said["pay.shop.svc.cluster.local:80, subset v2"])
    assert max(map(len, result.stdout.splitlines())) <= 100


def test_without_a_port_all_ports_are_told(run: Any) -> None:
    text = run("--from", "web/own-v1", "pay.shop", objects=[]).stdout
    assert "web/own-v1 -> http://pay.shop\n" in text
    assert "web/own-v1 -> tcp://pay.shop:5432\n" in text


def test_json_says_the_same(run: Any) -> None:
    said = json.loads(run("--from", "web/own-v1", "pay.shop:80", "-f", "json", objects=[ROUTES, DENIAL]).stdout)
    (host,) = said["hosts"]
    assert (host["host"], host["port"], host["exhaustive"], host["unknown"]) == ("pay.shop", 80, True, [])
    denied = next(way for way in host["ways"] if way["fates"][0]["said"].startswith("denied"))
    assert denied["fates"][0]["good"] is False
    assert denied["fates"][0]["by"]["path"] == "/spec/rules/0"
    assert {it["request"]["path"] for it in denied["requests"]} >= {"/admin/secret", "/api"}
    assert denied["trace"]["destinations"][0]["backends"][0]["authorization"]["verdict"] == "deny"
    hole = next(way for way in host["ways"] if way["trace"]["outcome"] == "no-route-404")
    assert hole["requests"][0]["request"] == {"method": "GET", "path": "/", "authority": "pay.shop"}


def test_a_gateway(run: Any) -> None:
    front = [
        gateway("gw", "shop", server(80, "HTTP", "*"), server(443, "HTTPS", "www.example.com", mode="SIMPLE")),
        virtual_service(
            "www",
            "shop",
            ["www.example.com"],
            {"match": [{"uri": {"prefix": "/a"}}], "route": [to("pay")]},
            gateways=["gw"],
        ),
        policy("ip", "istio-system", action="DENY", rules=[{"from": [{"source": {"ipBlocks": ["10.0.0.0/8"]}}]}]),
    ]
    text = run("--gateway", "istio-system/edge", "www.example.com", objects=front).stdout
    assert "gateway istio-system/edge -> http://www.example.com\n" in text
    assert "gateway istio-system/edge -> https://www.example.com\n" in text
    assert "denied at the gateway by AuthorizationPolicy istio-system/ip, rule 0" in text
    assert "(from 10.0.0.1)" in text
    assert text.count("404: the host has no route for it") == 2


def test_what_is_only_tried_out_is_said(run: Any) -> None:
    match = {"uri": {"regex": r"/a\b.*"}}
    odd = virtual_service("pay", "shop", ["pay"], {"match": [match], "route": [to("pay")]})
    text = run("--from", "web/own-v1", "pay.shop:80", objects=[odd]).stdout
    assert "There may be more: what the expression /a\\b.* takes is only tried out." in text.replace("\n  ", " ")


def test_unknown_ages_are_said(run: Any) -> None:
    one = virtual_service("a", "shop", ["pay"], {"redirect": {"uri": "/a"}})
    two = virtual_service("b", "shop", ["pay"], {"directResponse": {"status": 403}})
    assert "Not certain: the files do not say" in run("--from", "web/own-v1", "pay.shop:80", objects=[one, two]).stdout


@pytest.mark.parametrize("option", [("--header", "a: b"), ("--claims", "{}"), ("--sni", "a")])
def test_options_of_one_request_are_refused(run: Any, option: tuple[str, str]) -> None:
    result = run("--from", "web/own-v1", "pay.shop", *option, objects=[])
    assert result.exit_code == 2
    assert f"{option[0]} is for one request" in result.output
