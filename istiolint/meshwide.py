"""The rules that know the mesh: run on one document after the other, in as many processes as that is worth.

What the rules ask of the mesh is made when it is first asked for. So each process gets documents of few kinds: then
much of it is made in one of them only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


class Part(NamedTuple):
    """What was found in some documents, each by its number."""

    found: dict[int, tuple[Finding, ...]]
    """Where there is anything."""
    crashes: tuple[str, ...]
    """A message for each check that failed itself."""
    asked: dict[int, bytes]
    """What the rules asked the mesh for, as `marks.py` has it; empty unless the mesh notes it."""
    listed: dict[str, bytes]
    """The listings of the mesh that were asked for, packed; likewise."""


class Found(NamedTuple):
    """What all rules that know the mesh have found."""

    findings: tuple[Finding, ...]
    crashes: tuple[str, ...]
    parts: tuple[Part, ...]
    whole: Whole


class Whole(NamedTuple):
    """What the rules have found that look at the mesh as a whole."""

    findings: tuple[Finding, ...] = ()
    crashes: tuple[str, ...] = ()
    asked: bytes = b""


def meshwide(
    documents: Sequence[Document], plan: Plan, given: MeshSettings, texts: Texts, noting: bool = False
) -> Found:
    """What all rules that know the mesh find; nothing on context documents. `noting`: and what they asked for."""
    own = subjects(documents, plan)
    if not documents or not (own or plan.whole):
        return Found((), (), (), Whole())
    from istiolint.mesh import build

    try:
        mesh = build(documents, given, noting)
    except Exception as error:
        return Found((), (f"the model of the mesh failed: {type(error).__name__}: {error}",), (), Whole())
    parts = _shared(documents, own, plan, mesh, texts)
    whole = checked_whole(plan, mesh, texts)
    parts.append(_listed(documents, mesh, {name for part in parts for name in part.listed}))
    findings = [finding for part in parts for its in part.found.values() for finding in its]
    crashes = [crash for part in parts for crash in part.crashes]
    return Found((*findings, *whole.findings), (*crashes, *whole.crashes), tuple(parts), whole)


def subjects(documents: Sequence[Document], plan: Plan) -> list[int]:
    """The numbers of the documents that rules look at which know the mesh."""
    return [number for number, it in enumerate(documents) if not it.context and plan.finder(it, meshwide=True)]


def _shared(documents: Sequence[Document], own: list[int], plan: Plan, mesh: Mesh, texts: Texts) -> list[Part]:
    """What is found in documents, by as many processes as pays."""
    if len(own) < ENOUGH:
        return [checked(((number, documents[number]) for number in own), plan, mesh, texts)]
    from istiolint.pack import pack_part, unpack_part
    from istiolint.workers import processes, share

    slices = _slices(documents, own, plan, processes())

    def work(index: int) -> Part:
        return checked(((number, documents[number]) for number in slices[index]), plan, mesh, texts)

    def ship(part: Part) -> bytes:
        return pack_part(part._replace(listed=_listed(documents, mesh, set()).listed))

    results = share(work, ship, [1] * len(slices), len(slices))
    return [unpack_part(each) if isinstance(each, bytes) else each for each in results]


def _slices(documents: Sequence[Document], own: list[int], plan: Plan, count: int) -> list[list[int]]:
    """Documents in so many parts of about the same work; those of a kind stay together as far as possible."""
    kinds: dict[tuple[str, str], list[int]] = {}
    for number in own:
        kinds.setdefault((documents[number].group, documents[number].kind), []).append(number)
    work = {
        kind: _work([documents[number] for number in group[:: len(group) // SAMPLES + 1]], plan)
        for kind, group in kinds.items()
    }
    share = sum(work[kind] * len(group) for kind, group in kinds.items()) / count
    slices: list[list[int]] = [[] for _ in range(count)]
    done = 0.0
    for kind, group in sorted(kinds.items()):
        for number in group:
            slices[min(int(done / share), count - 1)].append(number)
            done += work[kind]
    return slices


def _work(documents: Sequence[Document], plan: Plan) -> float:
    """How many times a rule is called for one of these documents of one kind, in the middle."""
    find = plan.finder(documents[0], meshwide=True)
    calls = sum(len(rules) for document in documents for _, _, rules in (find(document.value) if find else ()))
    return 1 + calls / len(documents)


def checked(documents: Iterable[tuple[int, Document]], plan: Plan, mesh: Mesh, texts: Texts) -> Part:
    """What is found in some documents, which come with their numbers."""
    found: dict[int, tuple[Finding, ...]] = {}
    crashes: list[str] = []
    asked: dict[int, bytes] = {}
    marks = None
    if mesh.noted is not None:
        from istiolint.marks import Marks

        marks = Marks()
    for number, document in documents:
        if marks is not None:
            mesh.noted = set()
        findings = tuple(completed(run(plan.finder(document, meshwide=True), document, crashes, mesh), texts))
        if findings:
            found[number] = findings
        if marks is not None:
            asked[number] = marks.of(mesh.noted or ())
    return Part(found, tuple(crashes), asked, {})


def checked_whole(plan: Plan, mesh: Mesh, texts: Texts) -> Whole:
    """What the rules find that look at the mesh as a whole."""
    findings: list[Finding] = []
    crashes: list[str] = []
    if mesh.noted is not None:
        mesh.noted = set()
    for card in plan.whole:
        try:
            findings += completed(((defect, card) for defect in plan.function(card)(mesh)), texts)
        except Exception as error:
            crashes.append(f"{card.name} failed: {type(error).__name__}: {error}")
    if mesh.noted is None:
        return Whole(tuple(findings), tuple(crashes))
    from istiolint.marks import Marks

    return Whole(tuple(findings), tuple(crashes), Marks().of(mesh.noted))


def _listed(documents: Sequence[Document], mesh: Mesh, known: set[str]) -> Part:
    """The listings of a mesh that notes what it is asked for, as far as they were asked for and are not known."""
    if mesh.noted is None:
        return Part({}, (), {}, {})
    from istiolint.marks import pack_listings

    return Part({}, (), {}, pack_listings(documents, mesh, known))
