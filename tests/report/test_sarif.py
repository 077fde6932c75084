"""SARIF: what the standard asks of the parts that we write."""

import json
from typing import Any

import jsonschema
import pytest

from istiolint.finding import Edit, Fix, Place, Suppressed
from istiolint.report.sarif import render
from istiolint.report.view import View

from .cases import GOLDEN, finding, load, report, view

TEXT = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string"}, "markdown": {"type": "string"}},
}
LEVEL = {"enum": ["none", "note", "warning", "error"]}


def exact(required: str, optional: str = "", **properties: Any) -> dict[str, Any]:
    """An object with just these fields; those without a schema of their own hold anything."""
    names = [*required.split(), *optional.split()]
    return {
        "type": "object",
        "required": required.split(),
        "additionalProperties": False,
        "properties": {name: properties.get(name, True) for name in names},
    }


def listed(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


POSITION = {"type": "integer", "minimum": 1}
LINES = exact(
    "startLine startColumn endLine endColumn",
    startLine=POSITION, startColumn=POSITION, endLine=POSITION, endColumn=POSITION,
)  # fmt: skip
OFFSETS = exact("charOffset charLength", charOffset={"type": "integer", "minimum": 0}, charLength={"type": "integer"})
URI = exact("uri", "uriBaseId", uri={"type": "string", "pattern": "^[A-Za-z0-9/._~%:+-]*$"})
PHYSICAL = exact("artifactLocation region", artifactLocation=URI, region=LINES)
LOGICAL = listed(exact("name fullyQualifiedName kind"))
LOCATION = exact("physicalLocation", "logicalLocations", physicalLocation=PHYSICAL, logicalLocations=LOGICAL)
RELATED = exact("id physicalLocation message", physicalLocation=PHYSICAL, message=TEXT)
REPLACEMENT = exact("deletedRegion insertedContent", deletedRegion={"oneOf": [LINES, OFFSETS]}, insertedContent=TEXT)
CHANGE = exact(
    "artifactLocation replacements", artifactLocation=URI, replacements={**listed(REPLACEMENT), "minItems": 1}
)
FIX = exact(
    "description artifactChanges properties", description=TEXT, artifactChanges={**listed(CHANGE), "minItems": 1}
)
SUPPRESSION = exact("kind", "justification", kind={"enum": ["inSource", "external"]})
RESULT = exact(
    "ruleId ruleIndex level message locations partialFingerprints suppressions properties",
    "relatedLocations fixes",
    level=LEVEL, message=TEXT, locations=listed(LOCATION), relatedLocations=listed(RELATED), fixes=listed(FIX),
    suppressions=listed(SUPPRESSION),
    partialFingerprints={"type": "object", "additionalProperties": {"type": "string"}},
)  # fmt: skip
RULE = exact(
    "id defaultConfiguration",
    "name shortDescription fullDescription help helpUri properties",
    shortDescription=TEXT, fullDescription=TEXT, help=TEXT, defaultConfiguration=exact("level", level=LEVEL),
)  # fmt: skip
DRIVER = exact("name version rules", rules=listed(RULE))
RUN = exact(
    "tool invocations columnKind results",
    tool=exact("driver", driver=DRIVER), invocations=listed(exact("executionSuccessful")),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]}, results=listed(RESULT),
)  # fmt: skip
LOG = exact("$schema version runs", version={"const": "2.1.0"}, runs=listed(RUN))


def run_of(*args: Any) -> Any:
    log = json.loads(render(*args))
    jsonschema.validate(log, LOG)
    return log["runs"][0]


@pytest.mark.parametrize("case", sorted(path.name for path in GOLDEN.iterdir()))
def test_golden_cases_are_valid(case: str) -> None:
    run = run_of(*load(GOLDEN / case))
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_every_result_has_suppressions_or_none_does() -> None:
    silenced = [
        Suppressed(finding("a"), "comment", "known"),
        Suppressed(finding("b"), "annotation", ""),
        Suppressed(finding("c"), "baseline", "old"),
    ]
    results = run_of(report(finding("d"), suppressed=tuple(silenced)), View())["results"]
    assert {result["message"]["text"]: result["suppressions"] for result in results} == {
        "d": [],
        "a": [{"kind": "inSource", "justification": "known"}],
        "b": [{"kind": "inSource"}],
        "c": [{"kind": "external", "justification": "old"}],
    }


@pytest.mark.parametrize(
    ("file", "location"),
    [
        ("./k8s/a b.yaml", {"uri": "k8s/a%20b.yaml", "uriBaseId": "%SRCROOT%"}),
        ("/etc/mesh.yaml", {"uri": "file:///etc/mesh.yaml"}),
        ("größe#1?.yaml", {"uri": "gr%C3%B6%C3%9Fe%231%3F.yaml", "uriBaseId": "%SRCROOT%"}),
        ("bad\udcff.yaml", {"uri": "bad%FF.yaml", "uriBaseId": "%SRCROOT%"}),
        ("c:evil.yaml", {"uri": "c%3Aevil.yaml", "uriBaseId": "%SRCROOT%"}),
    ],
)
def test_file_names_become_uris(file: str, location: dict[str, str]) -> None:
    results = run_of(report(finding(place=Place(file, 1, 1, 1, 2))), View())["results"]
    assert results[0]["locations"][0]["physicalLocation"]["artifactLocation"] == location


def test_fix_by_line_and_column_over_several_files() -> None:
    edits = (Edit("a.yaml", 3, 5, "x"), Edit("b.yaml", 0, 0, "y\n"), Edit("a.yaml", 6, 6, "z"))
    found = finding(fix=Fix("mend", edits, safe=True))
    (fix,) = run_of(report(found), view({"a.yaml": "ab\ncd\r\nef\n"}))["results"][0]["fixes"]
    first, second = fix["artifactChanges"]
    assert [change["deletedRegion"] for change in first["replacements"]] == [
        {"startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 3},
        {"startLine": 2, "startColumn": 4, "endLine": 2, "endColumn": 4},
    ]
    assert second["replacements"] == [
        {"deletedRegion": {"charOffset": 0, "charLength": 0}, "insertedContent": {"text": "y\n"}}
    ]
    assert fix["properties"] == {"safe": True}


def test_rules_are_told_once_and_by_severity() -> None:
    findings = (finding(rule="b"), finding(rule="a", severity="info"), finding(rule="b"))
    run = run_of(report(*findings), View())
    assert run["tool"]["driver"]["rules"] == [
        {"id": "a", "defaultConfiguration": {"level": "note"}},
        {"id": "b", "defaultConfiguration": {"level": "error"}},
    ]
