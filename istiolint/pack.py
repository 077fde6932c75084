"""Examined files and reports as bytes and back: what crosses a pipe and lies in the cache."""

from __future__ import annotations

import marshal
from collections.abc import Sequence
from typing import Any

from istiolint.examine import Examined
from istiolint.finding import Edit, Finding, Fix, Place, Related, Report, ResourceId, Summary, Suppressed
from istiolint.source.document import Document
from istiolint.source.spans import SpanTable

_Row = tuple[Any, ...]


def pack(examined: Examined) -> bytes:
    """What was found out about a file, as bytes."""
    row = (
        tuple((document.index, document.value, document.spans.packed) for document in examined.documents),
        tuple(_plain(finding) for finding in examined.findings),
        examined.is_template,
        examined.crashes,
        tuple(_plain(remark) for remark in examined.remarks),
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
        tuple([_remark(row) for row in remarks]),
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


def pack_found(findings: Sequence[Finding], crashes: Sequence[str]) -> bytes:
    """Findings and messages about checks that failed, as bytes."""
    return marshal.dumps((tuple(map(_plain, findings)), tuple(crashes)))


def unpack_found(packed: bytes) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """What was packed."""
    findings, crashes = marshal.loads(packed)
    return tuple([_finding(row) for row in findings]), crashes


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
