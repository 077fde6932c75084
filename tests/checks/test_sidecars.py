"""Sidecars: what they import and hide, beyond the examples of the cards."""

from __future__ import annotations

import pytest

from checks.said import messages, said

HOST = "payments.shop.svc.cluster.local"


def sidecar(*hosts: str, namespace: str = "web", more: str = "") -> str:
    listed = ", ".join(f'"{host}"' for host in hosts)
    return f"""---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {{name: default, namespace: {namespace}}}
spec: {{egress: [{{hosts: [{listed}]{more}}}]}}
"""


def service(name: str = "payments", namespace: str = "shop", export: str = "*") -> str:
    return f"""---
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: {namespace}, annotations: {{networking.istio.io/exportTo: "{export}"}}}}
spec: {{ports: [{{name: http, port: 80}}]}}
"""


def routes(namespace: str, host: str = HOST, more: str = "") -> str:
    return f"""---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: routes, namespace: {namespace}}}
spec: {{hosts: [{host}], http: [{{route: [{{destination: {{host: {host}}}}}]}}]{more}}}
"""


@pytest.mark.parametrize(
    ("entry", "count"),
    [
        (f"shop/{HOST}", 0),
        (f"*/{HOST}", 0),
        ("shop/*", 0),
        ("nowhere/*", 0),
        ("./*.web.svc.cluster.local", 0),
        (f"~/{HOST}x", 0),
        (f"./{HOST}", 1),
        (f"ops/{HOST}", 1),
        ("shop/*.shop.svc.cluster.local", 0),
        ("web/*.shop.svc.cluster.local", 1),
        ("*/www.example.com", 1),
        (HOST, 0),
    ],
)
def test_what_an_entry_imports(entry: str, count: int) -> None:
    assert len(said("egress-host-not-found", sidecar(entry) + service(), world="complete")) == count


def test_files_that_may_not_be_all_say_nothing() -> None:
    assert not said("egress-host-not-found", sidecar("*/www.example.com", "ops/billing.ops.svc.cluster.local"))


def test_what_is_not_exported_is_not_imported() -> None:
    (said_,) = messages("egress-host-not-found", sidecar(f"shop/{HOST}") + service(export="."), world="complete")
    assert "not exported to namespace web" in said_


def test_a_service_may_be_kept_from_its_own_namespace() -> None:
    text = sidecar(f"./{HOST}", namespace="shop") + service(export="ops")
    assert len(said("egress-host-not-found", text, world="complete")) == 1


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (sidecar("./*", "shop/*") + service() + routes("ops"), 1),
        (sidecar("*/*") + service() + routes("ops"), 0),
        (sidecar("./*", f"*/{HOST}") + service() + routes("ops"), 0),
        (sidecar("./*", "shop/*") + service() + routes("ops", more=", exportTo: [.]"), 0),
        (sidecar("./*", "shop/*") + service() + routes("ops", more=", gateways: [ops/public]"), 0),
        (
            sidecar("./*", "shop/*", more=", port: {number: 80, name: http, protocol: HTTP}")
            + service()
            + routes("ops"),
            0,
        ),
        (sidecar("./*", "shop/*", f"~shop/{HOST}") + service() + routes("ops"), 0),
    ],
)
def test_hidden_routes(text: str, count: int) -> None:
    assert len(said("sidecar-hides-routes", text)) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (sidecar("./*") + service() + routes("web"), 1),
        (sidecar("./*", "shop/*") + service() + routes("web"), 0),
        (sidecar("./*") + routes("web"), 0),
        (sidecar("./*") + service(namespace="web") + routes("web", "payments"), 0),
        (sidecar("./*", "shop/*", f"~/{HOST}") + service() + routes("web"), 1),
    ],
)
def test_routes_of_what_is_not_imported(text: str, count: int) -> None:
    assert len(said("sidecar-hides-route-host", text)) == count


def test_a_sidecar_is_named_once() -> None:
    three = "".join(
        service(f"s{n}") + routes("web", f"s{n}.shop.svc.cluster.local").replace("routes,", f"r{n},") for n in range(3)
    )
    (found,) = messages("sidecar-hides-route-host", sidecar("./*") + three)
    assert "web/r0 routes s0" in found
    assert "2 more VirtualServices" in found
