"""How to look at traces of one tree so that they can be compared with those of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.compare.pairing import frozen
from istiolint.mesh.policies import KINDS
from istiolint.mesh.read import dig
from istiolint.records import NamedTuple
from istiolint.verify.selecting import name_of

if TYPE_CHECKING:
    from collections.abc import Hashable

    from istiolint.compare.pairing import Pairing
    from istiolint.mesh import Mesh
    from istiolint.trace.question import Client
    from istiolint.trace.result import Backend, Step
    from istiolint.trace.tracer import Tracer


class Look(NamedTuple):
    """A tracer, and who its workloads are in the other tree."""

    tracer: Tracer
    number: int
    """0: before, 1: after."""
    pairing: Pairing

    @property
    def mesh(self) -> Mesh:
        """The mesh of the tracer."""
        return self.tracer.mesh

    def token(self, backend: Backend) -> Hashable:
        """What stands for a pod and its port on both sides."""
        its = backend.workload
        return (self.pairing.token(self.number, its) if its is not None else backend.address, backend.port)

    def name(self, backend: Backend) -> str:
        """`shop/pay-v1:8080`."""
        its = backend.workload
        where = name_of(its) if its is not None else backend.address
        return f"{where}:{backend.port}"

    def doubt(self, step: Step, client: Client) -> Hashable:
        """What stands for an unknown on both sides: of an EnvoyFilter what it says, whatever it is called."""
        document = step.document
        if document is None:
            return step.unknown
        if client.workload is not None and document is client.workload.document:
            return (step.stage, "the client", step.unknown.replace(str(client), "*"))
        name = f"{self.mesh.namespace_of(document)}/{document.name}"
        said = step.unknown.replace(name, "*") if document.name else step.unknown
        if document.kind in KINDS:
            return (said, frozen(dig(document.value, "spec")))
        token = self.pairing.of_document(self.number, document)
        return step.unknown if token is None else (step.stage, said, token)
