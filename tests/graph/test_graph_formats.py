"""Drawings: what is in them, and that every format is well-formed and has all of it."""

import builtins
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from worlds import (
    Manifest,
    deployment,
    edge,
    gateway,
    injected,
    peer,
    policy,
    server,
    service,
    thing,
    to,
    virtual_service,
    worlds,
)

from istiolint.batch import Input
from istiolint.config import Config
from istiolint.engine import run
from istiolint.graph.cards import Deck, deck
from istiolint.graph.drawing import Drawing, Node, within
from istiolint.graph.formats import FORMATS, render
from istiolint.graph.graphml import Missing
from istiolint.graph.layout import SPACE, WIDTH, boxes
from istiolint.graph.model import draw
from istiolint.loading import load_mesh

SHOP = [
    *injected("shop", "web"), *edge(("http", 80, 8080)),
    service("pay", "shop"), deployment("pay", "shop"), deployment("pay", "shop", "v2"),
    service("cart", "shop"), deployment("cart", "shop", serviceAccountName="cart"), deployment("job", "web"),
    peer("all", "istio-system", "STRICT"),
    thing("DestinationRule", "pay", "shop", host="pay",
          subsets=[{"name": it, "labels": {"version": it}} for it in ("v1", "v2")]),
    virtual_service("pay", "shop", ["pay"],
                    {"match": [{"uri": {"prefix": "/new"}}], "route": [to("pay", "v3")], "mirror": {"host": "cart"}},
                    {"route": [to("pay", "v1", weight=3), to("pay", "v2", weight=1)]}),
    virtual_service("out", "shop", ["shop.example.com"], {"route": [to("cart")]}, gateways=["edge/public"]),
    gateway("public", "edge", server(80, "HTTP", "*")),
    policy("only-cart", "shop", selector={"matchLabels": {"app": "pay"}},
           rules=[{"from": [{"source": {"principals": ["cluster.local/ns/shop/sa/cart"]}}]}]),
    thing("ServiceEntry", "bank", "shop", hosts=["api.example.com"], resolution="DNS",
          ports=[{"number": 443, "name": "tls", "protocol": "TLS"}]),
]  # fmt: skip
PAY, CART = "host:pay.shop.svc.cluster.local", "host:cart.shop.svc.cluster.local"
GATEWAY = "Gateway edge/public"


def drawn(objects: list[Manifest]) -> Drawing:
    config = Config(world="complete", cache=False)
    inputs = [Input("all.yaml", yaml.safe_dump_all(objects).encode())]
    loaded = load_mesh(inputs, config)
    return draw(loaded.mesh, loaded.texts, run(inputs, config).report.findings)


@pytest.fixture(scope="module")
def drawing() -> Drawing:
    return drawn(SHOP)


@pytest.fixture(scope="module")
def cards(drawing: Drawing) -> Deck:
    return deck(drawing)


def node(drawing: Drawing, identity: str) -> Node:
    return next(it for it in drawing.nodes if it.id == identity)


def edges(drawing: Drawing, kind: str) -> set[tuple[str, str, str]]:
    return {(it.source, it.target, it.label) for it in drawing.edges if it.kind == kind}


def test_things_of_all_kinds_are_nodes(drawing: Drawing) -> None:
    assert {it.kind for it in drawing.nodes} == {
        "gateway", "route", "service", "external", "host", "subset", "workload", "policy"
    }  # fmt: skip
    assert node(drawing, PAY).facts[0] == ("host", "pay.shop.svc.cluster.local")
    assert ("mTLS", "STRICT (PeerAuthentication istio-system/all)") in node(
        drawing, "workload:Deployment shop/pay-v1"
    ).facts


def test_routes_have_weights_and_conditions(drawing: Drawing) -> None:
    subset = f"subset:{PAY.removeprefix('host:')}|"
    route = "VirtualService shop/pay"
    assert edges(drawing, "route") == {
        (route, f"{subset}v1", "75 %"), (route, f"{subset}v2", "25 %"), (route, f"{subset}v3", "if /new*"),
        ("VirtualService shop/out", CART, ""),
    }  # fmt: skip
    assert edges(drawing, "mirror") == {(route, CART, "mirror if /new*")}
    assert edges(drawing, "binds") == {(GATEWAY, "VirtualService shop/out", "")}
    assert (PAY, f"{subset}v3", "undefined") in edges(drawing, "subset")


def test_policies_have_edges_to_pods_and_from_callers(drawing: Drawing) -> None:
    name = "AuthorizationPolicy shop/only-cart"
    assert (name, "workload:Deployment shop/pay-v2", "ALLOW") in edges(drawing, "applies")
    assert edges(drawing, "allows") == {("workload:Deployment shop/cart-v1", name, "ALLOW")}
    assert (PAY, "workload:Deployment shop/pay-v1", "STRICT") in edges(drawing, "selects")


def test_findings_are_on_the_nodes_of_their_objects(drawing: Drawing) -> None:
    route = node(drawing, "VirtualService shop/pay")
    assert route.severity == "error"
    assert "subset-not-found" in {mark.rule for mark in route.marks}
    assert re.fullmatch(r"all\.yaml:\d+", route.place)


def test_a_namespace_is_drawn_with_what_it_is_linked_with(drawing: Drawing) -> None:
    part = within(drawing, ("edge",))
    assert "VirtualService shop/out" in {it.id for it in part.nodes}
    assert PAY not in {it.id for it in part.nodes}
    assert all({it.source, it.target} <= {one.id for one in part.nodes} for it in part.edges)


