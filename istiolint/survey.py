"""What a run finds out about all of its files, before anything is silenced."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from istiolint.batch import examine_all
from istiolint.finding import Finding, Summary
from istiolint.groups import is_istio
from istiolint.meshwide import meshwide
from istiolint.records import NamedTuple
from istiolint.source.document import Document
from istiolint.suppress import is_addressed

if TYPE_CHECKING:
    from istiolint.batch import Input
    from istiolint.cache import Cache
    from istiolint.complete import Texts
    from istiolint.examine import Examined, Settings
    from istiolint.mesh.settings import MeshSettings
    from istiolint.source.remarks import Remark


class Survey(NamedTuple):
    """What is known of some files."""

    findings: tuple[Finding, ...]
    crashes: tuple[str, ...]
    """A message for each check that failed itself."""
    remarks: dict[str, Sequence[Remark]]
    """What the comments of each file say, as far as it is reported on."""
    addressed: tuple[Document, ...]
    """The documents with annotations that silence, or speak to istiolint otherwise."""
    summary: Summary


class Given(NamedTuple):
    """What a survey is about, and what it depends on."""

    inputs: Sequence[Input]
    settings: Settings
    mesh: MeshSettings
    texts: Texts
    keys: Sequence[bytes] = ()
    """Of the files in the cache; none without a cache."""


def survey(given: Given, cache: Cache | None = None, basis: bytes = b"") -> Survey:
    """Look at everything. `basis`: the key under which is kept what the next run can start from."""
    examined = examine_all(given.inputs, given.settings, cache, given.keys)
    documents = [document for its in examined for document in its.documents]
    beyond = meshwide(documents, given.settings.plan, given.mesh, given.texts, noting=cache is not None)
    counts = [None if item.context else counted(its) for item, its in zip(given.inputs, examined, strict=True)]
    addressed = [number for number, document in enumerate(documents) if is_addressed(document)]
    crashes = (*(crash for its in examined for crash in its.crashes), *beyond.crashes)
    if cache and not crashes:
        from istiolint.basis import pack_basis

        cache.put_last("basis", basis, pack_basis(given, examined, counts, addressed, beyond))
    return Survey(
        findings=(*(finding for its in examined for finding in its.findings), *beyond.findings),
        crashes=crashes,
        remarks={item.file: its.remarks for item, its in zip(given.inputs, examined, strict=True) if not item.context},
        addressed=tuple([documents[number] for number in addressed]),
        summary=added_up(each for each in counts if each is not None),
    )


def counted(examined: Examined) -> Summary:
    """The counts of one file."""
    documents = examined.documents
    return Summary(
        files=1,
        documents=len(documents),
        istio_documents=sum(is_istio(it.group) or not it.is_object for it in documents),
        skipped_templates=int(examined.is_template),
        skipped_files=int(not documents and not examined.is_template and not examined.findings),
    )


def added_up(summaries: Iterable[Summary]) -> Summary:
    """The counts of several files."""
    total = Summary(0, 0, 0, 0, 0)
    return Summary(*map(sum, zip(total, *summaries, strict=True)))
