"""More objects than the worlds of traces have: what only few manifests hold, and comparisons must not miss."""

from __future__ import annotations

from hypothesis import strategies as st
from worlds import (
    ANY_SPACE,
    ENTRIES,
    EXPORT,
    HOSTS,
    NAMES,
    OBJECTS,
    SPACES,
    edge,
    gateway,
    namespace,
    policy,
    server,
    service,
    thing,
    to,
    virtual_service,
    worlds,
)  # fmt: skip

KUBE = "gateway.networking.k8s.io/v1"
OUTSIDE = st.sampled_from(["www.example.com", "shop.example.com", "*.example.com"])
GATEWAYS = st.sampled_from([["istio-system/front"], ["istio-system/front", "mesh"], ["istio-system/back"]])
SERVERS = st.sampled_from(
    [
        server(80, "HTTP", "*"),
        server(80, "HTTP", "www.example.com", httpsRedirect=True),
        server(443, "HTTPS", "*.example.com", mode="SIMPLE", credentialName="c"),
        server(443, "TLS", "shop.example.com", mode="PASSTHROUGH"),
        server(5432, "TCP", "*"),
    ]
)

BOUND = st.builds(
    lambda name, hosts, http, gateways: virtual_service(name, "shop", hosts, *http, gateways=gateways),
    st.sampled_from(["one", "edge"]), st.lists(OUTSIDE, min_size=1, max_size=2, unique=True),
    st.lists(ENTRIES, min_size=1, max_size=2), GATEWAYS,
)  # fmt: skip

