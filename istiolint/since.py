"""A run that starts from what the last one has left (`basis.py`): only what has changed since is looked at again.

Of a file that has changed everything is new. Other documents are checked again if they asked the mesh for something
under one of the keys that a changed document had, or has now (`mesh/listing.py`), or if what was found in them shows a
place in a changed file. What was found in all others is found again. None of this changes a result: it is that of a run
that starts from nothing, or there is none and the run does start from nothing.
"""

from __future__ import annotations

import marshal
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from istiolint.basis import Basis
from istiolint.batch import examine_all
from istiolint.finding import Finding, Summary
from istiolint.marks import mark
from istiolint.mesh.listings import ALL, namesakes
from istiolint.mesh.mesh import Mesh
from istiolint.mesh.mesh_config import may_hold_config
from istiolint.meshwide import checked, checked_whole
from istiolint.stored import Missing, Stored
from istiolint.suppress import is_addressed
from istiolint.survey import Given, Survey, added_up, counted

if TYPE_CHECKING:
    from istiolint.cache import Cache
    from istiolint.examine import Examined
    from istiolint.mesh.listing import Key, Listing
    from istiolint.mesh.listings import Identity
    from istiolint.source.document import Document
    from istiolint.source.remarks import Remark

FEW = 3
"""So many files may always have changed."""
SHARE = 20
"""Of so many files one may have changed; beyond, a run starts from nothing, and the next one from that."""
MANY = 100
"""So many documents, and a quarter of all, may have to be checked again; beyond, likewise."""


def survey_since(given: Given, cache: Cache, basis: bytes) -> Survey | None:
    """As `survey`, from the basis that the last run has left; None where that cannot be, or would not pay."""
    try:
        return _survey(given, cache, Basis(basis))
    except Missing:
        return None


