"""SARIF 2.1.0, for code scanning services and editors."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from istiolint.finding import Edit, Finding, Fix, Place, Report, ResourceId, Severity, Suppressed
from istiolint.report.json_report import members, resource_object, rows
from istiolint.report.view import RuleHelp, View, slashed

if TYPE_CHECKING:
    from istiolint.source.text import SourceText

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "istiolint/v1"
"""The key of our fingerprint; the number grows when fingerprints are made in another way."""

LEVELS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
_PROBLEMS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "recommendation"}

Object = dict[str, Any]


def render(report: Report, view: View) -> str:
    """One run with every finding, the silenced ones marked as suppressed, and the rules they name."""
    everything = [*report.findings, *(suppressed.finding for suppressed in report.suppressed)]
    severities = {finding.rule: finding.severity for finding in reversed(everything)}
    names = sorted(severities)
    index = {name: number for number, name in enumerate(names)}
    results = [_result(finding, index, view, []) for finding in report.findings]
    results += [_result(item.finding, index, view, [_suppression(item)]) for item in report.suppressed]
    driver = {"name": '"istiolint"', "version": json.dumps(view.version)}
    driver["rules"] = rows([_rule(name, severities[name], view.rule_help(name)) for name in names], 8)
    run = {
        "tool": f'{{"driver": {members(driver, 6)}}}',
        "invocations": '[{"executionSuccessful": true}]',
        "columnKind": '"unicodeCodePoints"',
        "results": rows(results, 6),
    }
    log = {"$schema": json.dumps(SCHEMA), "version": '"2.1.0"', "runs": f"[{members(run, 4)}]"}
    return members(log, 2) + "\n"


def _rule(name: str, severity: Severity, card: RuleHelp | None) -> Object:
    """What the card says of a rule; of a rule without a card what its findings show."""
    if card is None:
        return {"id": name, "defaultConfiguration": {"level": LEVELS[severity]}}
    rule: Object = {
        "id": name,
        "name": "".join(word.capitalize() for word in name.split("-")),
        "shortDescription": {"text": card.title or name},
        "fullDescription": {"text": card.summary or card.title or name},
        "defaultConfiguration": {"level": LEVELS[card.severity]},
        "help": {"text": card.markdown or card.title or name, "markdown": card.markdown or card.title or name},
        "properties": {
            "tags": list(dict.fromkeys((*card.tags, *card.upstream))),
            "precision": card.confidence,
            "problem.severity": _PROBLEMS[card.severity],
        },
    }
    if card.uri:
        rule["helpUri"] = card.uri
    return rule


def _result(finding: Finding, index: Mapping[str, int], view: View, suppressions: list[Object]) -> Object:
    result: Object = {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "level": LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [_location(finding.place, finding.resource)],
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
        # All results of a run have suppressions or none does, so the others say that they have zero.
        "suppressions": suppressions,
        "properties": {
            "confidence": finding.confidence,
            "path": finding.path,
            "resource": resource_object(finding.resource),
            "admission": finding.admission,
            "upstream": list(finding.upstream),
        },
    }
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, **_location(related.place), "message": {"text": related.message}}
            for number, related in enumerate(finding.related, 1)
        ]
    if finding.fix and finding.fix.edits:
        result["fixes"] = [_fix(finding.fix, view.source)]
    return result


def _suppression(item: Suppressed) -> Object:
    kind = "inSource" if item.by in ("comment", "annotation") else "external"
    return {"kind": kind, "justification": item.reason} if item.reason else {"kind": kind}


def _location(place: Place, resource: ResourceId | None = None) -> Object:
    region = {
        "startLine": max(place.line, 1),
        "startColumn": max(place.column, 1),
        "endLine": max(place.end_line, 1),
        "endColumn": max(place.end_column, 1),
    }
    location: Object = {"physicalLocation": {"artifactLocation": _artifact(place.file), "region": region}}
    if resource is not None:
        location["logicalLocations"] = [
            {"name": resource.name, "fullyQualifiedName": str(resource), "kind": "resource"}
        ]
    return location


def _artifact(file: str) -> Object:
    """The file as a URI: relative to the root of the sources, or absolute."""
    # A name that is not UTF-8 came as surrogates from the file system; its bytes are what is meant.
    name = quote(os.fsencode(slashed(file)))
    if os.path.isabs(file):
        return {"uri": f"file://{name}" if name.startswith("/") else f"file:///{name}"}
    return {"uri": name, "uriBaseId": "%SRCROOT%"}


def _fix(fix: Fix, source: Callable[[str], SourceText | None]) -> Object:
    changes: dict[str, list[Object]] = {}
    for edit in fix.edits:
        replacement = {"deletedRegion": _region(edit, source(edit.file)), "insertedContent": {"text": edit.text}}
        changes.setdefault(edit.file, []).append(replacement)
    return {
        "description": {"text": fix.title},
        "artifactChanges": [
            {"artifactLocation": _artifact(file), "replacements": replacements}
            for file, replacements in changes.items()
        ],
        "properties": {"safe": fix.safe},
    }


def _region(edit: Edit, source: SourceText | None) -> Object:
    """What the edit replaces, by line and column; by offset where the source cannot be had."""
    if source is None:
        return {"charOffset": edit.start, "charLength": max(edit.end - edit.start, 0)}
    line, column = source.position(edit.start)
    end_line, end_column = source.position(max(edit.end, edit.start))
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}