RARE = st.one_of(
    BOUND,
    st.builds(
        lambda name, servers: gateway(name, "istio-system", *servers),
        st.sampled_from(["front", "back"]), st.lists(SERVERS, min_size=1, max_size=2),
    ),
    st.builds(
        lambda name, space, host, to_space: virtual_service(
            name, space, [host],
            {"match": [{"uri": {"prefix": "/a"}}], "delegate": {"name": "leaf", "namespace": to_space}},
        ),
        st.sampled_from(["one", "root"]), SPACES, HOSTS, SPACES,
    ),
    st.builds(
        lambda space, http: thing("VirtualService", "leaf", space, http=http), SPACES, st.lists(ENTRIES, max_size=2)
    ),
    st.builds(
        lambda name, space, host, route: thing("VirtualService", name, space, hosts=[host], **route),
        st.sampled_from(["two", "opaque"]), SPACES, st.one_of(HOSTS, OUTSIDE),
        st.sampled_from(
            [
                {"tcp": [{"route": [to("cart.shop.svc.cluster.local", port=80)]}]},
                {"tcp": [{"match": [{"port": 5432}], "route": [to("pay")]}], "gateways": ["istio-system/back", "mesh"]},
                {"tls": [{"match": [{"sniHosts": ["shop.example.com"]}], "route": [to("pay.web.svc.cluster.local")]}],
                 "gateways": ["istio-system/front", "mesh"]},
            ]
        ),
    ),
    st.builds(
        lambda name, space, app, context: thing(
            "EnvoyFilter", name, space, "networking.istio.io/v1alpha3",
            configPatches=[{"applyTo": "HTTP_FILTER", "match": {"context": context}}],
            **({"workloadSelector": {"labels": app}} if app else {}),
        ),
        NAMES, ANY_SPACE, st.sampled_from([{}, {"app": "pay"}]), st.sampled_from(["ANY", "SIDECAR_INBOUND", "GATEWAY"]),
    ),
    st.builds(
        lambda name, space, app: thing(
            "WasmPlugin", name, space, "extensions.istio.io/v1alpha1", url="oci://x",
            **({"selector": {"matchLabels": app}} if app else {}),
        ),
        NAMES, ANY_SPACE, st.sampled_from([{}, {"app": "pay"}]),
    ),
    st.builds(
        lambda name, space, to_host: service(name, space, type="ExternalName", externalName=to_host, selector={}),
        st.sampled_from(["alias", "cart"]), SPACES,
        st.sampled_from(["pay.shop.svc.cluster.local", "db.example.com", "cart.web.svc.cluster.local"]),
    ),
    st.builds(
        lambda name, space, ports: service(
            name, space, clusterIP="None", selector={"app": "pay"},
            ports=[{"name": f"{name}-x", "port": port, "targetPort": port} for port in ports],
        ),
        st.sampled_from(["tcp", "http"]), SPACES, st.sampled_from([[80], [5432], [8080, 80]]),
    ),
    st.builds(
        lambda space, host, resolution, addresses, endpoints, protocol, export: thing(
            "ServiceEntry", "two", space, hosts=[host], resolution=resolution, location="MESH_INTERNAL", **addresses,
            **endpoints, **export, ports=[{"number": 80, "name": "x", "protocol": protocol}],
        ),
        SPACES, st.sampled_from(["www.example.com", "pay.shop.svc.cluster.local", "*.example.com"]),
        st.sampled_from(["STATIC", "NONE", "DNS"]), st.sampled_from([{}, {"addresses": ["240.0.0.1"]}]),
        st.sampled_from(
            [{}, {"workloadSelector": {"labels": {"app": "cart"}}}, {"endpoints": [{"address": "1.2.3.4"}]}]
        ),
        st.sampled_from(["HTTP", "TCP", "TLS"]), EXPORT,
    ),
    st.builds(
        lambda space, selector, egress, ingress: thing("Sidecar", "two", space, **selector, **egress, **ingress),
        ANY_SPACE, st.sampled_from([{}, {"workloadSelector": {"labels": {"app": "pay"}}}]),
        st.sampled_from(
            [
                {"egress": [{"hosts": ["./*"]}]},
                {"egress": [{"hosts": ["*/*"], "port": {"number": 80, "protocol": "TCP", "name": "t"}}]},
                {"egress": [{"hosts": ["shop/*"]}], "outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"}},
            ]
        ),
        st.sampled_from(
            [
                {},
                {
                    "ingress": [
                        {"port": {"number": 8080, "protocol": "TCP", "name": "t"}, "defaultEndpoint": "0.0.0.0:8080"}
                    ]
                },
            ]
        ),
    ),
    st.builds(
        lambda space, app, action: policy("edge", space, action=action, selector={"matchLabels": app}, rules=[{}]),
        ANY_SPACE, st.sampled_from([{"istio": "ingressgateway"}, {"app": "cart"}]), st.sampled_from(["ALLOW", "DENY"]),
    ),
    st.builds(
        lambda space, parent, host, backend: thing(
            "HTTPRoute", "one", space, KUBE, parentRefs=[parent],
            **({"hostnames": [host]} if "group" not in parent else {}),
            rules=[{"backendRefs": [{"name": backend, "port": 80}]}],
        ),
        SPACES,
        st.sampled_from(
            [{"group": "", "kind": "Service", "name": "pay"}, {"name": "kube", "namespace": "istio-system"}]
        ),
        OUTSIDE, NAMES,
    ),
    st.builds(
        lambda frm: thing(
            "Gateway", "kube", "istio-system", KUBE, gatewayClassName="istio",
            listeners=[
                {"name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": frm}}}
            ],
        ),
        st.sampled_from(["All", "Same"]),
    ),
    st.builds(
        lambda mode, retries: {
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "istio", "namespace": "istio-system"},
            "data": {
                "mesh": f"outboundTrafficPolicy: {{mode: {mode}}}\ndefaultHttpRetryPolicy: {{attempts: {retries}}}\n"
            },
        },
        st.sampled_from(["ALLOW_ANY", "REGISTRY_ONLY"]), st.sampled_from([0, 2]),
    ),
    st.builds(lambda name: namespace(name, istio_injection="enabled"), st.sampled_from(["istio-system", "shop"])),
    st.builds(
        lambda name, space: thing(
            "WorkloadEntry", name, space, address="10.9.9.9", labels={"app": "cart", "version": "v1"}
        ),
        NAMES, SPACES,
    ),
)  # fmt: skip

ANY_OBJECT = st.one_of(OBJECTS, RARE)


@st.composite
def rich_worlds(draw: st.DrawFn) -> list[dict[str, object]]:
    """The worlds of traces, with an edge, and some rare objects."""
    exposed = draw(st.sampled_from([(("http2", 80, 8080), ("https", 443, 8443), ("tcp", 5432, 5432)),
                                    (("http2", 80, 80), ("https", 443, 443))]))  # fmt: skip
    found = [*draw(worlds()), *edge(*exposed)]
    if draw(st.booleans()):
        found.append(gateway("front", "istio-system", *draw(st.lists(SERVERS, min_size=1, max_size=3))))
        found += draw(st.lists(BOUND, min_size=1, max_size=2))
    found += draw(st.lists(RARE, max_size=5))
    return list(
        {(it["kind"], it["metadata"]["name"], it["metadata"].get("namespace", "")): it for it in found}.values()
    )
