"""AuthorizationPolicies: callers, methods and hosts that do not exist, ports of the wrong side, rules that misfire."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from istiolint.checks.mesh_identity import why_plaintext
from istiolint.checks.naming import across_files, called, note_at, rewritten
from istiolint.checks.phrases import listed, suggestion
from istiolint.checks.policy_rules import (
    IDENTITY,
    IDENTITY_KEYS,
    NOT_IDENTITY,
    action,
    closed_port,
    dry,
    http_fields,
    ports_named,
    rules,
    selected,
    tcp_ports,
)
from istiolint.checks.principals import exists_like, principal, trust_domains
from istiolint.finding import Change, Defect, Repair
from istiolint.mesh import Absent
from istiolint.mesh.namespaces import BUILT_IN

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.policies import Policy
    from istiolint.source.node import Node

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE")
EXTENSIONS = frozenset(
    (
        "ACL", "BIND", "CHECKOUT", "COPY", "LINK", "LOCK", "MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL", "MOVE",
        "ORDERPATCH", "PRI", "PROPFIND", "PROPPATCH", "PURGE", "QUERY", "REBIND", "REPORT", "SEARCH", "UNBIND",
        "UNCHECKOUT", "UNLINK", "UNLOCK", "UPDATE", "VERSION-CONTROL",
    )
)  # fmt: skip
"""Registered methods beyond those of HTTP itself."""

# Callers


def source_namespace_not_found(value: Node, mesh: Mesh) -> Iterator[Defect]:
    """A rule about a namespace that does not exist is about nobody (semantics 13.3)."""
    wanted = value.value
    if not isinstance(wanted, str) or not wanted.strip("*"):
        return
    if "*" in wanted:
        known = {*mesh.namespaces, *BUILT_IN, *mesh.settings.external_namespaces}
        if mesh.world == "complete" and not any(fnmatchcase(name, wanted) for name in known):
            yield value.defect(namespace=wanted, hint="")
        return
    found = mesh.namespace(wanted)
    if isinstance(found, Absent):
        yield value.defect(
            namespace=wanted,
            hint=suggestion(found.near),
            repair=rewritten(value, found.near) if found.near else None,
            confidence=None if found.certain else "low",
        )


def principal_not_found(value: Node, mesh: Mesh) -> Iterator[Defect]:
    """A rule about a service account that nobody has is about nobody (semantics 13.3)."""
    wanted = value.value
    if not isinstance(wanted, str) or not wanted.strip("*") or wanted.startswith("spiffe://"):
        return
    parts = principal(wanted)
    if parts is None:
        if "*" not in wanted:
            yield value.defect(why=f'"{wanted}" is no identity: it would be trust.domain/ns/NAMESPACE/sa/ACCOUNT')
        elif mesh.world == "complete" and not exists_like(wanted, mesh):
            yield value.defect(why=f'no service account has an identity like "{wanted}"')
        return
    if parts.domain not in trust_domains(mesh):
        return  # a mesh of its own
    found = mesh.service_account(parts.account, parts.namespace)
    if isinstance(found, Absent):
        near = found.near.rpartition("/")[2] if found.reason == "missing" else ""
        full = f"{parts.domain}/ns/{parts.namespace}/sa/{near}"
        where = f"; there is {found.near}" if found.reason == "elsewhere" else suggestion(near)
        yield value.defect(
            why=f"namespace {parts.namespace} has no service account {parts.account}{where}",
            repair=rewritten(value, full) if near else None,
            confidence=None if found.certain else "low",
        )


def foreign_trust_domain(value: Node, mesh: Mesh) -> Iterator[Defect]:
    """A principal of a trust domain that the mesh does not know can never match (semantics 13.3)."""
    wanted = value.value
    if not isinstance(wanted, str) or "*" in wanted or wanted.startswith("spiffe://"):
        return
    domain, slash, _ = wanted.partition("/ns/")
    known = trust_domains(mesh)
    if domain and slash and domain not in known and (mesh.config.given or mesh.world == "complete"):
        yield value.defect(domain=domain, known=listed(known))


def principal_never_matches(value: Node) -> Iterator[Defect]:
    """A principal in a form that no identity has (semantics 13.3)."""
    wanted = value.value
    if not isinstance(wanted, str):
        return
    if wanted.startswith("spiffe://"):
        change = Change("set", value.path, wanted.removeprefix("spiffe://"), value.document)
        why = "identities are compared without spiffe://"
        yield value.defect(why=why, repair=Repair("remove spiffe://", (change,)))
    elif wanted != "*" and (wanted.count("*") > 1 or "*" in wanted[1:-1]):
        yield value.defect(why="only one star counts, at the beginning or at the end; others are plain characters")


def identity_without_mtls(part: Node, mesh: Mesh) -> Iterator[Defect]:
    """Callers have an identity only over mTLS, which these pods do not get (semantics 13.3)."""
    policy = mesh.policy_of(part.document)
    fields = [node for name in (*IDENTITY, *NOT_IDENTITY) if (node := part.get(name)) is not None and node.value]
    key = part.text("key")
    if key in IDENTITY_KEYS and (place := part.get("key")) is not None:
        fields = [place]
    why = why_plaintext(policy, mesh) if fields else None
    notes = why[1] if why else ()
    for node in fields if why else ():
        field = key or str(node.key)
        negative = field.startswith("not") or (key and part.get("notValues") is not None)
        outcome = "the condition always holds" if negative else "nobody ever matches"
        yield node.defect(
            on="value" if key else "key", field=field, why=why[0] if why else "", outcome=outcome,
            notes=notes,
            confidence=across_files(mesh, node.document, (it.document or node.document for it in notes)),
        )  # fmt: skip


def caller_without_identity(value: Node, mesh: Mesh) -> Iterator[Defect]:
    """A caller without a sidecar sends plaintext, and nobody knows who it is (semantics 13.3)."""
    parts = principal(value.value) if isinstance(value.value, str) else None
    if parts is None:
        return
    items = mesh.service_accounts.things.get((parts.namespace, parts.account), ())
    pods = [mesh.workload_of(it.document) for it in items if it.document.kind != "ServiceAccount"]
    pods = [it for it in pods if mesh.together(value.document, it.document)]
    if pods and all(mesh.dataplane(it) == "none" for it in pods):
        notes = note_at(pods[0].document, ("metadata", "name"), "no sidecar here")
        yield value.defect(workload=listed(called(it) for it in pods[:3]), notes=notes)


# What they ask for


def unknown_http_method(value: Node) -> Iterator[Defect]:
    """A method that HTTP does not have."""
    written = value.value
    if not isinstance(written, str) or not written.strip().strip("*"):
        return
    word = written.strip().upper()
    if word in EXTENSIONS or any(_like(method, word) for method in METHODS):
        return
    hint = "; the path of a gRPC method belongs into paths" if "/" in word or "." in word else ""
    near = next((method for method in METHODS if _slip(word, method)), "") if not hint else ""
    repair = rewritten(value, near) if near else None
    yield value.defect(method=written, hint=hint or suggestion(near), repair=repair)


def _like(method: str, pattern: str) -> bool:
    if pattern.count("*") > 1 or "*" in pattern[1:-1]:
        return False
    return fnmatchcase(method, pattern)


def _slip(word: str, method: str) -> bool:
    from istiolint.mesh.nearness import edit_apart

    return edit_apart(word, method)


def lower_case_http_method(value: Node) -> Iterator[Defect]:
    """Methods are compared with their case (semantics 13.3)."""
    written = value.value
    if (
        isinstance(written, str)
        and written != written.upper()
        and written.strip("*").upper() in (*METHODS, *EXTENSIONS)
    ):
        upper = written.upper()
        change = Change("set", value.path, upper, value.document)
        yield value.defect(method=written, upper=upper, repair=Repair(f"write {upper}", (change,)))


def authorization_host_not_found(value: Node, mesh: Mesh) -> Iterator[Defect]:
    """A host that is a Service's by its form, and no Service's in fact."""
    written = value.value
    if not isinstance(written, str) or not written or "*" in written:
        return
    namespace = mesh.namespace_of(value.document)
    host = written.partition(":")[0]
    name, dot, rest = host.partition(".")
    if dot:
        if rest != namespace and rest not in mesh.namespaces and rest not in mesh.used_namespaces:
            return  # a host name of the outside
        host = f"{name}.{rest}.svc.{mesh.domain}"
    found = mesh.host(host, namespace)
    if not isinstance(found, Absent) or _routed(written, namespace, mesh):
        return
    near = found.near if not dot and "." not in found.near else ""
    yield value.defect(
        host=written,
        full=mesh.fqdn(host, namespace),
        hint=suggestion(near),
        repair=rewritten(value, near) if near else None,
        confidence=None if found.certain else "low",
    )


def _routed(host: str, namespace: str, mesh: Mesh) -> bool:
    return bool({host, mesh.fqdn(host, namespace)} & mesh.index(_routed_hosts))


def _routed_hosts(mesh: Mesh) -> set[str]:
    return {host for service in mesh.virtual_services for host in service.hosts}


def service_port_in_policy(value: Node, mesh: Mesh) -> Iterator[Defect]:
    """Ports are those of the pods, as the server's proxy sees them, not of their Services (semantics 13.3)."""
    if not isinstance(value.value, str) or not value.value.isdigit():
        return
    if value.document.node(*value.path[:-2], "key") is not None:
        condition = value.document.node(*value.path[:-2])
        if condition is None or condition.text("key") != "destination.port":
            return
    wanted = int(value.value)
    pods = selected(mesh.policy_of(value.document), mesh)
    hint = None
    for workload in pods:
        if any(port.number == wanted for port in workload.ports):
            return
        for service in mesh.services_of(workload):
            for port in service.ports:
                target = workload.port_number(port.target)
                if target == wanted or target is None:
                    return
                if port.number == wanted:
                    hint = hint or (service, port, target, workload)
    if hint is None:
        return
    service, port, target, workload = hint
    notes = note_at(service.document, port.path, f"port {wanted} leads to {target}")
    yield value.defect(
        port=wanted,
        service=called(service),
        target=target,
        workload=called(workload),
        notes=notes,
        repair=rewritten(value, f'"{target}"') if len(pods) == 1 else None,
    )


