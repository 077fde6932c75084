"""Matches that nothing reaches: what keeps the rules quiet."""

from __future__ import annotations

from typing import Any

import pytest

from checks.said import messages
from mesh.worlds import service, thing


def matching(match: dict[str, Any], *hosts: str, section: str = "http", **spec: Any) -> str:
    entry = {"match": [match], "route": [{"destination": {"host": "pay", "port": {"number": 80}}}]}
    return thing("VirtualService", "pay", "shop", **{"hosts": list(hosts) or ["pay"], section: [entry], **spec})


def gateway(*ports: int) -> str:
    servers = [
        {"port": {"number": it, "name": f"http-{it}", "protocol": "HTTP"}, "hosts": ["shop.example.com"]}
        for it in ports
    ]
    return thing("Gateway", "edge", "shop", selector={"istio": "ingressgateway"}, servers=servers)


@pytest.mark.parametrize(
    ("port", "hosts", "section", "spec", "speaks"),
    [
        (8080, ["pay"], "http", {}, True),
        (9090, ["pay"], "http", {}, False),
        (80, ["pay"], "http", {}, False),  # sidecars look at all VirtualServices on port 80
        (80, ["pay"], "tcp", {}, True),
        (8080, ["pay", "elsewhere"], "http", {}, False),
        (8080, ["*.shop.svc.cluster.local"], "http", {}, False),
        (8080, ["pay"], "http", {"gateways": ["nowhere"]}, False),
        (8080, ["shop.example.com"], "http", {"gateways": ["edge"]}, True),
        (80, ["shop.example.com"], "http", {"gateways": ["edge"]}, False),
        (443, ["shop.example.com"], "http", {"gateways": ["edge"]}, False),
        (443, ["shop.example.com", "pay"], "http", {"gateways": ["edge", "mesh"]}, False),
        (8080, [], "http", {"hosts": []}, False),
    ],
)
def test_ports_that_nobody_asks(port: int, hosts: list[str], section: str, spec: dict[str, Any], speaks: bool) -> None:
    world = service("pay", "shop", 9090) + gateway(80, 443)
    assert bool(
        messages("match-port-not-served", world + matching({"port": port}, *hosts, section=section, **spec))
    ) == (speaks)


@pytest.mark.parametrize(
    ("match", "speaks"),
    [
        ({"uri": {"regex": "^/api"}}, True),
        ({"uri": {"regex": "^/api$"}}, False),
        ({"uri": {"regex": "^/api.*"}}, False),
        ({"uri": {"regex": "^/api(/x)?"}}, False),
        ({"uri": {"regex": "/api"}}, False),
        ({"uri": {"regex": "^[broken"}}, False),
        ({"uri": {"exact": "^/api"}}, False),
    ],
)
def test_expressions_without_an_end(match: dict[str, Any], speaks: bool) -> None:
    assert bool(messages("regex-without-rest", matching(match))) == speaks


@pytest.mark.parametrize(
    ("regex", "speaks"), [("/pay", True), ("(?i)/pay", False), ("/[0-9]+", False), ("/[a-zA-Z]+", False)]
)
def test_expressions_whose_case_matters(regex: str, speaks: bool) -> None:
    match = {"uri": {"regex": regex}, "ignoreUriCase": True}
    assert bool(messages("case-of-regex-not-ignored", matching(match))) == speaks


@pytest.mark.parametrize(("gateways", "speaks"), [(["mesh"], True), (["edge"], False), (["edge", "mesh"], False)])
def test_schemes_are_told_at_gateways(gateways: list[str], speaks: bool) -> None:
    found = messages("https-scheme-in-mesh", matching({"scheme": {"exact": "https"}}, gateways=gateways))
    assert bool(found) == speaks
