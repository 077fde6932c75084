"""The profile `ambient`: what would be lost, where nothing is ambient yet."""

from __future__ import annotations

import pytest

from checks.said import said
from istiolint import cards
from istiolint.batch import Input
from istiolint.config_load import load
from istiolint.engine import run
from istiolint.finding import Finding
from mesh.worlds import namespace, thing

PAGES = [page for page in cards.pages() if page.card.family == "migration"]
AMBIENT = namespace("shop", istio__io_s_dataplane_mode="ambient") + namespace(
    "web", istio__io_s_dataplane_mode="ambient"
)


def found(text: str, profile: str) -> list[Finding]:
    config = load(no_config=True, options={"profile": profile}, environ={})._replace(cache=False)
    return list(run([Input("a.yaml", text.encode())], config).report.findings)


def bad(page: cards.Page) -> str:
    return next(fence.text for fence in page.fences if fence.heading == "Bad")


def test_the_profile_has_rules_of_its_own() -> None:
    assert len(PAGES) > 5
    assert {page.card.name for page in PAGES} == {it.name for it in cards.catalog().values() if it.profile == "ambient"}


@pytest.mark.parametrize("page", PAGES, ids=[page.card.name for page in PAGES])
def test_only_who_asks_is_told(page: cards.Page) -> None:
    assert page.card.name not in {it.rule for it in found(bad(page), "default")}
    assert page.card.name in {it.rule for it in found(bad(page), "ambient")}


@pytest.mark.parametrize("page", PAGES, ids=[page.card.name for page in PAGES])
def test_where_ambient_mode_is_on_the_default_rules_speak(page: cards.Page) -> None:
    assert not said(page.card.name, bad(page) + AMBIENT)


@pytest.mark.parametrize(
    ("kind", "spec", "speaks"),
    [
        ("AuthorizationPolicy", {"action": "CUSTOM", "provider": {"name": "x"}, "rules": [{}]}, True),
        ("AuthorizationPolicy", {"rules": [{"to": [{"operation": {"ports": ["80"]}}]}]}, False),
        ("AuthorizationPolicy", {"selector": {"matchLabels": {"istio": "ingressgateway"}}, "action": "AUDIT"}, False),
    ],
)
def test_policies_that_ztunnel_ignores(kind: str, spec: dict[str, object], speaks: bool) -> None:
    policy = thing(kind, "x", "shop", "security.istio.io/v1", **spec)
    assert bool(said("layer-7-policy-lost-in-ambient", policy)) == speaks


def test_telemetry_of_the_whole_mesh_reaches_waypoints() -> None:
    def telemetry(space: str) -> str:
        return thing("Telemetry", "x", space, "telemetry.istio.io/v1", tracing=[{"randomSamplingPercentage": 1}])

    assert not said("extension-lost-in-ambient", telemetry("istio-system"))
    assert not said("extension-lost-in-ambient", telemetry(""))
    assert said("extension-lost-in-ambient", telemetry("shop"))
