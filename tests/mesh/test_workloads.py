"""Workloads: who makes them, who selects them, who carries their traffic."""

from typing import Any

import pytest

from istiolint.mesh.workloads import Workload
from mesh.worlds import deployment, mesh, namespace, service, thing

TEMPLATE: dict[str, Any] = {
    "metadata": {"labels": {"app": "x"}},
    "spec": {
        "serviceAccountName": "robot",
        "containers": [{"name": "app", "ports": [{"containerPort": 8080, "name": "web"}, {"containerPort": "bad"}]}],
    },
}


def one(text: str, **settings: Any) -> Workload:
    found = mesh(text, **settings).workloads
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("kind", "group", "spec"),
    [
        ("Deployment", "apps/v1", {"template": TEMPLATE}),
        ("StatefulSet", "apps/v1", {"template": TEMPLATE}),
        ("DaemonSet", "apps/v1", {"template": TEMPLATE}),
        ("ReplicaSet", "apps/v1", {"template": TEMPLATE}),
        ("ReplicationController", "v1", {"template": TEMPLATE}),
        ("Job", "batch/v1", {"template": TEMPLATE}),
        ("CronJob", "batch/v1", {"jobTemplate": {"spec": {"template": TEMPLATE}}}),
        ("Rollout", "argoproj.io/v1alpha1", {"template": TEMPLATE}),
    ],
)
def test_pod_templates(kind: str, group: str, spec: dict[str, Any]) -> None:
    found = one(thing(kind, "x", "shop", group, **spec))
    assert (found.labels, found.service_account) == ({"app": "x"}, "robot")
    assert [(port.number, port.name) for port in found.ports] == [(8080, "web")]
    node = found.document.node(*found.ports[0].path)
    assert node
    assert node.value["containerPort"] == 8080
    assert found.document.node(*found.labels_path)


def test_pods_and_machines() -> None:
    pod = one(thing("Pod", "x", "shop", "v1", labels={"app": "x"}, **TEMPLATE["spec"]))
    assert (pod.labels, pod.service_account) == ({"app": "x"}, "robot")
    entry = one(thing("WorkloadEntry", "vm", "shop", labels={"app": "vm"}, serviceAccount="vm", ports={"http": 80}))
    assert (entry.labels, entry.service_account, entry.virtual_machine) == ({"app": "vm"}, "vm", True)
    assert entry.port_number("http") == 80
    group = thing("WorkloadGroup", "vms", "shop", metadata={"labels": {"app": "vm"}}, template={"serviceAccount": "vm"})
    assert (one(group).labels, one(group).service_account) == ({"app": "vm"}, "vm")


def test_other_groups_make_no_services() -> None:
    assert mesh(thing("Service", "x", "shop", "serving.knative.dev/v1")).services == []


def test_services_and_their_workloads() -> None:
    world = mesh(
        service("a", "shop") + service("b", "shop", selector={"version": "v1"}) + service("none", "shop", selector={})
        + service("a", "other") + deployment("a", "shop") + deployment("a", "shop", "v2") + deployment("z", "web")
    )  # fmt: skip
    behind = {f"{it.namespace}/{it.name}": [pod.name for pod in world.behind(it)] for it in world.services}
    assert behind == {"shop/a": ["a-v1", "a-v2"], "shop/b": ["a-v1"], "shop/none": [], "other/a": []}
    asked = {it.name: [by.name for by in world.services_of(it)] for it in world.workloads}
    assert asked == {"a-v1": ["a", "b"], "a-v2": ["a"], "z-v1": []}


def test_selection_where_a_namespace_is_not_known() -> None:
    world = mesh(service("a", "shop") + deployment("a"))
    assert [it.name for it in world.behind(world.services[0])] == ["a-v1"]
    assert [it.name for it in world.services_of(world.workloads[0])] == ["a"]


INJECTED = namespace("shop", istio_injection="enabled")
AMBIENT = namespace("shop", istio__io_s_dataplane_mode="ambient")
PLAIN = namespace("shop")


def labelled(**labels: str) -> str:
    named = {key.replace("_s_", "/").replace("__", ".").replace("_", "-"): value for key, value in labels.items()}
    return deployment("a", "shop", labels=named)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (INJECTED + labelled(), "sidecar"),
        (INJECTED + labelled(sidecar__istio__io_s_inject="false"), "none"),
        (INJECTED + deployment("a", "shop", annotations={"sidecar.istio.io/inject": "false"}), "none"),
        (INJECTED + deployment("a", "shop", hostNetwork=True), "none"),
        (namespace("shop", istio__io_s_rev="canary") + labelled(), "sidecar"),
        (namespace("shop", istio_injection="disabled") + labelled(sidecar__istio__io_s_inject="true"), "none"),
        (PLAIN + labelled(), "none"),
        (PLAIN + labelled(sidecar__istio__io_s_inject="true"), "sidecar"),
        (PLAIN + labelled(istio__io_s_rev="canary"), "sidecar"),
        (labelled(), "unknown"),
        (labelled(sidecar__istio__io_s_inject="true"), "sidecar"),
        (AMBIENT + labelled(), "ambient"),
        (AMBIENT + labelled(istio__io_s_dataplane_mode="none"), "none"),
        (PLAIN + labelled(istio__io_s_dataplane_mode="ambient"), "ambient"),
        (AMBIENT + labelled(sidecar__istio__io_s_inject="true"), "sidecar"),
        (AMBIENT + deployment("a", "shop", hostNetwork=True), "none"),
        (PLAIN + deployment("a", "shop", containers=[{"name": "istio-proxy", "image": "x"}]), "sidecar"),
        (INJECTED + PLAIN.replace("labels: {}", "labels: {istio-injection: disabled}") + labelled(), "unknown"),
        (deployment("a", "kube-system"), "none"),
    ],
)
def test_who_carries_the_traffic(text: str, expected: str) -> None:
    world = mesh(text)
    assert world.dataplane(world.workloads[0]) == expected


def test_in_a_complete_world_a_namespace_without_manifest_has_no_labels() -> None:
    world = mesh(labelled(), world="complete")
    assert world.dataplane(world.workloads[0]) == "none"


def test_gateways_are_workloads_of_their_own_kind() -> None:
    chart = deployment("gw", "istio-ingress", annotations={"inject.istio.io/templates": "gateway"})
    assert one(chart).gateway
    assert one(deployment("gw", "x", containers=[{"name": "istio-proxy", "image": "auto"}])).gateway
    assert not one(deployment("a", "x")).gateway


def test_waypoints() -> None:
    waypoint = thing(
        "Gateway", "wp", "shop", "gateway.networking.k8s.io/v1", gatewayClassName="istio-waypoint",
        listeners=[{"name": "mesh", "port": 15008, "protocol": "HBONE"}],
    )  # fmt: skip
    world = mesh(namespace("shop", istio__io_s_use_waypoint="wp") + waypoint)
    assert world.ambient.waypoint_name({}, "shop") == "shop/wp"
    assert world.ambient.waypoint_name({"istio.io/use-waypoint": "none"}, "shop") == ""
    own = {"istio.io/use-waypoint": "egress", "istio.io/use-waypoint-namespace": "edge"}
    assert world.ambient.waypoint_name(own, "shop") == "edge/egress"
    assert world.ambient.waypoint_name({}, "other") is None
    found = world.ambient.waypoint("shop/wp")
    assert found
    assert found[0].waypoint
    assert not world.ambient.waypoint("shop/other")
    assert world.ambient.captures("shop") is False
    assert world.ambient.captures("other") is None
