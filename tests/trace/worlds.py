"""Worlds for traces: a few words to a mesh, and generated ones for laws."""

from __future__ import annotations

from array import array
from typing import Any

from hypothesis import strategies as st

from istiolint.mesh import MeshSettings, build
from istiolint.mesh.mesh import Mesh
from istiolint.source.document import Document
from istiolint.source.spans import SpanTable
from istiolint.trace.question import Client, Request, client_of
from istiolint.trace.result import Trace
from istiolint.trace.tracer import Tracer

SECURITY = "security.istio.io/v1"
Manifest = dict[str, Any]


def document(value: Manifest, file: str = "a.yaml", index: int = 0) -> Document:
    """A document of a plain value; traces need no spans."""
    return Document(file, index, value, SpanTable(value, array("l")))


def thing(kind: str, name: str, space: str = "", group: str = "networking.istio.io/v1", **spec: Any) -> Manifest:
    """An object."""
    metadata: dict[str, Any] = {"name": name, **({"namespace": space} if space else {})}
    for key in ("labels", "annotations", "creationTimestamp"):
        if key in spec:
            metadata[key] = spec.pop(key)
    return {"apiVersion": group, "kind": kind, "metadata": metadata, "spec": spec}


def namespace(name: str, **labels: str) -> Manifest:
    """A Namespace; of label names `_` stands for `-`."""
    return thing("Namespace", name, "", "v1", labels={key.replace("_", "-"): it for key, it in labels.items()})


def service(name: str, space: str, **spec: Any) -> Manifest:
    """A Service of the pods `app: name`, with HTTP on port 80 and 8080 of the pods if nothing else is said."""
    return thing(
        "Service", name, space, "v1", **{"selector": {"app": name}, "ports": ports(("http", 80, 8080)), **spec}
    )


def deployment(name: str, space: str, version: str = "v1", **pod: Any) -> Manifest:
    """A Deployment whose pods are labelled `app: name` and `version`, and what `labels` and `annotations` add."""
    metadata = {"labels": {"app": name, "version": version, **pod.pop("labels", {})}}
    if "annotations" in pod:
        metadata["annotations"] = pod.pop("annotations")
    spec = {"replicas": pod.pop("replicas", 1)}
    template = {"metadata": metadata, "spec": {"containers": [{"name": "app", "image": "x"}], **pod}}
    return thing("Deployment", f"{name}-{version}", space, "apps/v1", template=template, **spec)


def world(*objects: Manifest | list[Manifest], **settings: Any) -> Mesh:
    """A complete mesh of these objects."""
    flat = [one for it in objects for one in (it if isinstance(it, list) else [it])]
    found = [document(it, "a.yaml", at) for at, it in enumerate(flat)]
    return build(found, MeshSettings(**{"world": "complete", **settings}))


def injected(*names: str) -> list[Manifest]:
    """Namespaces whose pods get sidecars."""
    return [namespace(name, istio_injection="enabled") for name in names]


def client(mesh: Mesh, name: str, ip: str = "") -> Client:
    """The client `namespace/workload`."""
    space, _, short = name.partition("/")
    return client_of(mesh, next(it for it in mesh.workloads if (it.namespace, it.name) == (space, short)), ip)


def get(host: str, port: int = 80, path: str = "/", **more: Any) -> Request:
    """A plain request to a host."""
    authority = more.pop("authority", host if port == 80 else f"{host}:{port}")
    headers = tuple(more.pop("headers", {}).items())
    return Request("http", host, port, authority, more.pop("method", "GET"), path, headers, **more)


def trace(mesh: Mesh, name: str, request: Request) -> Trace:
    """What happens to a request of a workload."""
    return Tracer(mesh).trace(client(mesh, name), request)


def virtual_service(name: str, space: str, hosts: list[str], *http: Any, **spec: Any) -> Manifest:
    """A VirtualService with these `http` entries."""
    return thing("VirtualService", name, space, hosts=hosts, **({"http": list(http)} if http else {}), **spec)


def to(host: str, subset: str = "", port: int = 0, weight: int | None = None) -> dict[str, Any]:
    """An item of `route`."""
    destination: dict[str, Any] = {"host": host}
    if subset:
        destination["subset"] = subset
    if port:
        destination["port"] = {"number": port}
    return {"destination": destination} if weight is None else {"destination": destination, "weight": weight}


def policy(name: str, space: str, **spec: Any) -> Manifest:
    """An AuthorizationPolicy."""
    return thing("AuthorizationPolicy", name, space, SECURITY, **spec)


def peer(name: str, space: str, mode: str, **spec: Any) -> Manifest:
    """A PeerAuthentication."""
    return thing("PeerAuthentication", name, space, SECURITY, mtls={"mode": mode}, **spec)


