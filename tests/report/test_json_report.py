"""The JSON report against its published schema."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from istiolint.finding import ResourceId
from istiolint.report.json_report import render
from istiolint.report.view import View

from .cases import GOLDEN, finding, load, report

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "report.schema.json").read_text(encoding="utf-8"))


def closed(schema: Any) -> Any:
    """The schema, refusing fields that it does not describe: what we print is described in full."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {key: closed(value) for key, value in schema.items()}
    return {**copy, "additionalProperties": False} if isinstance(schema.get("properties"), dict) else copy


@pytest.mark.parametrize("case", sorted(path.name for path in GOLDEN.iterdir()))
def test_report_fits_its_schema(case: str) -> None:
    report, view = load(GOLDEN / case)
    jsonschema.Draft202012Validator(closed(SCHEMA)).validate(json.loads(render(report, view)))


def test_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"version": 2, "summary": {}, "findings": []}, SCHEMA)


def test_namespace_is_absent_where_the_manifest_has_none() -> None:
    found = finding(resource=ResourceId("v1", "Service", None, "reviews"))
    assert json.loads(render(report(found), View()))["findings"][0]["resource"] == {
        "apiVersion": "v1",
        "kind": "Service",
        "name": "reviews",
    }


def test_a_line_for_each_finding() -> None:
    lines = render(report(finding("one"), finding("two")), View()).splitlines()
    assert [json.loads(line.strip(" ,"))["message"] for line in lines if '"rule"' in line] == ["one", "two"]
