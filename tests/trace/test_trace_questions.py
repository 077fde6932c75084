"""Who asks, what cannot be known, and what depends on who is older."""

from worlds import (
    Manifest,
    client,
    deployment,
    get,
    injected,
    namespace,
    service,
    thing,
    to,
    trace,
    virtual_service,
    world,
)  # fmt: skip

from istiolint.trace.question import Client, find_client
from istiolint.trace.tracer import Tracer

BASE = [*injected("shop"), service("pay", "shop"), deployment("pay", "shop"), deployment("pay", "shop", "v2")]


def found(mesh: object, name: str) -> str:
    answer = find_client(mesh, "shop", name)  # type: ignore[arg-type]
    return str(answer) if answer else ""


def test_clients_by_workload_service_or_app() -> None:
    mesh = world(BASE, service("front", "shop", selector={"app": "pay", "version": "v2"}))
    assert found(mesh, "pay-v2") == "shop/pay-v2"
    assert found(mesh, "front") == "shop/pay-v2"
    assert found(mesh, "pay") == "shop/pay-v1"
    assert found(mesh, "gone") == ""


def test_kinds_of_clients() -> None:
    ambient = namespace("amb", **{"istio.io/dataplane-mode": "ambient"})
    mesh = world(BASE, ambient, deployment("a", "amb"), namespace("bare"), deployment("b", "bare"))
    assert client(mesh, "shop/pay-v1").kind == "sidecar"
    assert client(mesh, "amb/a-v1").kind == "ambient"
    assert client(mesh, "bare/b-v1").kind == "none"
    assert Client("x", "y", "none").in_mesh is False


def test_a_sidecar_that_the_files_do_not_show_is_assumed_and_said() -> None:
    mesh = world(BASE[1:], world="auto")
    said = trace(mesh, "shop/pay-v1", get("pay"))
    assert said.outcome == "forward"
    assert any("whether shop/pay-v1 has a sidecar" in why for why in said.unknowns)


def patch(name: str, space: str, context: str, **spec: object) -> Manifest:
    item = {"applyTo": "HTTP_FILTER", "match": {"context": context}, "patch": {"operation": "REMOVE"}}
    return thing("EnvoyFilter", name, space, configPatches=[item], **spec)


def test_patches_of_proxies_are_unknown() -> None:
    assert not trace(world(BASE), "shop/pay-v1", get("pay")).unknowns
    for context in ("ANY", "SIDECAR_OUTBOUND", "SIDECAR_INBOUND"):
        said = trace(world(BASE, patch("f", "shop", context)), "shop/pay-v1", get("pay"))
        assert said.unknowns == ("EnvoyFilter shop/f may change it",)
    assert not trace(world(BASE, patch("f", "shop", "GATEWAY")), "shop/pay-v1", get("pay")).unknowns
    harmless = thing("EnvoyFilter", "f", "shop", configPatches=[{"applyTo": "BOOTSTRAP"}])
    assert not trace(world(BASE, harmless), "shop/pay-v1", get("pay")).unknowns
    plugin = thing("WasmPlugin", "w", "shop", "extensions.istio.io/v1alpha1", url="oci://x")
    assert trace(world(BASE, plugin), "shop/pay-v1", get("pay")).unknowns


def test_both_orders_of_age() -> None:
    one = virtual_service("a", "shop", ["pay"], {"redirect": {"uri": "/a"}})
    two = virtual_service("b", "shop", ["pay"], {"route": [to("pay", port=80)]})
    mesh = world(BASE, one, two)
    said = Tracer(mesh).both_ages(client(mesh, "shop/pay-v1"), get("pay"))
    assert said.outcome == "redirect"
    assert said.otherwise is not None
    assert said.otherwise.outcome == "forward"
    mesh = world(BASE, one)
    assert Tracer(mesh).both_ages(client(mesh, "shop/pay-v1"), get("pay")).otherwise is None


def test_expressions_that_envoy_refuses() -> None:
    odd = virtual_service("a", "shop", ["pay"], {"match": [{"uri": {"regex": "/(?!a).*"}}], "redirect": {"uri": "/"}})
    said = trace(world(BASE, odd), "shop/pay-v1", get("pay"))
    assert said.unknowns == ("Envoy refuses the regular expression /(?!a).*, and with it the whole route table",)
