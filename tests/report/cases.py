"""Reports for tests: built from the golden cases, or by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from istiolint.finding import Edit, Finding, Fix, Place, Related, Report, ResourceId, Summary, Suppressed
from istiolint.report.view import RuleHelp, View
from istiolint.source.text import SourceText, decode

GOLDEN = Path(__file__).parent.parent / "golden" / "report"


def finding(
    message: str = "something is wrong",
    place: Place | None = None,
    *,
    rule: str = "subset-not-found",
    severity: Any = "error",
    **more: Any,
) -> Finding:
    """A finding in which only the given things matter."""
    defaults = {
        "confidence": "high",
        "path": "/spec",
        "resource": ResourceId("networking.istio.io/v1", "VirtualService", "shop", "reviews"),
        "admission": None,
        "upstream": (),
        "related": (),
        "fix": None,
        "fingerprint": "0123456789abcdef",
    }
    return Finding(
        rule=rule,
        severity=severity,
        message=message,
        place=place or Place("a.yaml", 1, 1, 1, 2),
        **{**defaults, **more},
    )


def report(*findings: Finding, suppressed: tuple[Suppressed, ...] = (), **summary: int) -> Report:
    """A report of these findings; what the summary leaves out is one file with one document of Istio."""
    counts = {"files": 1, "documents": 1, "istio_documents": 1, "skipped_templates": 0, "skipped_files": 0}
    return Report(findings, suppressed, Summary(**{**counts, **summary}))


def view(sources: dict[str, str], **more: Any) -> View:
    """A view with these texts by file name."""
    texts = {file: SourceText(file, text) for file, text in sources.items()}
    return View(source=texts.get, **more)


def load(case: Path) -> tuple[Report, View]:
    """The report and the view of a golden case: `report.json`, and the sources under `files/`."""
    stored = json.loads((case / "report.json").read_text(encoding="utf-8"))
    sources = {
        path.relative_to(case / "files").as_posix(): decode(path.read_bytes()).text
        for path in sorted(case.glob("files/**/*"))
        if path.is_file()
    }
    cards = {
        name: RuleHelp(**{**card, "upstream": tuple(card["upstream"]), "tags": tuple(card["tags"])})
        for name, card in stored.get("cards", {}).items()
    }
    built = report(
        *map(_finding, stored["findings"]),
        suppressed=tuple(
            Suppressed(_finding(item["finding"]), item["by"], item["reason"]) for item in stored["suppressed"]
        ),
        **stored["summary"],
    )
    return built, view(sources, rule_help=cards.get, version="0.1.0")


def _finding(row: dict[str, Any]) -> Finding:
    row = dict(row)
    fix = row.get("fix")
    row["fix"] = fix and Fix(fix["title"], tuple(Edit(*edit) for edit in fix["edits"]), fix["safe"])
    row["related"] = tuple(
        Related(Place(*related["place"]), related["message"], related["subject"]) for related in row.get("related", ())
    )
    row["resource"] = ResourceId(*row["resource"]) if row.get("resource") else None
    row["upstream"] = tuple(row.get("upstream", ()))
    return finding(**{**row, "place": Place(*row["place"])})
