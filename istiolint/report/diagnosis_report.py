"""A diagnosis for a person and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from istiolint.diagnosis import SYMPTOMS, Diagnosis
from istiolint.report.cells import wrap
from istiolint.report.concise import line
from istiolint.report.json_report import finding_object, members, rows
from istiolint.report.style import painter
from istiolint.report.tally import counted
from istiolint.report.text import block

if TYPE_CHECKING:
    from collections.abc import Iterable

    from istiolint.report.view import View

VERSION = 1
"""Grows when a field is removed or changes its meaning; new fields do not count."""


def text(diagnosis: Diagnosis, view: View) -> str:
    """What can cause the symptom, the likeliest first, then what was looked at and is sound; ends in a line break."""
    paint = painter(view.color)
    near = [cause.finding for cause in diagnosis.causes if cause.near]
    far = [cause.finding for cause in diagnosis.causes if not cause.near]
    parts = ["\n".join(paint(row, "strong") for row in wrap(_headline(diagnosis, len(near)), view.width))]
    parts += ["\n".join(block(finding, view)) for finding in near]
    if far:
        parts.append("\n".join([paint("Elsewhere:", "strong"), *(line(finding, view) for finding in far)]))
    if diagnosis.sound:
        families = ((family, ", ".join(names)) for family, names in diagnosis.sound)
        parts.append("\n".join([paint("Looked at, and sound:", "strong"), *_table(families, view.width)]))
    if diagnosis.absent:
        rest = f"Nothing to look at, since the files have none: {', '.join(diagnosis.absent)}."
        parts.append("\n".join(wrap(rest, view.width)))
    return "\n\n".join(parts) + "\n"


def _headline(diagnosis: Diagnosis, near: int) -> str:
    about = f" about {diagnosis.about}" if diagnosis.about else ""
    what = SYMPTOMS[diagnosis.symptom]
    if not near:
        return f"{diagnosis.symptom} ({what}): nothing that was found{about} can cause this."
    order = "; the likeliest first" if near > 1 else ""
    return f"{diagnosis.symptom} ({what}): {counted(near, 'finding')}{about} can cause this{order}."


def _table(pairs: Iterable[tuple[str, str]], width: int) -> list[str]:
    found = list(pairs)
    indent = 4 + max(len(name) for name, _ in found)
    lines: list[str] = []
    for name, words in found:
        first, *more = wrap(words, max(20, width - indent))
        lines += [f"  {name:{indent - 2}}{first}", *(" " * indent + row for row in more)]
    return lines


def render_json(diagnosis: Diagnosis) -> str:
    """One object: the symptom, the findings in order of likelihood, what is sound, and kinds that are absent."""
    findings = ({**finding_object(cause.finding), "near": cause.near} for cause in diagnosis.causes)
    sound = {family: list(names) for family, names in diagnosis.sound}
    return (
        members(
            {
                "version": str(VERSION),
                "symptom": json.dumps(diagnosis.symptom),
                "about": json.dumps(diagnosis.about or None),
                "findings": rows(findings, 4),
                "sound": json.dumps(sound),
                "absent": json.dumps(list(diagnosis.absent)),
            },
            2,
        )
        + "\n"
    )
