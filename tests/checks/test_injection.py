"""Labels and annotations: where they count, and where nobody can know."""

from __future__ import annotations

import pytest

from checks.said import messages
from istiolint.checks.known_metadata import ANNOTATIONS, DEPRECATED, LABELS
from mesh.worlds import deployment, namespace, thing

INJECT = "sidecar.istio.io/inject"


def test_deprecated_annotations_are_known() -> None:
    assert set(DEPRECATED) <= set(ANNOTATIONS)
    assert all(name.partition("/")[0].endswith("istio.io") or "kubernetes.io" in name for name in ANNOTATIONS)
    assert all("/" in name or name == "istio-injection" for name in LABELS)


def test_operators_may_hand_labels_down_to_pods() -> None:
    labels = {"labels": {INJECT: "false"}}
    assert messages("misplaced-label", thing("StatefulSet", "x", "shop", "apps/v1", **labels))
    assert not messages("misplaced-label", thing("SparkApplication", "x", "shop", "sparkoperator.k8s.io/v1", **labels))
    assert not messages("misplaced-label", thing("Service", "x", "shop", "serving.knative.dev/v1", **labels))


def test_a_label_on_both_is_no_mistake() -> None:
    world = deployment("web", "shop", labels={INJECT: "true"}).replace(
        "metadata:\n  name", "metadata:\n  labels: {sidecar.istio.io/inject: 'true'}\n  name", 1
    )
    assert not messages("misplaced-label", world)


@pytest.mark.parametrize(
    ("labels", "speaks"),
    [
        ({"istio_injection": "enabled", "istio__io_s_rev": "x"}, True),
        ({"istio_injection": "disabled", "istio__io_s_rev": "x"}, False),
        ({"istio_injection": "enabled", "istio__io_s_dataplane_mode": "none"}, False),
        ({"istio__io_s_rev": "x", "istio__io_s_dataplane_mode": "ambient"}, True),
        ({"istio__io_s_rev": "x"}, False),
    ],
)
def test_labels_of_a_namespace(labels: dict[str, str], speaks: bool) -> None:
    assert bool(messages("injection-labels-conflict", namespace("shop", **labels))) == speaks


@pytest.mark.parametrize(
    "name", ["istio-injection", "istio.io/rev", "istio.example.com/x", "app", "istio", "istio-cni"]
)
def test_names_that_are_no_slips(name: str) -> None:
    assert not messages("misspelt-label", thing("Namespace", "shop", "", "v1", labels={name: "x"}))


def test_the_proxy_and_its_installer_may_be_user_1337() -> None:
    user = {"securityContext": {"runAsUser": 1337}}
    proxy = {"name": "istio-proxy", "image": "auto", **user}
    assert not messages("runs-as-proxy-user", deployment("gw", "shop", containers=[proxy], **user))
    assert messages("runs-as-proxy-user", deployment("gw", "shop", containers=[proxy, {"name": "app", **user}]))
    assert messages("runs-as-proxy-user", deployment("gw", "shop", initContainers=[{"name": "init", **user}]))


@pytest.mark.parametrize(
    ("labels", "space", "world", "speaks"),
    [
        ({}, "", "auto", False),
        ({}, "", "complete", True),
        ({INJECT: "true"}, "", "complete", False),
        ({"istio.io/rev": "canary"}, "", "complete", False),
        ({INJECT: "true"}, namespace("shop", istio_injection="disabled"), "auto", True),
        ({INJECT: "false"}, namespace("shop", istio_injection="enabled"), "auto", True),
        ({}, namespace("shop", istio__io_s_rev="stable"), "auto", False),
        ({INJECT: "maybe"}, namespace("shop", istio_injection="enabled"), "auto", True),
    ],
)
def test_who_fills_in_the_image(labels: dict[str, str], space: str, world: str, speaks: bool) -> None:
    pod = deployment("gw", "shop", containers=[{"name": "istio-proxy", "image": "auto"}], labels=labels)
    assert bool(messages("image-auto-without-injection", pod + space, world=world)) == speaks


def test_pods_that_refuse_by_annotation_are_not_injected() -> None:
    proxy = [{"name": "istio-proxy", "image": "auto"}]
    space = namespace("shop", istio_injection="enabled")
    refusing = deployment("gw", "shop", containers=proxy, annotations={INJECT: "false"})
    assert messages("image-auto-without-injection", refusing + space)
    both = deployment("gw", "shop", containers=proxy, annotations={INJECT: "false"}, labels={INJECT: "true"})
    assert not messages("image-auto-without-injection", both + space)
