"""Who asks: the clients and gateways of two trees, each as it is in both of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.read import dig, sequence, texts
from istiolint.records import NamedTuple
from istiolint.trace.question import Client, client_of, find_gateway, gateway_of_labels, kube_client
from istiolint.verify.alike import Alike
from istiolint.verify.selecting import callers as calling
from istiolint.verify.selecting import name_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from istiolint.compare.pairing import Pairing
    from istiolint.compare.sides import Side
    from istiolint.mesh import Mesh
    from istiolint.mesh.gateways import Gateway

PLAIN = "any pod without a sidecar"
STRANGER = "any pod of another namespace"
NOWHERE = "another-namespace"
"""A namespace that no manifest is about."""


class Caller(NamedTuple):
    """Who asks, in both trees; None: one of them has nobody like that."""

    name: str
    before: Client | None
    after: Client | None
    members: tuple[str, ...] = ()
    """The clients that it stands for, since they all fare the same; of a gateway only itself."""
    stranger: bool = False
    """Whether it is in no file."""

    @property
    def both(self) -> tuple[Client, Client] | None:
        """The client in both trees, if it is in both."""
        return (self.before, self.after) if self.before is not None and self.after is not None else None


NOBODY = Caller(STRANGER, Client(NOWHERE, "pod", "sidecar"), Client(NOWHERE, "pod", "sidecar"), (), True)
"""Who asks where nobody else is there."""


def clients(before: Side, after: Side, pairing: Pairing) -> list[Caller]:
    """The clients of both trees, one of each kind, in order of their names; those of one tree only on their own."""
    sides = (before.mesh, after.mesh)
    there = [{id(it) for it in calling(mesh)} for mesh in sides]
    alike = [mesh.index(Alike) for mesh in sides]
    groups: dict[Hashable, list[Caller]] = {}
    alone: list[Caller] = []
    for pair in pairing.pairs:
        one, other = (it if id(it) in known else None for it, known in zip(pair, there, strict=True))
        names = sorted(name_of(it) for it in (one, other) if it is not None)
        if not names:
            continue
        caller = Caller(
            names[0], client_of(sides[0], one) if one else None, client_of(sides[1], other) if other else None,
            (names[0],),
        )  # fmt: skip
        if caller.both is None:
            alone.append(caller)
        else:
            key = tuple(one.key(it) for one, it in zip(alike, caller.both, strict=True))
            groups.setdefault(key, []).append(caller)
    for stranger in _strangers(before.mesh, after.mesh):
        groups.setdefault(("a stranger", stranger.name), []).append(stranger)
    joined = [_joined(it) for it in groups.values()]
    return sorted([*joined, *alone], key=lambda it: (it.stranger, it.name, it.before is None))


def _joined(found: list[Caller]) -> Caller:
    first = min(found, key=lambda it: it.name)
    return first._replace(members=tuple(sorted(name for it in found for name in it.members)))


def _strangers(before: Mesh, after: Mesh) -> Iterator[Caller]:
    """Clients that are in no file, where the files need not be all there is: policies name some, and there are more."""
    if before.world == "complete":
        return
    yield _stranger(PLAIN, Client(NOWHERE, "pod", "none"))
    yield _stranger(STRANGER, Client(NOWHERE, "pod", "sidecar"))
    known = {(it.namespace, account) for mesh in (before, after) for it in mesh.workloads
             for account in (it.service_account, "")}  # fmt: skip
    named = {it for mesh in (before, after) for it in _named(mesh)}
    for namespace, account in sorted(named - known):
        name = f"any pod of {namespace}" + (f" with account {account}" if account else "")
        yield _stranger(name, Client(namespace, "pod", "sidecar", service_account=account or "default"))


def _stranger(name: str, client: Client) -> Caller:
    return Caller(name, client, client, (name,), True)


def _named(mesh: Mesh) -> Iterator[tuple[str, str]]:
    """Namespaces and service accounts (empty: any) that AuthorizationPolicies name."""
    for policy in mesh.policies.of("AuthorizationPolicy"):
        for rule in sequence(policy.spec.get("rules")):
            for item in sequence(dig(rule, "from")):
                source = dig(item, "source")
                for field in ("namespaces", "notNamespaces"):
                    yield from ((it, "") for it in texts(dig(source, field)) if it and "*" not in it)
                for field in ("principals", "notPrincipals"):
                    for written in texts(dig(source, field)):
                        parts = written.split("/")
                        if len(parts) == 5 and "*" not in written and parts[2] and parts[4]:
                            yield parts[2], parts[4]
                for field in ("serviceAccounts", "notServiceAccounts"):
                    for written in texts(dig(source, field)):
                        space, slash, account = written.partition("/")
                        if "*" not in written and written:
                            yield (space, account) if slash else (policy.namespace, written)


# Gateways


def gateways(before: Side, after: Side, pairing: Pairing) -> list[Caller]:
    """The gateways of both trees, in order of their names."""
    sides = [_gateways(side.mesh, number, pairing) for number, side in enumerate((before, after))]
    found = []
    for key in dict.fromkeys([*sides[0], *sides[1]]):
        pair = [side.get(key) for side in sides]
        name = min(f"{it.namespace or '~'}/{it.name}" for it in pair if it is not None)
        found.append(Caller(name, pair[0], pair[1], (name,)))
    return sorted(found, key=lambda it: (it.name, it.before is None))


def _gateways(mesh: Mesh, number: int, pairing: Pairing) -> dict[Hashable, Client]:
    found: dict[Hashable, Client] = {}
    for workload in mesh.workloads:
        if workload.gateway and workload.replicas:
            found[pairing.token(number, workload)] = client_of(mesh, workload)
    made = [kube_client(mesh, it) for it in mesh.kube_gateways if not it.waypoint]
    made += [it for gateway in mesh.gateways if (it := _lacking(mesh, gateway)) is not None]
    for client in made:
        if client.workload is not None and client.workload.document.index < 0:
            found.setdefault(("made", client.namespace, client.name), client)
    return found


def _lacking(mesh: Mesh, gateway: Gateway) -> Client | None:
    """The pods of a Gateway that are in no file; None: they are, or it means none."""
    if not gateway.selector or any(it.gateway for it in mesh.workload_index.select(gateway.selector, None)):
        return None
    found = find_gateway(mesh, gateway.namespace, gateway.name)
    return found or gateway_of_labels(mesh, gateway.namespace, gateway.selector)
