"""Where VirtualServices send requests: hosts, subsets, ports, gateways, weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from istiolint.checks.phrases import listed, suggestion
from istiolint.finding import Change, Defect, Note, Repair
from istiolint.mesh.answers import Absent
from istiolint.source.node import Node

if TYPE_CHECKING:
    from istiolint.mesh import Mesh


def host_not_found(destination: Node, mesh: Mesh) -> Iterator[Defect]:
    """A destination's host must be a Service or ServiceEntry that its namespace sees (semantics 2.3)."""
    host = destination.get("host")
    if host is None or not isinstance(host.value, str) or not host.value:
        return
    namespace = mesh.namespace_of(destination.document)
    found = mesh.host(host.value, namespace)
    if not isinstance(found, Absent):
        return
    full = mesh.fqdn(host.value, namespace)
    notes: list[Note] = []
    if found.reason == "hidden":
        why = f"{full} exists, but is not exported to namespace {namespace or 'of this object'}"
    elif found.reason == "unqualified":
        why = f'"{host.value}" is taken as a full name; the Service is called {found.near}'
    elif found.reason == "elsewhere":
        why = f"no Service or ServiceEntry is {full}; there is {found.near}"
    else:
        why = f"no Service or ServiceEntry is {full}{suggestion(found.near)}"
    document = getattr(found.thing, "document", None)
    name = document.node("metadata", "name") if document is not None else None
    if name is not None:
        notes = [name.note("this one exists")]
    repair = _replace(host, found.near) if found.near else None
    yield host.defect(why=why, notes=notes, repair=repair, confidence=None if found.certain else "low")


def subset_not_found(destination: Node, mesh: Mesh) -> Iterator[Defect]:
    """A destination's subset must be in the DestinationRule in effect for the client (semantics 9)."""
    host, subset = destination.text("host"), destination.get("subset")
    if not host or subset is None or not isinstance(subset.value, str) or not subset.value:
        return
    namespace = mesh.namespace_of(destination.document)
    if isinstance(mesh.host(host, namespace), Absent):
        return  # the host is reported; its subsets follow from it
    full = mesh.fqdn(host, namespace)
    found = mesh.subset(full, subset.value, namespace)
    if not isinstance(found, Absent):
        return
    notes: list[Note] = []
    why = "no DestinationRule for it is in the files"
    if found.reason == "hidden" and found.thing is not None:
        rule = found.thing.rule
        why = f"{rule.namespace}/{rule.name} defines it, but is not the rule that callers in {namespace} use"
        where = rule.document.node(*found.thing.path, "name")
        notes = [where.note("defined here, out of their sight")] if where else []
    elif found.thing is not None:
        rule = found.thing.rules[0]
        names = listed(f'"{name}"' for name in found.thing.subsets)
        why = f"the DestinationRule in effect, {rule.name}, defines {names}{suggestion(found.near)}"
        where = rule.document.node("spec", "host")
        notes = [where.note(f"the rule in effect defines {names}")] if where else []
    repair = _replace(subset, found.near) if found.near else None
    yield subset.defect(
        subset=subset.value,
        host=full,
        why=why,
        notes=notes,
        repair=repair,
        confidence=None if found.certain else "low",
    )


def port_not_found(destination: Node, mesh: Mesh) -> Iterator[Defect]:
    """A destination's port must be one of its host's (semantics 7): the Service's port, not the container's."""
    host, port = destination.text("host"), destination.at("port", "number")
    if not host or port is None or not isinstance(port.value, int):
        return
    namespace = mesh.namespace_of(destination.document)
    found = mesh.port(host, port.value, namespace)
    if not isinstance(found, Absent) or found.reason != "missing" or found.thing is None or not found.certain:
        return
    if not all(mesh.together(destination.document, definer.document) for definer in found.thing.definers):
        return
    known = listed(found.thing.numbers)
    target = [
        it.number
        for definer in found.thing.definers
        for it in definer.ports
        if getattr(it, "target", None) == port.value
    ]
    hint = f"; {port.value} is where port {target[0]} leads to in the pods" if target else ""
    definers = [definer.document.node("spec", "ports") for definer in found.thing.definers]
    yield port.defect(
        port=port.value,
        host=mesh.fqdn(host, namespace),
        known=known,
        hint=hint,
        notes=[node.note(f"it has {known}", on="key") for node in definers[:1] if node],
        repair=_replace(port, str(target[0] if target else found.near)) if target or found.near.isdigit() else None,
    )