def _survey(given: Given, cache: Cache, basis: Basis) -> Survey | None:
    known = {file.name: number for number, file in enumerate(basis.files)}
    changed = [
        at
        for at, (item, key) in enumerate(zip(given.inputs, given.keys, strict=True))
        if item.file not in known or basis.files[known[item.file]].key != key
    ]
    there = {item.file for item in given.inputs}
    gone = [number for name, number in known.items() if name not in there]
    if len(changed) + len(gone) > max(FEW, len(given.inputs) // SHARE):
        return None
    cache.keep(given.keys)
    cache.keep(file.key for file in basis.files)
    inputs = [given.inputs[at] for at in changed]
    examined = examine_all(inputs, given.settings, cache, [given.keys[at] for at in changed])
    left_out = {*gone, *(known[item.file] for item in inputs if item.file in known)}
    fresh = [document for its in examined for document in its.documents]
    stored = Stored(basis, lambda number: _documents(cache, basis, number), left_out, fresh)
    return _Since(given, stored, left_out, dict(zip((item.file for item in inputs), examined, strict=True))).survey()


def _documents(cache: Cache, basis: Basis, number: int) -> Sequence[Document]:
    from istiolint.pack import unpack

    file = basis.files[number]
    entry = cache.get(file.key)
    if entry is None:
        raise Missing
    return unpack(entry, file.name, file.context).documents


class _Since:
    """One such run."""

    def __init__(self, given: Given, stored: Stored, left_out: set[int], examined: dict[str, Examined]) -> None:
        self.given = given
        self.basis = stored.basis
        self.stored = stored
        self.left_out = left_out
        """Numbers of files of the basis that are not as they were."""
        self.examined = examined
        """Files that are not as they were, by name."""
        self.numbers = {file.name: number for number, file in enumerate(stored.basis.files)}
        self.mesh = Mesh(stored, given.mesh)

    def survey(self) -> Survey | None:
        """What is known of all files; None where too much would have to be looked at again."""
        before, after = self._altered()
        if any(map(may_hold_config, (*before, *after))) or not self._same_world():
            return None
        marks = self._marks(before, after)
        files = {self.basis.files[number].name for number in self.left_out} | self.examined.keys()
        again = self.basis.asking(marks)
        again.update(number for number, findings in self.basis.found.items() if _mention(findings, files))
        again -= self.stored.left_out
        if len(again) > max(MANY, sum(file.documents for file in self.basis.files) // 4):
            return None
        plan, texts = self.given.settings.plan, self.given.texts
        fresh = (it for it in self.stored.fresh if not it.context and plan.finder(it, meshwide=True))
        documents = [*fresh, *(self.stored.document(number) for number in sorted(again))]
        part = checked(enumerate(documents), plan, self.mesh, texts)
        found = [its for number, its in self.basis.found.items() if number not in again | self.stored.left_out]
        whole, asked = self.basis.whole
        crashes: tuple[str, ...] = ()
        if _mention(whole, files) or not marks.isdisjoint(memoryview(asked).cast("I")):
            whole, crashes, _ = checked_whole(plan, self.mesh, texts)
        findings = [finding for group in (*self._local(), *found, *part.found.values(), whole) for finding in group]
        addressed = self._addressed()
        if self.stored.is_lost:
            return None  # a check has met it, and seems to have failed
        local_crashes = [crash for its in self.examined.values() for crash in its.crashes]
        return Survey(
            findings=tuple(findings),
            crashes=(*local_crashes, *part.crashes, *crashes),
            remarks=self._remarks(),
            addressed=addressed,
            summary=self._summary(),
        )

    def _altered(self) -> tuple[list[Document], list[Document]]:
        """Documents as they were, and as they are, without those of which only the place in the text is another."""
        were = {_place(it): it for number in self.left_out for it in self.stored.file(number)}
        are = {_place(it): it for it in self.stored.fresh}
        same = {key for key, it in were.items() if key in are and _value(it) == _value(are[key])}
        before, after = ([it for key, it in side.items() if key not in same] for side in (were, are))
        return before, after

    def _same_world(self) -> bool:
        """Whether, in a complete world, every document of the changed files is the only one of its name, as before."""
        mesh = self.mesh
        if mesh.world != "complete":
            return True
        gone = [self.stored.document(number) for number in self.stored.left_out]
        were, are = (sorted(map(self._identity, side)) for side in (gone, self.stored.fresh))
        named = {identity for identity in were if identity[-1]}
        several = named.intersection(mesh.index(namesakes, mesh.default_namespace))
        return were == are and not several and len(named) == sum(bool(identity[-1]) for identity in were)

    def _identity(self, document: Document) -> Identity:
        return document.group, document.kind, self.mesh.namespace_of(document), document.name

    def _marks(self, before: list[Document], after: list[Document]) -> set[int]:
        """The marks of all keys under which something else stands than before."""
        marks: set[int] = set()
        for name in self.basis.listings:
            listing = ALL[name]
            stood, stands = ([*self._entries(listing, side)] for side in (before, after))
            if listing.plain:
                one, other = Counter(stood), Counter(stands)
                differing = [*(one - other), *(other - one)]
            else:
                differing = [*stood, *stands]
            marks.update(mark((name, key)) for key, _ in differing)
            if differing:
                marks.add(mark((name, None)))
        return marks

    def _entries(self, listing: Listing[Any], documents: list[Document]) -> Iterator[tuple[Key, Any]]:
        for document in documents:
            if listing.kinds is None or (document.group, document.kind) in listing.kinds:
                yield from listing.entries(self.mesh, document)

    def _local(self) -> Iterator[tuple[Finding, ...]]:
        """What was found in files by themselves."""
        yield from (found for number, found in self.basis.local.items() if number not in self.left_out)
        yield from (its.findings for its in self.examined.values())

    def _remarks(self) -> dict[str, Sequence[Remark]]:
        found: dict[str, Sequence[Remark]] = {}
        for item in self.given.inputs:
            if not item.context:
                its = self.examined.get(item.file)
                found[item.file] = its.remarks if its else self.basis.remarks.get(self.numbers[item.file], ())
        return found

    def _addressed(self) -> tuple[Document, ...]:
        kept = (self.stored.document(it) for it in self.basis.addressed if it not in self.stored.left_out)
        return (*kept, *filter(is_addressed, self.stored.fresh))

    def _summary(self) -> Summary:
        own = {item.file for item in self.given.inputs if not item.context}
        kept = (it.counts for number, it in enumerate(self.basis.files) if number not in self.left_out)
        fresh = (counted(its) for file, its in self.examined.items() if file in own)
        return added_up((*(Summary(*counts) for counts in kept if counts), *fresh))


def _place(document: Document) -> tuple[str, int, bool]:
    return document.file, document.index, document.context


def _value(document: Document) -> bytes:
    """The value as bytes: unlike values, they are never equal for `1` and `true`."""
    return marshal.dumps(document.value, 0)


def _mention(findings: Sequence[Finding], files: set[str]) -> bool:
    """Whether findings show a place in one of some files."""
    for finding in findings:
        if finding.place.file in files or any(it.place.file in files for it in finding.related):
            return True
        if finding.fix is not None and any(edit.file in files for edit in finding.fix.edits):
            return True
    return False