def ports(*written: tuple[str, int, int]) -> list[dict[str, Any]]:
    """Ports of a Service: name, port, target port."""
    return [{"name": name, "port": port, "targetPort": target} for name, port, target in written]


def edge(*written: tuple[str, int, int]) -> list[Manifest]:
    """A gateway's Deployment and Service in istio-system."""
    metadata = {"labels": {"istio": "ingressgateway"}, "annotations": {"inject.istio.io/templates": "gateway"}}
    pod = {"serviceAccountName": "edge", "containers": [{"name": "istio-proxy", "image": "auto"}]}
    exposed = ports(*(written or (("http2", 80, 8080), ("https", 443, 8443))))
    return [
        thing("Deployment", "edge", "istio-system", "apps/v1", template={"metadata": metadata, "spec": pod}),
        thing("Service", "edge", "istio-system", "v1", selector={"istio": "ingressgateway"}, ports=exposed),
    ]


def gateway(name: str, space: str, *servers: dict[str, Any], **spec: Any) -> Manifest:
    """A Gateway of the pods that `edge` makes."""
    return thing("Gateway", name, space, selector={"istio": "ingressgateway"}, servers=list(servers), **spec)


def server(number: int, protocol: str, *hosts: str, name: str = "", **tls: Any) -> dict[str, Any]:
    """A server of a Gateway."""
    found: dict[str, Any] = {
        "port": {"number": number, "protocol": protocol, "name": name or f"{protocol.lower()}-{number}"},
        "hosts": list(hosts),
    }
    return {**found, "tls": tls} if tls else found


# Generated worlds

SPACES = st.sampled_from(["shop", "web"])
ANY_SPACE = st.sampled_from(["shop", "web", "istio-system"])
NAMES = st.sampled_from(["pay", "cart"])
HOSTS = st.one_of(
    NAMES,
    st.builds("{}.{}.svc.cluster.local".format, NAMES, SPACES),
    st.sampled_from(["*.shop.svc.cluster.local", "www.example.com", "db.example.com"]),
)
PATHS = st.sampled_from(["/", "/a", "/a/", "/ab", "/a/b", "/B", "/a?q=1"])
EXPORT = st.sampled_from([{}, {}, {"exportTo": ["."]}, {"exportTo": ["*"]}, {"exportTo": ["web"]}])
STAMPS = st.sampled_from([None, None, "2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z"])
TEXTS = st.sampled_from(
    [{"exact": "/a"}, {"prefix": "/a"}, {"prefix": "/"}, {"regex": "/a.*"}, {"regex": ".*"}, {"exact": "/a/b"}]
)
MATCHES = st.fixed_dictionaries(
    {},
    optional={
        "uri": TEXTS,
        "method": st.sampled_from([{"exact": "GET"}, {"exact": "POST"}]),
        "headers": st.sampled_from([{"x-user": {"exact": "b"}}, {"x-user": {"prefix": "b"}}, {"x-user": {}}]),
        "withoutHeaders": st.just({"x-user": {"exact": "b"}}),
        "queryParams": st.just({"q": {"exact": "1"}}),
        "port": st.sampled_from([80, 8080]),
        "sourceNamespace": SPACES,
        "sourceLabels": st.just({"app": "pay"}),
        "ignoreUriCase": st.booleans(),
    },
)
DESTINATIONS = st.builds(
    to, HOSTS.filter(lambda it: "*" not in it), st.sampled_from(["", "", "v1", "v2"]), st.sampled_from([0, 80, 8080]),
    st.sampled_from([0, 1, 50, 100]),
)  # fmt: skip
ACTIONS = st.one_of(
    st.fixed_dictionaries(
        {"route": st.lists(DESTINATIONS, min_size=1, max_size=2)},
        optional={"rewrite": st.sampled_from([{"uri": "/z"}, {"authority": "z.example.com"}])},
    ),
    st.just({"redirect": {"uri": "/moved"}}),
    st.just({"directResponse": {"status": 403}}),
)
ENTRIES = st.builds(
    lambda action, matches: {**action, **({"match": matches} if matches else {})},
    ACTIONS, st.lists(MATCHES, max_size=2),
)  # fmt: skip
SOURCES = st.sampled_from(
    [{"namespaces": ["web"]}, {"principals": ["*"]}, {"notNamespaces": ["shop"]}, {"ipBlocks": ["10.0.0.0/8"]}]
)
OPERATIONS = st.sampled_from([{"paths": ["/a*"]}, {"methods": ["GET"]}, {"ports": ["8080"]}, {"notPaths": ["/a"]}])
RULES = st.builds(
    lambda sources, operations: {
        **({"from": [{"source": it} for it in sources]} if sources else {}),
        **({"to": [{"operation": it} for it in operations]} if operations else {}),
    },
    st.lists(SOURCES, max_size=1), st.lists(OPERATIONS, max_size=2),
)  # fmt: skip
PORTS = st.sampled_from(
    [
        ports(("http", 80, 8080)),
        ports(("http", 80, 8080), ("http-alt", 8080, 8080)),
        ports(("tcp-db", 5432, 5432), ("http", 80, 8080)),
        ports(("main", 7000, 7000)),
    ]
)