def destination_port_missing(destination: Node, mesh: Mesh) -> Iterator[Defect]:
    """A destination of a host with several ports must say which (semantics 7)."""
    host = destination.text("host")
    if not host or destination.get("port") is not None:
        return
    found = mesh.host(host, mesh.namespace_of(destination.document))
    if not found or isinstance(found, Absent):
        return
    numbers = getattr(found, "numbers", ())
    if len(numbers) > 1 and not getattr(found, "external", False):
        node = destination.get("host")
        if node is not None:
            yield node.defect(
                host=mesh.fqdn(host, mesh.namespace_of(destination.document)), ports=listed(numbers, "or")
            )


def gateway_not_found(reference: Node, mesh: Mesh) -> Iterator[Defect]:
    """A VirtualService may bind only to `mesh` or to a Gateway that exists (semantics 8)."""
    if not isinstance(reference.value, str) or reference.value in ("", "mesh") or "." in reference.value:
        return
    namespace = mesh.namespace_of(reference.document)
    found = mesh.gateway(reference.value, namespace)
    if not isinstance(found, Absent):
        return
    notes: list[Note] = []
    if found.thing is not None:
        name = found.thing.document.node("metadata", "name")
        notes = [name.note("did you mean this one?")] if name else []
    repair = _replace(reference, found.near) if found.near else None
    yield reference.defect(
        gateway=reference.value,
        where=f"in namespace {namespace}" if "/" not in reference.value and namespace else "",
        hint=suggestion(found.near),
        notes=notes,
        repair=repair,
        confidence=None if found.certain else "low",
    )


def weights_not_hundred(route: Node) -> Iterator[Defect]:
    """Weights are shares of their sum; one that is not 100 is not what it reads like (semantics 7)."""
    weights = _weights(route)
    if len(weights) < 2 or any(weight is None for weight in weights):
        return
    total = sum(weight for weight in weights if weight is not None)
    if total not in (0, 100):
        shares = listed(f"{100 * weight / total:.4g} %" for weight in weights if weight is not None)
        yield route.defect(on="key", total=total, shares=shares)


def weight_missing(route: Node) -> Iterator[Defect]:
    """A destination without weight beside others that have one gets nothing (semantics 7)."""
    weights = _weights(route)
    if len(weights) < 2 or not any(weights):
        return
    for index, weight in enumerate(weights):
        if weight is None:
            destination = route.get(index)
            if destination is not None:
                rest = 100 - sum(known or 0 for known in weights)
                hint = f"; the others leave {rest} of 100" if 0 < rest < 100 and weights.count(None) == 1 else ""
                yield destination.defect(hint=hint)


def weight_without_choice(route: Node) -> Iterator[Defect]:
    """A single destination gets everything, whatever its weight says (semantics 7)."""
    weights = _weights(route)
    if len(weights) == 1 and weights[0] is not None and 0 < weights[0] < 100:
        node = route.at(0, "weight")
        if node is not None:
            yield node.defect(weight=weights[0])


def destination_twice(route: Node, mesh: Mesh) -> Iterator[Defect]:
    """One route that names the same host, subset and port twice was meant to name another one."""
    seen: dict[tuple[str, str, object], Node] = {}
    namespace = mesh.namespace_of(route.document)
    for item in route.items():
        destination = item.get("destination")
        if destination is None or not destination.text("host"):
            continue
        port = destination.at("port", "number")
        key = mesh.fqdn(destination.text("host"), namespace), destination.text("subset"), port and port.value
        if key in seen:
            yield destination.defect(
                host=key[0],
                subset=f', subset "{key[1]}"' if key[1] else "",
                notes=[seen[key].note("the first one")],
                on="key",
            )
        else:
            seen[key] = destination


def _weights(route: Node) -> list[int | None]:
    """The weights of a route's destinations; None where there is none. Empty where one is no number."""
    weights: list[int | None] = []
    for item in route.items():
        weight = item.get("weight")
        if weight is not None and (not isinstance(weight.value, int) or isinstance(weight.value, bool)):
            return []
        weights.append(weight.value if weight is not None else None)
    return weights


def _replace(node: Node, text: str) -> Repair:
    return Repair(f"write {text}", (Change("set", node.path, text, node.document),), safe=False)
