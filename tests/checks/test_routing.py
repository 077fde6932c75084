"""Where VirtualServices lead: what the examples of cards cannot show."""

from __future__ import annotations

import pytest

from checks.said import messages
from mesh.worlds import route, rule, service, thing


@pytest.mark.parametrize(
    ("exports", "count"),
    [([], 0), (["*"], 0), (["."], 0), (["web"], 1), (["web", "."], 0), (["desk"], 0), (["desk", "web"], 1)],
)
def test_a_destination_must_be_seen_by_those_whom_the_routes_are_for(exports: list[str], count: int) -> None:
    hidden = service("pay", "shop", annotations={"networking.istio.io/exportTo": "., desk"})
    said = messages("host-not-found", hidden + route("pay", "shop", "pay", exportTo=exports))
    assert len(said) == count
    assert all("not exported to namespace web" in it for it in said)


def test_ports_of_one_host_in_several_namespaces_are_not_added_up() -> None:
    def entry(namespace: str, number: int) -> str:
        ports = [{"number": number, "name": "http", "protocol": "HTTP"}]
        return thing("ServiceEntry", f"api-{number}", namespace, hosts=["api.example.com"], ports=ports)

    own = route("pay", "shop", "api.example.com")
    assert not messages("destination-port-missing", own + entry("shop", 80) + entry("web", 8080))
    assert messages("destination-port-missing", own + entry("shop", 80) + entry("shop", 8080))
    assert messages("destination-port-missing", own + entry("web", 80) + entry("web", 8080))


@pytest.mark.parametrize(("host", "count"), [("pay", 1), ("pya", 0), ("pay.shop", 0)])
def test_of_a_host_that_is_misspelt_the_subset_is_not_missed(host: str, count: int) -> None:
    world = rule("pay", "shop", "pay", "v1") + (service("pay", "shop") if host != "pay" else "")
    said = messages("subset-not-found", world + route("pay", "shop", f"{host}|v9"), world="complete")
    assert len(said) == count
