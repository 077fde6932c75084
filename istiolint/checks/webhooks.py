"""Webhooks of Istio: two that inject one pod, and those that nobody answers (specification IST0139 and others)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from istiolint.checks.naming import note_at
from istiolint.checks.phrases import listed, suggestion
from istiolint.finding import Defect
from istiolint.mesh import Absent
from istiolint.mesh.names import cluster_name
from istiolint.mesh.read import dig, mapping, sequence, text
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.finding import Path
    from istiolint.mesh import Mesh
    from istiolint.source.document import Document
    from istiolint.source.node import Node

GROUP = "admissionregistration.k8s.io"
REVISION = "istio.io/rev"
INJECTION = "istio-injection"
INJECT = "sidecar.istio.io/inject"
MOST = 16
"""So many revisions are tried; a mesh has two or three."""

Labels = dict[str, str]


class Webhook(NamedTuple):
    """An entry of a MutatingWebhookConfiguration."""

    document: Document
    path: Path
    name: str
    namespaces: object
    """`namespaceSelector`."""
    objects: object
    """`objectSelector`."""

    @property
    def key(self) -> tuple[str, str]:
        """Who it is: overlays of one configuration have the same."""
        return (self.document.name, self.name)


# Two webhooks for one pod


def injectors_overlap(webhook: Node, mesh: Mesh) -> Iterator[Defect]:
    """A pod that two injectors select is injected twice (specification IST0139)."""
    others = mesh.index(_overlaps).get((webhook.document.name, webhook.text("name")))
    if not others:
        return
    near = [it for it in others.values() if mesh.together(webhook.document, it[0].document)]
    if near:
        other, said = near[0]
        yield (webhook.get("name") or webhook).defect(
            others=listed(f"{it.name} of {it.document.name}" for it, _ in near),
            pods=said,
            notes=note_at(other.document, (*other.path, "name"), "selects them too"),
        )


Overlaps = dict[tuple[str, str], dict[tuple[str, str], tuple[Webhook, str]]]


def _overlaps(mesh: Mesh) -> Overlaps:
    """For each injector the others that select some of the same pods, with words for the first such pod."""
    webhooks = [it for document in mesh.documents("MutatingWebhookConfiguration", GROUP) for it in _injectors(document)]
    found: Overlaps = {}
    if len(webhooks) < 2:
        return found
    revisions = sorted({it for webhook in webhooks for it in _revisions(webhook)})[:MOST]
    spaces = _combinations(INJECTION, ("enabled", "disabled"), revisions)
    pods = _combinations(INJECT, ("true", "false"), revisions)
    by_space = {said: [it for it in webhooks if _selects(it.namespaces, labels)] for said, labels in spaces.items()}
    for space, in_space in by_space.items():
        for pod, labels in pods.items() if len(in_space) > 1 else ():
            chosen = {it.key: it for it in in_space if _selects(it.objects, labels)}
            if len(chosen) > 1:
                words = f"pods with {pod} in namespaces with {space}"
                for key in chosen:
                    rest = found.setdefault(key, {})
                    for other, webhook in chosen.items():
                        if other != key and other not in rest:
                            rest[other] = (webhook, words)
    return found


def _injectors(document: Document) -> Iterator[Webhook]:
    """The webhooks of a configuration, if it is Istio's: by their names, or by the revisions that they are about."""
    entries = [
        Webhook(
            document,
            ("webhooks", index),
            text(entry.get("name")),
            entry.get("namespaceSelector"),
            entry.get("objectSelector"),
        )
        for index, entry in enumerate(sequence(document.value.get("webhooks")))
        if isinstance(entry, dict)
    ]
    if any(entry.name.endswith("istio.io") for entry in entries) or any(map(_revisions, entries)):
        yield from entries


def _revisions(webhook: Webhook) -> set[str]:
    """Revisions that a webhook, or its configuration, speaks of."""
    found = {webhook.document.strings("labels").get(REVISION, "")}
    for selector in (webhook.namespaces, webhook.objects):
        found.add(text(mapping(dig(selector, "matchLabels")).get(REVISION)))
        for entry in sequence(dig(selector, "matchExpressions")):
            if dig(entry, "key") == REVISION:
                found.update(text(it) for it in sequence(entry.get("values")))
    return found - {""}


def _combinations(key: str, values: tuple[str, ...], revisions: list[str]) -> dict[str, Labels]:
    """Labels that matter for injection, by words for them."""
    found: dict[str, Labels] = {}
    for value in ("", *values):
        for revision in ("", *revisions):
            pairs = {name: its for name, its in ((key, value), (REVISION, revision)) if its}
            found[listed(f"{name}={its}" for name, its in pairs.items()) if pairs else "no such labels"] = pairs
    return found


def _selects(selector: object, having: Labels) -> bool:
    """Whether a label selector matches; one that is missing does, one that is malformed does not."""
    if selector is None:
        return True
    if not isinstance(selector, dict):
        return False
    wanted = mapping(selector.get("matchLabels"))
    if any(having.get(key) != value for key, value in wanted.items()):
        return False
    return all(_holds(mapping(entry), having) for entry in sequence(selector.get("matchExpressions")))


def _holds(expression: dict[str, Any], having: Labels) -> bool:
    its = having.get(text(expression.get("key")))
    values = sequence(expression.get("values"))
    match expression.get("operator"):
        case "In":
            return its in values
        case "NotIn":
            return its not in values
        case "Exists":
            return its is not None
        case "DoesNotExist":
            return its is None
    return False


# Webhooks that nobody answers


def injector_service_not_found(service: Node, mesh: Mesh) -> Iterator[Defect]:
    """An injector's Service must exist (specification IST0139)."""
    name, namespace = service.text("name"), service.text("namespace")
    if not name or not namespace or next(_injectors(service.document), None) is None:
        return
    found = mesh.host(f"{name}.{namespace}.svc.{mesh.domain}", namespace)
    place = service.get("name")
    if isinstance(found, Absent) and place is not None and found.reason != "hidden":
        near = cluster_name(found.near, mesh.domain)
        yield place.defect(
            service=f"{namespace}/{name}",
            hint=suggestion(near.service if near else ""),
            confidence=None if found.certain else "low",
        )


def webhook_without_address(config: Node) -> Iterator[Defect]:
    """A webhook of Istio needs a Service, or a URL with a host (specification IST0163)."""
    if not _is_istios(config.document) or not isinstance(config.value, dict) or config.value.get("service"):
        return
    url = config.value.get("url")
    place = config.get("url") or config
    if not url:
        yield place.defect(on="key", why="it has neither a Service nor a URL")
    elif isinstance(url, str) and not _host(url):
        yield place.defect(why=f'"{url}" is no URL of the form https://host:port/path')


def webhook_at_ip_address(url: Node) -> Iterator[Defect]:
    """The address of an external control plane should be a name (specification IST0164)."""
    if isinstance(url.value, str) and _is_istios(url.document):
        host = _host(url.value)
        if host and (":" in host or host.replace(".", "").isdigit()):
            yield url.defect(address=host)


def _is_istios(document: Document) -> bool:
    """Whether a configuration is one by which Istio's control plane is reached."""
    if document.kind == "MutatingWebhookConfiguration":
        return document.name.startswith("istio-sidecar-injector")
    return document.name == "istiod-default-validator" or document.name.startswith("istio-validator")


def _host(url: str) -> str:
    """The host of an https URL; empty where there is none."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        return (parts.hostname or "") if parts.scheme == "https" else ""
    except ValueError:
        return ""
