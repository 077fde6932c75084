"""Laws: order changes nothing, taking files away makes nothing sure, malformed values crash nothing."""

import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from istiolint.mesh import Absent, Mesh, MeshSettings, build
from istiolint.mesh.answers import Unknown
from istiolint.source.document import Document
from mesh.worlds import deployment, document, documents, namespace, route, rule, service, thing

NAMES = st.sampled_from(["reviews", "reveiws", "ratings", "details", "detials", "web1", "web2"])
SPACES = st.sampled_from(["shop", "web", "istio-system", ""])
HOSTS = st.one_of(NAMES, st.builds("{}.{}.svc.cluster.local".format, NAMES, st.sampled_from(["shop", "web"])))
EXPORT = st.sampled_from([{}, {"exportTo": ["."]}, {"exportTo": ["*"]}, {"exportTo": ["web"]}])
SUBSETS = st.lists(st.sampled_from(["v1", "v2", "v3"]), max_size=2, unique=True)


def _rule(name: str, space: str, host: str, subsets: list[str], export: dict[str, Any]) -> str:
    return rule(name, space, host, *subsets, **export)


OBJECTS = st.one_of(
    st.builds(service, NAMES, SPACES, st.sampled_from([80, 8080])),
    st.builds(deployment, NAMES, SPACES, st.sampled_from(["v1", "v2"])),
    st.builds(_rule, NAMES, SPACES, st.one_of(HOSTS, st.just("*.local")), SUBSETS, EXPORT),
    st.builds(route, NAMES, SPACES, HOSTS, HOSTS),
    st.builds(namespace, st.sampled_from(["shop", "web"]), istio_injection=st.sampled_from(["enabled", "disabled"])),
    st.builds(lambda name, space: thing("Gateway", name, space), NAMES, SPACES),
    st.builds(
        lambda name, space, mode: thing("PeerAuthentication", name, space, "security.istio.io/v1", mtls={"mode": mode}),
        NAMES, SPACES, st.sampled_from(["STRICT", "DISABLE", "UNSET"]),
    ),
)  # fmt: skip
WORLDS = st.sampled_from(["auto", "complete", "partial"])


def placed(objects: list[str]) -> list[Document]:
    """Each object in a file of its own."""
    return [it for index, text in enumerate(objects) for it in documents(text, f"f{index:02}.yaml")]


def asked(mesh: Mesh) -> dict[str, Any]:
    """Answers to all sorts of questions."""
    found: dict[str, Any] = {}
    for space in ("shop", "web", ""):
        for name in ("reviews", "reveiws", "web1"):
            fqdn = mesh.fqdn(name, space)
            found[f"host {name} {space}"] = mesh.host(name, space)
            found[f"port {name} {space}"] = mesh.port(name, 80, space)
            found[f"rule {name} {space}"] = mesh.in_effect(fqdn, "web")
            found[f"subset {name} {space}"] = mesh.subset(fqdn, "v1", "web")
            found[f"gateway {name} {space}"] = mesh.gateway(name, space)
            found[f"select {name} {space}"] = mesh.select({"app": name}, space)
            found[f"tls {name} {space}"] = mesh.mtls.client(fqdn, "web", 80)
    for workload in mesh.workloads:
        key = f"{workload.document.file}"
        found[f"dataplane {key}"] = mesh.dataplane(workload)
        found[f"server {key}"] = mesh.mtls.server(workload)
        found[f"services {key}"] = mesh.services_of(workload)
    found["namespace"] = mesh.namespace("other")
    return found


def told(answer: Any) -> str:
    """An answer as text, with the places of what it holds."""
    if isinstance(answer, Absent):
        return f"absent {answer.certain} {answer.near} {answer.reason}"
    if isinstance(answer, tuple):
        return "(" + ", ".join(told(item) for item in answer) + ")"
    if isinstance(answer, list):
        return "[" + ", ".join(told(item) for item in answer) + "]"
    if hasattr(answer, "definers"):
        return told(answer.definers)
    if hasattr(answer, "rules"):
        return told(answer.rules)
    if isinstance(answer, Document):
        return answer.file
    return answer.document.file if hasattr(answer, "document") else str(answer)


few = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)


@few
@given(st.lists(OBJECTS, max_size=8), WORLDS, st.randoms(use_true_random=False))
def test_order_of_documents_changes_nothing(objects: list[str], world: Any, chance: random.Random) -> None:
    if world == "complete":
        objects = sorted(set(objects))
    found = placed(objects)
    shuffled = list(found)
    chance.shuffle(shuffled)
    setting = MeshSettings(world=world)
    one, other = asked(build(found, setting)), asked(build(shuffled, setting))
    assert {key: told(answer) for key, answer in one.items()} == {key: told(answer) for key, answer in other.items()}


