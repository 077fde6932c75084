"""The rules that know the mesh: run on one document after the other, in as many processes as that is worth.

What the rules ask of the mesh is made when it is first asked for. So each process gets documents of few kinds: then
much of it is made in one of them only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from istiolint.complete import Texts
from istiolint.dispatch import Plan, run
from istiolint.examine import completed
from istiolint.finding import Finding
from istiolint.records import NamedTuple
from istiolint.source.document import Document

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.settings import MeshSettings

ENOUGH = 3_000
"""Below this many documents a second process costs more than it saves."""
SAMPLES = 5
"""Documents of every kind by which its work is estimated."""


class Found(NamedTuple):
    """Findings, and a message for each check that failed itself."""

    findings: tuple[Finding, ...]
    crashes: tuple[str, ...]


def meshwide(documents: Sequence[Document], plan: Plan, given: MeshSettings, texts: Texts) -> Found:
    """What all rules that know the mesh find; nothing on context documents."""
    own = [it for it in documents if not it.context and plan.finder(it, meshwide=True)]
    if not documents or not (own or plan.whole):
        return Found((), ())
    from istiolint.mesh import build

    try:
        mesh = build(documents, given)
    except Exception as error:
        return Found((), (f"the model of the mesh failed: {type(error).__name__}: {error}",))
    found = [*_shared(own, plan, mesh, texts), _whole(plan, mesh, texts)]
    findings = [finding for part in found for finding in part.findings]
    return Found(tuple(findings), tuple([crash for part in found for crash in part.crashes]))


def _shared(documents: Sequence[Document], plan: Plan, mesh: Mesh, texts: Texts) -> list[Found]:
    """What is found in documents, by as many processes as pays."""
    if len(documents) < ENOUGH:
        return [_checked(documents, plan, mesh, texts)]
    from istiolint.pack import pack_found, unpack_found
    from istiolint.workers import processes, share

    slices = _slices(documents, plan, processes())

    def work(index: int) -> Found:
        return _checked(slices[index], plan, mesh, texts)

    def ship(found: Found) -> bytes:
        return pack_found(found.findings, found.crashes)

    results = share(work, ship, [1] * len(slices), len(slices))
    return [Found(*unpack_found(each)) if isinstance(each, bytes) else each for each in results]


def _slices(documents: Sequence[Document], plan: Plan, count: int) -> list[list[Document]]:
    """Documents in so many parts of about the same work; those of a kind stay together as far as possible."""
    kinds: dict[tuple[str, str], list[Document]] = {}
    for document in documents:
        kinds.setdefault((document.group, document.kind), []).append(document)
    work = {kind: _work(group[:: len(group) // SAMPLES + 1], plan) for kind, group in kinds.items()}
    share = sum(work[kind] * len(group) for kind, group in kinds.items()) / count
    slices: list[list[Document]] = [[] for _ in range(count)]
    done = 0.0
    for kind, group in sorted(kinds.items()):
        for document in group:
            slices[min(int(done / share), count - 1)].append(document)
            done += work[kind]
    return slices


def _work(documents: Sequence[Document], plan: Plan) -> float:
    """How many times a rule is called for one of these documents of one kind, in the middle."""
    find = plan.finder(documents[0], meshwide=True)
    calls = sum(len(rules) for document in documents for _, _, rules in (find(document.value) if find else ()))
    return 1 + calls / len(documents)


def _checked(documents: Sequence[Document], plan: Plan, mesh: Mesh, texts: Texts) -> Found:
    crashes: list[str] = []
    defects = (
        each for document in documents for each in run(plan.finder(document, meshwide=True), document, crashes, mesh)
    )
    return Found(tuple(completed(defects, texts)), tuple(crashes))


def _whole(plan: Plan, mesh: Mesh, texts: Texts) -> Found:
    """What the rules find that look at the mesh as a whole."""
    findings: list[Finding] = []
    crashes: list[str] = []
    for card in plan.whole:
        try:
            findings += completed(((defect, card) for defect in plan.function(card)(mesh)), texts)
        except Exception as error:
            crashes.append(f"{card.name} failed: {type(error).__name__}: {error}")
    return Found(tuple(findings), tuple(crashes))
