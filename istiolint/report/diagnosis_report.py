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
    if diagnosis.refused:
        title = "Refused, so that nothing of these objects is in effect:"
        parts.append("\n".join([paint(title, "strong"), *(line(finding, view) for finding in diagnosis.refused)]))
    if diagnosis.sound:
        families = ((family, ", ".join(names)) for family, names in diagnosis.sound)
        parts.append("\n".join([paint("Looked at, and sound:", "strong"), *_table(families, view.width)]))
    if diagnosis.absent:
        rest = f"Nothing to look at, since the files have none: {', '.join(diagnosis.absent)}."
        parts.append("\n".join(wrap(rest, view.width)))
    for words, command in (*_unseen(diagnosis), *_onward(diagnosis)):
        parts.append("\n".join([*wrap(words, view.width), *([f"  {command}"] if command else [])]))
    return "\n\n".join(parts) + "\n"


def _unseen(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    """What to ask the cluster, since the files do not have it, and by which command."""
    names = [name for name in diagnosis.unseen if name]
    found = []
    if names:
        what = f"Namespace {names[0]}" if len(names) == 1 else f"Namespaces {', '.join(names)}"
        ask = f"kubectl get namespace {' '.join(names)} --show-labels"
        found.append((f"The files lack the {what}, whose labels decide:", ask))
    if "" in diagnosis.unseen:
        found.append(("Some workloads name no namespace; --namespace says which one it is.", ""))
    return found


def _onward(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    """Where to look next."""
    if diagnosis.symptom not in ("503", "404", "denied", "mtls-handshake"):
        return []
    return [("To follow one request:", "istiolint trace --from NAMESPACE/WORKLOAD URL PATH...")]


def _headline(diagnosis: Diagnosis, near: int) -> str:
    about = f" about {diagnosis.about}" if diagnosis.about else ""
    what = SYMPTOMS[diagnosis.symptom]
    if not near:
        but = "nothing but what is refused" if diagnosis.refused else "nothing that was found"
        return f"{diagnosis.symptom} ({what}): {but}{about} can cause this."
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
    """One object: the symptom, the findings in order of likelihood, what is refused, what is sound, absent kinds."""
    findings = ({**finding_object(cause.finding), "near": cause.near} for cause in diagnosis.causes)
    sound = {family: list(names) for family, names in diagnosis.sound}
    return (
        members(
            {
                "version": str(VERSION),
                "symptom": json.dumps(diagnosis.symptom),
                "about": json.dumps(diagnosis.about or None),
                "findings": rows(findings, 4),
                "refused": rows(map(finding_object, diagnosis.refused), 4),
                "sound": json.dumps(sound),
                "absent": json.dumps(list(diagnosis.absent)),
                "unseen": json.dumps(list(diagnosis.unseen)),
            },
            2,
        )
        + "\n"
    )