OBJECTS = st.one_of(
    st.builds(
        lambda name, space, hosts, http, export, stamp: virtual_service(
            name, space, hosts, *http, **export, **({"creationTimestamp": stamp} if stamp else {})
        ),
        st.sampled_from(["one", "two", "three"]), ANY_SPACE, st.lists(HOSTS, min_size=1, max_size=2, unique=True),
        st.lists(ENTRIES, min_size=1, max_size=3), EXPORT, STAMPS,
    ),
    st.builds(
        lambda name, space, host, subsets, mode, export: thing(
            "DestinationRule", name, space, host=host, **export,
            **({"trafficPolicy": {"tls": {"mode": mode}}} if mode else {}),
            **({"subsets": [{"name": it, "labels": {"version": it}} for it in subsets]} if subsets else {}),
        ),
        st.sampled_from(["one", "two"]), ANY_SPACE, st.one_of(HOSTS, st.just("*.local")),
        st.lists(st.sampled_from(["v1", "v2"]), max_size=2, unique=True),
        st.sampled_from(["", "ISTIO_MUTUAL", "DISABLE", "SIMPLE"]), EXPORT,
    ),
    st.builds(
        lambda name, space, action, rules, selects: policy(
            name, space, action=action, **({"rules": rules} if rules else {}),
            **({"selector": {"matchLabels": {"app": selects}}} if selects else {}),
        ),
        st.sampled_from(["one", "two"]), ANY_SPACE, st.sampled_from(["ALLOW", "DENY"]), st.lists(RULES, max_size=2),
        st.sampled_from(["", "pay"]),
    ),
    st.builds(
        lambda name, space, mode, selects: peer(
            name, space, mode, **({"selector": {"matchLabels": {"app": selects}}} if selects else {})
        ),
        st.sampled_from(["one", "two"]), ANY_SPACE, st.sampled_from(["STRICT", "PERMISSIVE", "DISABLE", "UNSET"]),
        st.sampled_from(["", "pay"]),
    ),
    st.builds(
        lambda space, hosts: thing("Sidecar", "one", space, egress=[{"hosts": hosts}]),
        SPACES, st.lists(st.sampled_from(["./*", "*/*", "shop/*", "~/*.web.svc.cluster.local"]), min_size=1),
    ),
    st.builds(
        lambda space, resolution, protocol: thing(
            "ServiceEntry", "one", space, hosts=["db.example.com"], resolution=resolution,
            ports=[{"number": 80 if protocol == "HTTP" else 5432, "name": "it", "protocol": protocol}],
        ),
        SPACES, st.sampled_from(["DNS", "NONE", "STATIC"]), st.sampled_from(["HTTP", "TCP"]),
    ),
)  # fmt: skip


@st.composite
def worlds(draw: st.DrawFn, objects: int = 6) -> list[Manifest]:
    """The objects of a world: namespaces, services and their pods, and some of Istio's."""
    found = [namespace("shop", istio_injection="enabled")]
    found.append(namespace("web", istio_injection=draw(st.sampled_from(["enabled", "disabled"]))))
    for space in ("shop", "web"):
        for name in ("pay", "cart"):
            headless = {"clusterIP": "None"} if draw(st.integers(0, 9)) == 0 else {}
            found.append(service(name, space, ports=draw(PORTS), **headless))
            found += [deployment(name, space, version) for version in ("v1", "v2")]
    found += draw(st.lists(OBJECTS, max_size=objects))
    return list({_name(it): it for it in found}.values())


def _name(value: Manifest) -> tuple[str, ...]:
    return (value["kind"], value["metadata"]["name"], value["metadata"].get("namespace", ""))


def placed(objects: list[Manifest]) -> list[Document]:
    """Each object in a file of its own."""
    return [document(value, f"f{index:02}.yaml") for index, value in enumerate(objects)]


def mesh_of(found: list[Document]) -> Mesh:
    """The complete mesh of these documents."""
    return build(found, MeshSettings(world="complete"))


REQUESTS = st.builds(
    lambda host, port, path, method, user: get(
        host, port, path, method=method, headers={"x-user": user} if user else {}
    ),
    st.sampled_from(["pay", "pay.shop", "cart.web.svc.cluster.local", "www.example.com", "db.example.com"]),
    st.sampled_from([80, 80, 8080, 7000, 5432]), PATHS, st.sampled_from(["GET", "POST"]),
    st.sampled_from(["", "b", "bob", "a"]),
)  # fmt: skip
CLIENTS = st.sampled_from(["shop/pay-v1", "shop/cart-v2", "web/pay-v1", "web/cart-v1"])
