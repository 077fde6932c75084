"""The output formats by name. A format's module is loaded only when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from istiolint.finding import Report
    from istiolint.report.view import View

FORMATS: Mapping[str, str] = {
    "text": "text",
    "concise": "concise",
    "json": "json_report",
    "sarif": "sarif",
    "github": "github",
    "gitlab": "gitlab",
    "junit": "junit",
}
"""Name of the format to the module of this package that has its `render(report, view)`."""


def render(name: str, report: Report, view: View) -> str:
    """`report` in the format `name`, ending in a line break unless it is empty; KeyError for an unknown name."""
    from importlib import import_module

    module = import_module(f"istiolint.report.{FORMATS[name]}")
    return cast("str", module.render(report, view))