def test_cards_are_services_gateways_and_lone_workloads(cards: Deck) -> None:
    assert {it.title for it in cards.cards} == {"pay", "cart", "public", "job-v1", "api.example.com"}
    pay = next(it for it in cards.cards if it.id == PAY)
    assert [(it.title, it.label, it.wrong) for it in pay.rows] == [
        ("v1", "75 %", False), ("v2", "25 %", False), ("v3", "if /new*", True)
    ]  # fmt: skip
    assert (pay.badge, pay.severity) == ("STRICT", "error")
    assert {(it.source, it.target, it.kind, it.label) for it in cards.links} == {
        (GATEWAY, CART, "binds", "shop.example.com"), (PAY, CART, "mirror", "mirror if /new*"),
        (CART, PAY, "allows", ""),
    }  # fmt: skip


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(worlds())
def test_no_card_lies_on_another_and_none_leaves_its_box(objects: list[Manifest]) -> None:
    made = deck(drawn(objects))
    placed = boxes(made)
    assert sorted(it.card.id for box in placed for it in box.cards) == sorted(it.id for it in made.cards)
    assert {end for it in made.links for end in (it.source, it.target)} <= {it.id for it in made.cards}
    for at, box in enumerate(placed):
        for other in placed[:at]:
            apart = box.x >= other.x + other.width + SPACE or other.x >= box.x + box.width + SPACE
            assert apart or box.y >= other.y + other.height + SPACE or other.y >= box.y + box.height + SPACE
        for number, one in enumerate(box.cards):
            assert 0 < one.x <= box.width - WIDTH
            assert 0 < one.y <= box.height - one.height
            for two in box.cards[:number]:
                assert one.x != two.x or one.y >= two.y + two.height or two.y >= one.y + one.height


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(worlds())
def test_every_world_is_drawn_in_every_format(objects: list[Manifest]) -> None:
    drawing = drawn(objects)
    for form in FORMATS:
        assert render(form, drawing) == render(form, drawing)


def test_json_has_it_all(drawing: Drawing) -> None:
    said = json.loads(render("json", drawing))
    assert said["version"] == 1
    assert [it["id"] for it in said["nodes"]] == [it.id for it in drawing.nodes]
    assert len(said["edges"]) == len(drawing.edges)
    assert {it["name"]: it["said"] for it in said["namespaces"]}["shop"] == "mTLS STRICT"


def test_graphml_has_it_all(drawing: Drawing) -> None:
    networkx = pytest.importorskip("networkx")
    graph = networkx.parse_graphml(render("graphml", drawing), force_multigraph=True)
    assert set(graph.nodes) == {it.id for it in drawing.nodes}
    assert graph.number_of_edges() == len(drawing.edges)
    assert graph.nodes[PAY]["namespace"] == "shop"


def test_graphml_without_networkx_is_told(drawing: Drawing, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any) -> Any:
        if name == "networkx":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(Missing, match="extra, graph"):
        render("graphml", drawing)


def test_dot_and_mermaid_name_every_node_and_edge(drawing: Drawing) -> None:
    dot, mermaid = render("dot", drawing), render("mermaid", drawing)
    assert dot.count(" -> ") == len(drawing.edges) == len(re.findall(r"^  n\d+ -\.?-", mermaid, re.MULTILINE))
    for it in drawing.nodes:
        assert f"{json.dumps(it.id)} [label=" in dot
        assert f'"{it.title}"' in mermaid
    assert dot.count("{") == dot.count("}")


@pytest.mark.skipif(not shutil.which("dot"), reason="no Graphviz here")
def test_graphviz_takes_it(drawing: Drawing) -> None:
    done = subprocess.run(["dot", "-Tsvg"], input=render("dot", drawing), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_svg_has_a_card_for_each_service_and_a_line_for_each_link(drawing: Drawing, cards: Deck) -> None:
    root = ET.fromstring(render("svg", drawing))
    groups = [it.get("class", "").split(" ")[0] for it in root.iter("{http://www.w3.org/2000/svg}g")]
    assert groups.count("card") == len(cards.cards)
    assert groups.count("link") == len(cards.links)


def test_names_with_special_characters_break_no_format() -> None:
    evil = '</script><b>&"x'
    drawing = drawn([virtual_service("a", "shop", [evil], {"route": [to(evil + "2")]}), *SHOP])
    assert ET.fromstring(render("svg", drawing)) is not None
    page = render("html", drawing)
    assert page.count("</script>") == 1
    data = re.search(r"const data = (.*);$", page, re.MULTILINE)
    assert data is not None
    assert any(evil in it["id"] for it in json.loads(data[1])["nodes"])


def test_names_that_no_cluster_takes_are_drawn_as_they_are() -> None:
    found = drawn([gateway("a/b", "edge", server(80, "HTTP", "*")), virtual_service("c/d", "shop", ["x.example.com"])])
    names = {it.title: it.kind for it in found.nodes}
    assert (names["a/b"], names["c/d"]) == ("gateway", "route")


def test_the_page_needs_nothing_from_elsewhere(drawing: Drawing) -> None:
    page = render("html", drawing).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"""(?:src|href|url|import)\s*[=(]\s*["']?(?!#|\(#)(?:https?:)?//""", page)
    assert "<link" not in page
    assert "<script src" not in page


CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
@pytest.mark.parametrize("chosen", [False, True])
def test_the_page_works_in_a_browser(drawing: Drawing, tmp_path: Path, chosen: bool) -> None:
    page = tmp_path / "mesh.html"
    page.write_text(render("html", drawing), encoding="utf-8")
    assert CHROMIUM is not None
    url = page.as_uri() + (f"#{PAY}" if chosen else "")
    done = subprocess.run(
        [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000",
         f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", url],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert 'data-ready="5 cards, 3 lines"' in done.stdout
    pane = done.stdout.partition('<aside id="pane"')[2]
    assert ("subset-not-found" in pane.partition("<script>")[0]) == chosen
    assert done.stdout.count('type="checkbox"') == 2 + 3
