"""The words between checks and reports: defects (what a check says) and findings (what a person sees).

A *check* yields `Defect`s: a place given by path, and the fields of its card's message. The engine turns each
into a `Finding`: severity, message and codes from the card, line and column from the document's spans. Nothing
but the engine makes findings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.source.document import Document

Path = tuple[str | int, ...]
"""Keys and list indices from the root of a document: `("spec", "http", 0, "match")`."""

Side = Literal["value", "key"]
Severity = Literal["error", "warning", "info"]
Confidence = Literal["high", "medium", "low"]
Admission = Literal["reject", "warn"]

SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")
"""From least to most severe."""
CONFIDENCES: tuple[Confidence, ...] = ("low", "medium", "high")
"""From least to most sure."""


class Note(NamedTuple):
    """A second place that belongs to a defect, with what to say about it; no document means the defect's own."""

    path: Path
    message: str
    document: Document | None = None
    on: Side = "value"


class Change(NamedTuple):
    """One step of a repair, in terms of paths; `fix.py` makes text edits of it.

    `set` replaces the scalar at `path` by `text` (a scalar or flow collection of YAML, which is put in quotes where it
    would be none, and where it is a text like what was in quotes), `quote` puts the scalar in quotes as it is written,
    `rename` replaces the key of `path`, `remove` deletes the entry or list item at `path`, `add` puts `text` (block
    YAML, `key: value`) as a new last entry into the mapping at `path`.
    """

    op: Literal["set", "quote", "rename", "remove", "add"]
    path: Path
    text: str = ""
    document: Document | None = None


class Repair(NamedTuple):
    """What to write instead. Safe: the meaning that was surely intended; else it needs `--unsafe-fixes`."""

    title: str
    changes: tuple[Change, ...]
    safe: bool = True


class Defect(NamedTuple):
    """What a check yields. `rule` and `document` may be left to the engine, which knows both.

    `fields` fill the message template of the card. `on="key"` points at the key of `path` instead of its value;
    `part` narrows a scalar to a character range of its value, such as the offset inside a regular expression.
    Where `path` does not exist in the document (something is missing), its nearest existing ancestor is shown.
    """

    path: Path
    fields: Mapping[str, object]
    rule: str = ""
    document: Document | None = None
    on: Side = "value"
    part: tuple[int, int] | None = None
    notes: tuple[Note, ...] = ()
    repair: Repair | None = None
    confidence: Confidence | None = None


class Place(NamedTuple):
    """A range of a file; lines and columns start at 1, columns count characters, the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


class Related(NamedTuple):
    """A second place of a finding; `subject` names the object there, such as `DestinationRule shop/reviews`."""

    place: Place
    message: str
    subject: str


class Edit(NamedTuple):
    """Replace the characters `start` to `end` (offsets into the decoded text) of `file` by `text`."""

    file: str
    start: int
    end: int
    text: str


class Fix(NamedTuple):
    """A repair as text edits."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool


class ResourceId(NamedTuple):
    """Whose finding it is. `namespace` is None where the manifest has none."""

    api_version: str
    kind: str
    namespace: str | None
    name: str

    def __str__(self) -> str:
        """`VirtualService shop/reviews`."""
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class Finding(NamedTuple):
    """One finding, complete: everything that any report format shows."""

    rule: str
    severity: Severity
    confidence: Confidence
    message: str
    place: Place
    path: str
    """JSON pointer into the document."""
    resource: ResourceId | None
    admission: Admission | None
    upstream: tuple[str, ...]
    related: tuple[Related, ...]
    fix: Fix | None
    fingerprint: str
    """Stable over line changes and reordering: of rule, object and path."""
    label: str = ""
    """A few words to stand under the caret; may be empty."""


class Suppressed(NamedTuple):
    """A finding that the user silenced, and how (`comment`, `annotation`, `config`), with the reason given."""

    finding: Finding
    by: str
    reason: str


class Summary(NamedTuple):
    """What was looked at."""

    files: int
    documents: int
    istio_documents: int
    skipped_templates: int
    """Helm templates that are not YAML before rendering."""
    skipped_files: int
    """Files that hold no Kubernetes manifest."""


class Report(NamedTuple):
    """The result of a run: findings in order of place, what was silenced, and counts."""

    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...]
    summary: Summary

    def count(self, severity: Severity) -> int:
        """How many findings have just this severity."""
        return sum(finding.severity == severity for finding in self.findings)