# What becomes of a rule


def deny_widened_on_tcp(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """On TCP ports the HTTP conditions of a DENY rule are dropped, and the rest denies more (semantics 13.4)."""
    policy = mesh.policy_of(root.document)
    if action(policy) != "DENY" or dry(policy):
        return
    pods = selected(policy, mesh)
    for index, rule in rules(policy):
        fields, ports = http_fields(rule), ports_named(rule)
        if not fields:
            continue
        for workload in sorted(pods, key=lambda it: mesh.dataplane(it) != "sidecar"):  # the sure ones first
            state = mesh.dataplane(workload)
            hit = next((it for it in tcp_ports(workload, mesh) if not ports or str(it[2]) in ports), None)
            place = root.at("spec", "rules", index)
            if hit is None or place is None or state in ("none", "ambient"):
                continue
            yield place.defect(
                fields=listed(fields),
                port=hit[2],
                workload=called(workload),
                notes=note_at(hit[0].document, hit[1].path, f"declared as {hit[1].protocol}"),
                # another Service of these pods may declare the port as HTTP
                confidence=across_files(mesh, hit[0].document, (workload.document, policy.document))
                if state == "sidecar"
                else "low",
            )
            break


def allow_closes_tcp_port(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """An ALLOW rule with HTTP conditions does not exist on TCP ports: nobody may connect (semantics 13.4)."""
    policy = mesh.policy_of(root.document)
    if action(policy) != "ALLOW" or dry(policy) or not any(http_fields(rule) for _, rule in rules(policy)):
        return
    for workload in selected(policy, mesh):
        closed = mesh.index(closed_port, workload)
        if closed is not None:
            service, port, target = closed
            place = root.at("spec", "rules") or root
            yield place.defect(
                on="key",
                port=target,
                workload=called(workload),
                protocol=port.protocol,
                notes=note_at(service.document, port.path, f"declared as {port.protocol}"),
                # another policy may open the port
                confidence=across_files(mesh, policy.document, (workload.document, service.document)),
            )
            return


def dry_run_allow_only(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """A workload whose only ALLOW policies are tried out is open to all (semantics 13.2)."""
    policy = mesh.policy_of(root.document)
    if action(policy) != "ALLOW" or not policy.dry_run:
        return
    for workload in selected(policy, mesh):
        acting = mesh.policies.applying("AuthorizationPolicy", workload)
        if not any(action(it) == "ALLOW" and not it.dry_run for it in acting):
            place = root.at("metadata", "annotations", "istio.io/dry-run") or root
            yield place.defect(workload=called(workload))
            return


def authorization_provider_not_found(name: Node, mesh: Mesh) -> Iterator[Defect]:
    """A CUSTOM policy whose provider the mesh does not have denies whatever it matches (semantics 13.2)."""
    config = mesh.config
    if not config.given or not isinstance(name.value, str) or action(mesh.policy_of(name.document)) != "CUSTOM":
        return
    asked = [
        known
        for known, item in config.extension_providers.items()
        if "envoyExtAuthzHttp" in item or "envoyExtAuthzGrpc" in item
    ]
    sure = config.source is None or mesh.world == "complete"
    if not sure and not (asked and config.source and mesh.together(name.document, config.source)):
        return  # the mesh configuration of another cluster, or not all of it
    if name.value not in asked:
        yield name.defect(provider=name.value, known=listed(asked), confidence=None if sure else "medium")


def policy_target_not_found(target: Node, mesh: Mesh) -> Iterator[Defect]:
    """A policy for a Service, Gateway or ServiceEntry that is not in its namespace (specification 2.3)."""
    policy = mesh.policy_of(target.document)
    kind, name = target.text("kind"), target.text("name")
    place = target.get("name")
    if place is None or not name:
        return
    if "." in name or kind not in ("Service", "Gateway"):
        return
    found: object = mesh.host(name, policy.namespace) if kind == "Service" else mesh.gateway(name, policy.namespace)
    if isinstance(found, Absent):
        near = found.near if "/" not in found.near and "." not in found.near else ""
        yield place.defect(
            kind=kind,
            name=name,
            where=f"in namespace {policy.namespace}" if policy.namespace else "",
            hint=suggestion(near),
            repair=rewritten(place, near) if near else None,
            confidence=None if found.certain else "low",
        )


def workload_without_authorization(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """Pods that no AuthorizationPolicy is about: everybody in the mesh may call them."""
    workload = mesh.workload_of(root.document)
    place = root.at("metadata", "name")
    if place is None or workload.gateway or mesh.policies.perhaps("AuthorizationPolicy", workload):
        return
    if not mesh.policies.applying("AuthorizationPolicy", workload):
        yield place.defect(workload=called(workload))


def root_policy_selects_everywhere(selector: Node, mesh: Mesh) -> Iterator[Defect]:
    """A selector in the root namespace picks pods of every namespace (semantics 13.1)."""
    policy: Policy = mesh.policy_of(selector.document)
    if not policy.root or not policy.selector:
        return
    pods = {it.namespace: it for it in mesh.workload_index.select(policy.selector, None) if it.namespace}
    spaces = sorted(pods.keys() - {policy.namespace})
    if spaces:
        workload = pods[spaces[0]]
        yield selector.defect(
            on="key",
            namespaces=listed(spaces[:5]),
            workload=called(workload),
            notes=note_at(workload.document, ("metadata", "name"), "selected, too"),
        )
