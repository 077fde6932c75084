"""Certificates of gateways: whether the Secret is there, is of use, and is used once (specification 13)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from istiolint.checks.naming import across_files, called, note_at
from istiolint.checks.phrases import listed, suggestion
from istiolint.finding import Defect
from istiolint.mesh.answers import Absent, Unknown
from istiolint.mesh.servers import Servers, selector_of

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.gateways import Gateway, Server
    from istiolint.mesh.objects import Item
    from istiolint.source.node import Node

TERMINATING = ("SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL")
"""Modes of servers that show a certificate of their own."""


def shared_certificate(server: Node, mesh: Mesh) -> Iterator[Defect]:
    """A browser that has a connection for one host sends requests for others of its certificate there, too (HTTP/2)."""
    gateway = mesh.gateway_of(server.document)
    own = next((it for it in gateway.servers if it.path == server.path), None)
    node = server.at("tls", "credentialName") or server.at("tls", "serverCertificate")
    if own is None or node is None or not (certificate := _certificate(own)):
        return
    selector = set(selector_of(gateway))
    hosts = {host.host.lower() for host in own.hosts}
    found: dict[str, tuple[Gateway, Server]] = {}
    for other, its in mesh.index(_certificates).get((certificate, own.number), ()):
        if (
            other.reference != gateway.reference
            and selector.issubset(selector_of(other))
            and {host.host.lower() for host in its.hosts} != hosts
            and mesh.together(gateway.document, other.document)
        ):
            found.setdefault(called(other), (other, its))
            if len(found) > 3:
                break
    if found:
        names = [*list(found)[:3], *(["others"] if len(found) > 3 else [])]
        other, its = next(iter(found.values()))
        yield node.defect(
            others=listed(names),
            notes=note_at(other.document, (*its.path, "tls", node.key), "the same certificate"),
        )


def _certificates(mesh: Mesh) -> dict[tuple[str, int], list[tuple[Gateway, Server]]]:
    """Servers that terminate TLS by certificate and port."""
    found: dict[tuple[str, int], list[tuple[Gateway, Server]]] = {}
    for gateway in mesh.gateways:
        for server in gateway.servers:
            if certificate := _certificate(server):
                found.setdefault((certificate, server.number), []).append((gateway, server))
    return found


def _certificate(server: Server) -> str:
    """What identifies the certificate of a server; empty where it has none of its own."""
    if server.tls_mode not in TERMINATING:
        return ""
    name = server.tls.get("credentialName")
    if isinstance(name, str) and name:
        return name
    files = server.tls.get("serverCertificate"), server.tls.get("privateKey")
    return "\n".join(map(str, files)) if all(files) else ""


def credential_not_found(credential: Node, mesh: Mesh) -> Iterator[Defect]:
    """A gateway takes certificates from Secrets of the namespace in which its pods are."""
    for namespace, name in _secrets(credential, mesh):
        found = mesh.secret(name, namespace)
        if not isinstance(found, Absent):
            continue
        item: Item | None = found.thing
        why = suggestion(found.near)
        if found.reason == "elsewhere" and item is not None:
            why = f"; there is one in {item.namespace}, but the pods of the gateway are in {namespace}"
        yield credential.defect(
            name=name,
            namespace=namespace,
            why=why,
            notes=note_at(item.document, ("metadata", "name"), "this one exists") if item is not None else (),
            confidence=None if found.certain else "low",
        )
        return


def invalid_credential(credential: Node, mesh: Mesh) -> Iterator[Defect]:
    """A Secret that a gateway shows as its certificate holds a certificate and its key (specification 13)."""
    from istiolint.checks.secrets import problem

    for namespace, name in _secrets(credential, mesh):
        found = mesh.secret(name, namespace)
        if isinstance(found, (Absent, Unknown)) or any(item.document.kind != "Secret" for item in found):
            continue
        problems = [problem(item.document.value) for item in found]
        if all(problems):
            notes = note_at(found[0].document, ("data",), "what the Secret holds")
            yield credential.defect(name=name, namespace=namespace, why=problems[0], notes=notes)
            return


def credential_without_ca(credential: Node, mesh: Mesh) -> Iterator[Defect]:
    """To verify clients a gateway needs a CA, in the same Secret or in one named `-cacert` (specification 13)."""
    from istiolint.checks.secrets import has_authority, problem

    tls = credential.document.node(*credential.path[:-1])
    if tls is None or tls.text("mode") not in ("MUTUAL", "OPTIONAL_MUTUAL") or tls.get("caCertCredentialName"):
        return
    for namespace, name in _secrets(credential, mesh):
        found = mesh.secret(name, namespace)
        if isinstance(found, (Absent, Unknown)) or any(item.document.kind != "Secret" for item in found):
            continue
        known = [item for item in found if not problem(item.document.value)]
        beside = mesh.secret(f"{name}-cacert", namespace)
        if known and not any(has_authority(item.document.value) for item in known) and not beside:
            notes = note_at(known[0].document, ("data",), "what the Secret holds")
            # the CA may be in a Secret that is not here
            sure = across_files(mesh, credential.document, (item.document for item in known))
            mode = tls.text("mode")
            yield credential.defect(name=name, namespace=namespace, mode=mode, notes=notes, confidence=sure)
            return


def _secrets(credential: Node, mesh: Mesh) -> list[tuple[str, str]]:
    """Namespace and name of the Secrets that a credential means: of each namespace with pods of its Gateway."""
    written = credential.value
    if not isinstance(written, str) or "://" in written.removeprefix("kubernetes://"):
        return []
    space, slash, name = written.removeprefix("kubernetes://").rpartition("/")
    if not name:
        return []
    if slash:
        return [(space, name)]
    gateway = mesh.gateway_of(credential.document)
    pods = mesh.index(Servers).pods(gateway)
    together = [it.namespace for it in pods if mesh.together(gateway.document, it.document)]
    return [(namespace, name) for namespace in dict.fromkeys(together) if namespace]
