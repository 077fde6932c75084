"""Examined files and reports as bytes and back: what crosses a pipe and lies in the cache."""

from __future__ import annotations

import marshal
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from istiolint.examine import Examined
from istiolint.finding import Edit, Finding, Fix, Place, Related, Report, ResourceId, Summary, Suppressed
from istiolint.source.document import Document
from istiolint.source.spans import SpanTable

if TYPE_CHECKING:
    from istiolint.meshwide import Part
    from istiolint.source.remarks import Remark

_Row = tuple[Any, ...]


def pack(examined: Examined) -> bytes:
    """What was found out about a file, as bytes."""
    row = (
        tuple((document.index, document.value, document.spans.packed) for document in examined.documents),
        tuple(_plain(finding) for finding in examined.findings),
        examined.is_template,
        examined.crashes,
        rows_of_remarks(examined.remarks),
    )
    return marshal.dumps(row)


def unpack(packed: bytes, file: str, context: bool = False) -> Examined:
    """What was packed, for a file that is now called `file`. The bytes must be those of `pack`, by the same Python."""
    documents, findings, is_template, crashes, remarks = marshal.loads(packed)
    return Examined(
        tuple([Document(file, index, value, SpanTable(value, spans), context) for index, value, spans in documents]),
        tuple([_finding(row) for row in findings]),
        is_template,
        crashes,
        remarks_of(remarks),
    )


def pack_report(report: Report) -> bytes:
    """A report as bytes."""
    return marshal.dumps(tuple(_plain(part) for part in report))


def unpack_report(packed: bytes) -> Report:
    """The report that was packed."""
    findings, suppressed, summary = marshal.loads(packed)
    return Report(
        tuple(_finding(row) for row in findings),
        tuple(Suppressed(_finding(row), by, reason) for row, by, reason in suppressed),
        Summary(*summary),
    )


def pack_part(part: Part) -> bytes:
    """What was found in some documents, as bytes."""
    return marshal.dumps((rows_by_number(part.found), part.crashes, part.asked, part.listed))


def unpack_part(packed: bytes) -> Part:
    """What was packed."""
    from istiolint.meshwide import Part

    found, crashes, asked, listed = marshal.loads(packed)
    return Part(findings_by_number(found), crashes, asked, listed)


def rows_by_number(found: Mapping[int, Sequence[Finding]]) -> dict[int, _Row]:
    """Findings in groups, as plain tuples."""
    return {number: tuple(map(_plain, findings)) for number, findings in found.items()}


def findings_by_number(rows: Mapping[int, _Row]) -> dict[int, tuple[Finding, ...]]:
    """The findings of such tuples."""
    return {number: tuple([_finding(row) for row in group]) for number, group in rows.items()}


def rows_of_remarks(remarks: Sequence[Remark]) -> _Row:
    """Remarks as plain tuples."""
    return tuple(_plain(remark) for remark in remarks)


def remarks_of(rows: _Row) -> tuple[Remark, ...]:
    """The remarks of such tuples."""
    return tuple([_remark(row) for row in rows])


def _plain(value: Any) -> Any:
    """Named tuples, at any depth, as plain ones."""
    return tuple(_plain(item) for item in value) if isinstance(value, tuple) else value


def _finding(row: _Row) -> Finding:
    finding = Finding(*row)
    fix = finding.fix
    return finding._replace(
        place=Place(*finding.place),
        resource=ResourceId(*finding.resource) if finding.resource is not None else None,
        related=tuple(Related(Place(*place), message, subject) for place, message, subject in finding.related),
        fix=Fix(fix[0], tuple(Edit(*edit) for edit in fix[1]), fix[2]) if fix is not None else None,
    )


def _remark(row: _Row) -> Any:
    from istiolint.source.remarks import Remark

    return Remark(*row)
