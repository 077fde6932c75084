"""Examined files as plain tuples and back: what crosses a pipe and lies in the cache (`marshal` knows no classes)."""

from __future__ import annotations

from array import array
from typing import Any

from istiolint.examine import Examined
from istiolint.finding import Edit, Finding, Fix, Place, Related, Report, ResourceId, Summary, Suppressed
from istiolint.source.document import Document
from istiolint.source.spans import SpanTable

Packed = tuple[Any, ...]


def pack(examined: Examined) -> Packed:
    """Plain tuples, lists, dicts, strings, numbers and bytes."""
    documents = tuple(
        (document.index, document.value, document.spans.offsets.tobytes()) for document in examined.documents
    )
    return (
        documents,
        tuple(_plain(finding) for finding in examined.findings),
        examined.is_template,
        examined.crashes,
        tuple(_plain(remark) for remark in examined.remarks),
    )


def unpack(packed: Packed, file: str, context: bool = False) -> Examined:
    """What was packed, for a file that is now called `file`."""
    documents, findings, is_template, crashes, remarks = packed
    return Examined(
        tuple(_document(file, index, value, offsets, context) for index, value, offsets in documents),
        tuple(_finding(row) for row in findings),
        is_template,
        crashes,
        tuple(_remark(row) for row in remarks),
    )


def pack_report(report: Report) -> Packed:
    """A report as plain tuples."""
    return tuple(_plain(part) for part in report)


def unpack_report(packed: Packed) -> Report:
    """The report that was packed."""
    findings, suppressed, summary = packed
    return Report(
        tuple(_finding(row) for row in findings),
        tuple(Suppressed(_finding(row), by, reason) for row, by, reason in suppressed),
        Summary(*summary),
    )


def _plain(value: Any) -> Any:
    """Named tuples, at any depth, as plain ones."""
    return tuple(_plain(item) for item in value) if isinstance(value, tuple) else value


def _document(file: str, index: int, value: dict[str, Any], offsets: bytes, context: bool) -> Document:
    table = array("I")
    table.frombytes(offsets)
    return Document(file, index, value, SpanTable(value, table), context=context)


def _finding(row: Packed) -> Finding:
    finding = Finding(*row)
    fix = finding.fix
    return finding._replace(
        place=Place(*finding.place),
        resource=ResourceId(*finding.resource) if finding.resource is not None else None,
        related=tuple(Related(Place(*place), message, subject) for place, message, subject in finding.related),
        fix=Fix(fix[0], tuple(Edit(*edit) for edit in fix[1]), fix[2]) if fix is not None else None,
    )


def _remark(row: Packed) -> Any:
    from istiolint.source.remarks import Remark

    return Remark(*row)