@few
@given(st.lists(OBJECTS, max_size=8), st.randoms(use_true_random=False))
def test_a_partial_world_concludes_from_no_absence(objects: list[str], chance: random.Random) -> None:
    """What is absent in a partial world is a contradiction of what is there: it stays absent in any larger world."""
    for key, answer in asked(build(placed(objects), MeshSettings(world="partial"))).items():
        if isinstance(answer, Absent):
            assert answer.thing is not None, key
            assert key.split()[0] in ("host", "port", "subset")


@few
@given(st.lists(OBJECTS, max_size=8))
def test_complete_worlds_know_everything(objects: list[str]) -> None:
    for key, answer in asked(build(placed(objects), MeshSettings(world="complete"))).items():
        if not key.startswith("port"):
            assert not isinstance(answer, Unknown), key


@few
@given(st.lists(OBJECTS, max_size=8), st.data())
def test_taking_files_away_hides_no_existing_host(objects: list[str], data: st.DataObject) -> None:
    """A host of the whole mesh is at most said to be misspelt when its own file is gone, and then only
    where a name one slip away stands in the same namespace."""
    found = placed(objects)
    kept = [it for it in found if data.draw(st.booleans())]
    whole, half = build(found, MeshSettings()), build(kept, MeshSettings())
    for space in ("shop", "web", ""):
        for name in ("reviews", "ratings", "web1", "web2"):
            if whole.host(name, space):
                answer = half.host(name, space)
                if isinstance(answer, Absent) and answer.certain:
                    assert answer.near in ("reveiws", "detials")


junk: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.floats(allow_nan=False), st.text("a.*/:", max_size=4)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text("a", max_size=2), inner, max_size=3)),
    max_leaves=6,
)
KINDS = [
    ("v1", "Service"), ("v1", "Pod"), ("apps/v1", "Deployment"), ("v1", "Namespace"), ("v1", "Secret"),
    ("networking.istio.io/v1", "VirtualService"), ("networking.istio.io/v1", "DestinationRule"),
    ("networking.istio.io/v1", "ServiceEntry"), ("networking.istio.io/v1", "Gateway"),
    ("networking.istio.io/v1", "Sidecar"), ("networking.istio.io/v1", "WorkloadEntry"),
    ("networking.istio.io/v1", "WorkloadGroup"), ("gateway.networking.k8s.io/v1", "Gateway"),
    ("security.istio.io/v1", "PeerAuthentication"), ("security.istio.io/v1", "AuthorizationPolicy"),
    ("install.istio.io/v1alpha1", "IstioOperator"), ("batch/v1", "CronJob"),
]  # fmt: skip
FIELDS = [
    "hosts", "gateways", "http", "tcp", "route", "destination", "host", "port", "number", "subsets", "name", "labels",
    "trafficPolicy", "tls", "mode", "portLevelSettings", "exportTo", "workloadSelector", "selector", "matchLabels",
    "ports", "servers", "listeners", "template", "spec", "metadata", "containers", "mtls", "portLevelMtls", "delegate",
    "endpoints", "targetRefs", "targetRef", "jobTemplate", "meshConfig", "mirrors", "replicas", "annotations", "app",
]  # fmt: skip
spoilt: st.SearchStrategy[Any] = st.recursive(
    junk,
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4)),
    max_leaves=12,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.tuples(st.sampled_from(KINDS), spoilt, spoilt), max_size=5), WORLDS)
def test_malformed_values_crash_nothing(objects: list[tuple[tuple[str, str], Any, Any]], world: Any) -> None:
    found = [
        document({"apiVersion": group, "kind": kind, "metadata": metadata, "spec": spec, "data": spec}, "a.yaml", index)
        for index, ((group, kind), metadata, spec) in enumerate(objects)
    ]
    mesh = build(found, MeshSettings(world=world))
    assert asked(mesh)
    everything = [
        [it.ports for it in mesh.services], [it.endpoints for it in mesh.service_entries], mesh.mesh_routes,
        [it.delegations for it in mesh.virtual_services], [it.servers for it in mesh.gateways], mesh.graph.nodes,
        [it.listeners for it in mesh.kube_gateways], [it.replicas for it in mesh.workloads], mesh.namespaces,
        [it.gateway for it in mesh.workloads], [mesh.bound(it) for it in mesh.gateways],
        [mesh.policies.of(kind) for kind in ("Sidecar", "PeerAuthentication", "AuthorizationPolicy")],
        mesh.secret("a", "a"), mesh.service_account("a", "a"), mesh.virtual_service("a", "a"),
    ]  # fmt: skip
    assert len(everything) == 15
