"""Paths and hosts as policies and matches write them, and the requests that come in another form (semantics 13.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from istiolint.checks.match_cover import left_over
from istiolint.checks.naming import across_files, called, host_shown, note_at
from istiolint.checks.open_rules import open_to_all, opened
from istiolint.checks.phrases import listed
from istiolint.checks.policy_rules import operations, selected
from istiolint.checks.rewritten import free, missed, sample, surely_not, takes
from istiolint.finding import Change, Defect, Repair
from istiolint.mesh.hosts import Host
from istiolint.mesh.names import MESH, is_wildcard
from istiolint.mesh.read import dig, mapping, number, sequence, text, texts

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.workloads import Workload
    from istiolint.source.document import Document
    from istiolint.source.node import Node

WITHOUT_PORT = (80, 443)
"""Ports that clients leave out of the Host header: those of http and https."""

# What policies say (a path with a dot is that of a file or of a gRPC service: no folder, and in no other form)


def _passes(field: Node) -> str:
    """What happens to requests that a protecting field does not name; empty where the field protects nothing.

    A DENY or CUSTOM policy protects what it names, and an ALLOW rule for everybody what it names in a `not` field.
    """
    spec = mapping(field.document.value.get("spec"))
    action = text(spec.get("action")) or "ALLOW"
    if not str(field.key).startswith("not"):
        return {"DENY": "not denied", "CUSTOM": "not sent to the authorizer"}.get(action, "")
    rule = field.document.node(*field.path[:3])
    if action != "ALLOW" or rule is None or rule.get("from") is not None or rule.get("when") is not None:
        return ""
    return "allowed"


def _values(document: Document, key: str) -> list[str]:
    """The values of a field of all operations of a policy."""
    return [
        value
        for rule in sequence(dig(document.value, "spec", "rules"))
        for part in sequence(dig(rule, "to"))
        for value in texts(dig(part, "operation", key))
    ]


def denied_host_without_port(field: Node, mesh: Mesh) -> Iterator[Defect]:
    """Hosts are compared with the port that a caller adds to them (semantics 13.3)."""
    passes = _passes(field)
    if not passes or not isinstance(field.value, list):
        return
    written = [it.lower() for it in _values(field.document, str(field.key))]
    if any(":" in it for it in written):
        return  # the author knows of ports
    for value in field.items():
        host = value.value
        if not isinstance(host, str) or not host.strip("*"):
            continue
        witness = f"{host.replace('*', 'a').lower()}:8080"
        if not any(takes(it, witness) for it in written) and not mesh.index(_strips_port):
            yield value.defect(host=witness, passes=passes, right=f"{host}:*" if "*" not in host else "a name each")
            return


def _strips_port(mesh: Mesh) -> bool:
    """Whether some EnvoyFilter takes the port from the Host header."""
    return any("_host_port" in str(it.value.get("spec")) for it in mesh.documents("EnvoyFilter", "networking.istio.io"))


def allowed_host_without_port(value: Node, mesh: Mesh) -> Iterator[Defect]:
    """Clients of a port other than 80 send it with the host (semantics 13.3)."""
    host = value.value
    policy = mesh.policy_of(value.document)
    if not isinstance(host, str) or not host or "*" in host or ":" in host:
        return
    if (text(policy.spec.get("action")) or "ALLOW") != "ALLOW" or not policy.namespace:
        return
    name, dot, rest = host.lower().partition(".")
    space = rest.removesuffix(f".svc.{mesh.domain}").removesuffix(".svc") if dot else policy.namespace
    found = mesh.host(f"{name}.{space}.svc.{mesh.domain}", policy.namespace) if "." not in space else None
    ports = _odd_ports(found, value.document, mesh)
    if not isinstance(found, Host) or not ports:
        return
    given = [it.lower() for it in _values(value.document, "hosts")]
    pods = selected(policy, mesh)
    behind = [it for service in found.services for it in mesh.behind(service)]
    if any(takes(it, f"{host.lower()}:{port}") for it in given for port in ports) or not any(
        one is other for one in pods for other in behind
    ):
        return
    if not any(_sets_authority(it.spec, host) for it in mesh.virtual_services):
        service = found.services[0]
        yield value.defect(
            host=host,
            witness=f"{host}:{ports[0]}",
            ports=listed(ports),
            service=called(service),
            notes=note_at(service.document, ("spec", "ports"), "its ports"),
            # a VirtualService that is not here may write another host
            confidence=across_files(mesh, value.document, (it.document for it in found.services)),
        )


def _odd_ports(host: object, document: Document, mesh: Mesh) -> list[int]:
    """The HTTP ports of a known Service, if clients send each of them with the host; else none."""
    if not isinstance(host, Host) or host.external or host.plausible or host.entries or not host.services:
        return []
    if not all(it.ports and mesh.together(document, it.document) for it in host.services):
        return []
    ports = sorted({port.number for port in host.ports if port.port_class in ("http", "auto")})
    return [] if any(port in WITHOUT_PORT for port in ports) else ports


def _sets_authority(spec: dict[str, Any], host: str) -> bool:
    return any(dig(entry, "rewrite", "authority") == host for entry in sequence(spec.get("http")))


def denied_folder_without_itself(field: Node) -> Iterator[Defect]:
    """`/admin/*` is about what lies below `/admin/`, and not about `/admin` (semantics 13.3)."""
    passes = _passes(field)
    if not passes or not isinstance(field.value, list):
        return
    written: list[str] | None = None
    for value in field.items():
        path = value.value
        if isinstance(path, str) and path.endswith("/*") and len(path) > 2 and "{" not in path and path[0] == "/":
            written = written or _values(field.document, str(field.key))
            bare = path[:-2]
            if "." not in bare and not any(takes(it, bare) for it in written):
                yield value.defect(path=path, bare=bare, passes=passes)


def denied_path_without_slash(field: Node) -> Iterator[Defect]:
    """An exact path is not the same path with a slash at its end (semantics 13.3, 13.5)."""
    passes = _passes(field)
    if not passes or not isinstance(field.value, list):
        return
    written = _values(field.document, str(field.key))
    for value in field.items():
        path = value.value
        if not isinstance(path, str) or len(path) < 2 or path[0] != "/" or path[-1] in "*/" or "{" in path:
            continue
        if "." not in path and not any(takes(it, f"{path}/") for it in written):
            yield value.defect(path=path, passes=passes)


def denied_path_with_two_slashes(field: Node, mesh: Mesh) -> Iterator[Defect]:
    """Whether `//admin` is `/admin` is a setting of the mesh (semantics 13.5)."""
    passes = _passes(field)
    if not passes or not mesh.config.given or not isinstance(field.value, list):
        return
    mode = text(dig(mesh.config.values.get("pathNormalization"), "normalization")) or "DEFAULT"
    if mode not in ("DEFAULT", "BASE", "NONE"):
        return
    written = _values(field.document, str(field.key))
    for value in field.items():
        path = value.value
        if isinstance(path, str) and len(path) > 2 and path[0] == "/" and "." not in path:
            witness = "/" + (f"{path[:-1]}x" if path.endswith("/*") else path.removesuffix("*"))
            if "{" not in path and not any(takes(it, witness) for it in written):
                yield value.defect(path=witness, passes=passes, mode=mode)
                return


def denied_path_with_coded_slash(field: Node, mesh: Mesh) -> Iterator[Defect]:
    """Whether `/admin%2Fx` is `/admin/x` is a setting of the mesh (semantics 13.5)."""
    passes = _passes(field)
    if not passes or not mesh.config.given or not isinstance(field.value, list):
        return
    mode = text(dig(mesh.config.values.get("pathNormalization"), "normalization")) or "DEFAULT"
    if mode == "DECODE_AND_MERGE_SLASHES":
        return
    written = _values(field.document, str(field.key))
    for value in field.items():
        path = value.value
        if not isinstance(path, str) or path[:1] != "/" or "{" in path or "." in path:
            continue
        folder, _, last = sample(path).rpartition("/")
        witness = f"{folder}%2F{last}"
        if folder and last and not any(takes(it, witness) for it in written):
            yield value.defect(path=witness, passes=passes, mode=mode)
            return


def caller_restriction_without_effect(rules: Node) -> Iterator[Defect]:
    """One ALLOW rule that fits is enough: one for everybody opens what others restrict (semantics 13.2)."""
    if not isinstance(rules.value, list) or len(rules.value) < 2:
        return
    if (text(mapping(rules.document.value.get("spec")).get("action")) or "ALLOW") != "ALLOW":
        return
    wide = [
        (index, operation)
        for index, rule in enumerate(rules.value)
        if isinstance(rule, dict) and open_to_all(rule)
        for operation in operations(rule) or [{}]
    ]
    for rule in rules.items() if wide else ():
        if not isinstance(rule.value, dict) or open_to_all(rule.value):
            continue
        for place, operation in enumerate(operations(rule.value) or [{}]):
            yield from _opened(rules, rule, place, operation, wide)


def _opened(
    rules: Node, rule: Node, place: int, operation: dict[str, Any], wide: list[tuple[int, dict[str, Any]]]
) -> Iterator[Defect]:
    seen: set[int] = set()
    for index, other in wide:
        for at, by in opened(operation, other):
            if at in seen:
                continue
            seen.add(at)
            path = operation["paths"][at] if at >= 0 else ""
            node = rule.at("to", place, "operation", "paths", at) if at >= 0 else rule.at("to", place)
            first = rules.get(index)
            yield (node or rule).defect(
                what=f"GET {sample(path)}"
                if path and not operation.get("methods")
                else path or "what this rule is for",
                number=index + 1,
                by=f' ("{by}")' if by else "",
                notes=[first.note("allows it to everybody")] if first is not None else [],
            )


# What VirtualServices match


def authority_without_port(exact: Node, mesh: Mesh) -> Iterator[Defect]:
    """The authority is the host as the client sent it, with the port unless that is 80 (semantics 6)."""
    written = exact.value
    route = mesh.virtual_service_of(exact.document)
    if not isinstance(written, str) or not written or ":" in written or set(route.gateways) != {MESH}:
        return
    asked: set[int] = set()
    known: Host | None = None
    for host in route.hosts:
        found = mesh.host(host, route.namespace) if not is_wildcard(host) else None
        ports = _odd_ports(found, exact.document, mesh)
        if not isinstance(found, Host) or not ports:
            return
        names = host.split(".")
        if written in (host, names[0], ".".join(names[:2]), ".".join(names[:3])):
            known = found
            asked.update(ports)
    if known is None or number(dig(_above(exact, 5), "port")) in WITHOUT_PORT:
        return
    for other in sequence(dig(_above(exact, 3), "match")):
        authority = mapping(dig(other, "authority"))
        if text(authority.get("exact")).startswith(f"{written}:") or "prefix" in authority or "regex" in authority:
            return  # the form with the port is there, too
    port = min(asked)
    yield exact.defect(
        written=written,
        witness=f"{written}:{port}",
        host=host_shown(known.name),
        ports=listed(sorted(asked)),
        notes=note_at(known.services[0].document, ("spec", "ports"), "its ports"),
        # another file may give the host a port that clients leave out
        confidence=across_files(mesh, exact.document, (it.document for it in known.services)),
    )


def _above(node: Node, depth: int) -> Any:
    """The value at the first steps of the path of a node."""
    above = node.document.node(*node.path[:depth])
    return above.value if above is not None else None


def policy_tests_path_before_rewrite(uri: Node, mesh: Mesh) -> Iterator[Defect]:
    """A rewrite comes before the policies of the server, which see the new path (semantics 13.5)."""
    target = uri.value
    entry = _above(uri, 3)
    if not isinstance(target, str) or not target.startswith("/") or len(uri.path) < 3:
        return
    matches = sequence(dig(entry, "match"))
    prefixes = {text(dig(match, "uri", "prefix")) for match in matches}
    prefixes = {it for it in prefixes if len(it) > 1 and not target.startswith(it)}
    earlier = sequence(_above(uri, 2))[: int(uri.path[2])] if prefixes else []
    for workload in _servers(entry, uri, mesh) if prefixes else ():
        for prefix in sorted(prefixes):
            for it in missed(mesh, workload, prefix, target):
                others = [match for match in matches if text(dig(match, "uri", "prefix")) != prefix]
                if not free(earlier, it.before) or not all(surely_not(match, it.before) for match in others):
                    continue
                denies = text(it.policy.spec.get("action")) == "DENY"
                yield uri.defect(
                    before=it.before,
                    after=it.after,
                    workload=called(workload),
                    policy=called(it.policy),
                    outcome="does not deny it" if denies else "does not allow it",
                    notes=note_at(it.policy.document, it.path, "the path before the rewrite"),
                    # a policy that is not here may name the new one
                    confidence=across_files(mesh, uri.document, (it.policy.document,)),
                )
                return


def _servers(entry: Any, node: Node, mesh: Mesh) -> Iterator[Workload]:
    """Workloads with a sidecar to which a route leads, with all policies known that act on them."""
    route = mesh.virtual_service_of(node.document)
    for part in sequence(dig(entry, "route")):
        found = mesh.host(text(dig(part, "destination", "host")), route.namespace)
        for service in found.services if isinstance(found, Host) and not found.plausible else ():
            for workload in mesh.behind(service) if mesh.together(node.document, service.document) else ():
                if mesh.dataplane(workload) in ("sidecar", "unknown") and not mesh.policies.perhaps(
                    "AuthorizationPolicy", workload
                ):
                    yield workload


def prefix_inside_word(prefix: Node, mesh: Mesh) -> Iterator[Defect]:
    """`/admin` also begins `/administrator`, which a policy about `/admin` is not about (semantics 6, 13.3)."""
    written = prefix.value
    entry = _above(prefix, 3)
    if not isinstance(written, str) or len(written) < 2 or not written[-1].isalnum() or dig(entry, "rewrite"):
        return
    witness = f"{written}x"
    for workload in _servers(entry, prefix, mesh):
        for policy in mesh.policies.applying("AuthorizationPolicy", workload):
            if text(policy.spec.get("action")) not in ("DENY", "CUSTOM"):
                continue
            paths = _values(policy.document, "paths")
            near = next((it for it in paths if it in (written, f"{written}/", f"{written}/*")), "")
            if near and not any(takes(it, witness) for it in paths):
                yield prefix.defect(
                    witness=witness,
                    near=near,
                    policy=called(policy),
                    notes=note_at(policy.document, ("spec", "rules"), "not about it"),
                )
                return


def request_without_route(http: Node, mesh: Mesh) -> Iterator[Defect]:
    """What no route of a VirtualService takes is answered with 404, though the Service is there (semantics 5, 6)."""
    route = mesh.virtual_service_of(http.document)
    entries = http.value
    if not isinstance(entries, list) or not entries or route.gateways != (MESH,) or not route.hosts:
        return
    if isinstance(entries[-1], dict) and not entries[-1].get("match"):
        return  # it takes all that is left
    found = mesh.host(route.hosts[0], route.namespace) if not is_wildcard(route.hosts[0]) else None
    if isinstance(found, Host) and found.services and not found.plausible and (request := left_over(entries)):
        last = http.get(len(entries) - 1) or http
        yield last.defect(request=request, host=host_shown(found.name))


def path_never_matches(path: Node) -> Iterator[Defect]:
    """Every path begins with a slash: what begins otherwise fits none (semantics 13.3)."""
    written = path.value
    if isinstance(written, str) and written and written[0] not in "/*{":
        right = f"/{written}"
        repair = Repair(f"write {right}", (Change("set", path.path, right, path.document),), safe=False)
        yield path.defect(path=written, repair=repair)
