"""YAML inside a string of a manifest: mesh configuration in a ConfigMap, proxy configuration in an annotation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from istiolint.finding import Defect, Path
from istiolint.install.defects import wrong_setting_type
from istiolint.install.setting import Setting
from istiolint.records import NamedTuple
from istiolint.source.reader import read
from istiolint.source.spans import SpanTable


class Embedded(NamedTuple):
    """A text that was read: its value, or the defect why it could not be."""

    setting: Setting | None
    spans: SpanTable | None
    defect: Defect | None


def read_embedded(text: str, path: Path) -> Embedded:
    """Reads the text at `path`. What is empty has neither setting nor defect."""
    documents = read(text)
    first = documents[0] if documents else None
    if first is None:
        return Embedded(None, None, None)
    problems = [problem for problem in first.problems if problem.rule != "duplicate-key"]
    if problems and first.value is None:
        problem = problems[0]
        defect = wrong_setting_type(path, "YAML", f"a text that is none ({problem.reason})")
        return Embedded(None, None, defect._replace(part=(problem.start, max(problem.end, problem.start + 1))))
    if first.value is None:
        return Embedded(None, None, None)
    return Embedded(Setting(first.value, ()), SpanTable(first.value, first.offsets), None)


def placed(defects: Iterable[Defect], path: Path, spans: SpanTable) -> Iterator[Defect]:
    """Defects inside an embedded text, as defects of the string at `path`: their place becomes a part of the string."""
    for defect in defects:
        start, end = spans.locate(defect.path, defect.on)
        if defect.part is not None and defect.on == "value" and spans.exists(defect.path):
            start, end = start + defect.part[0], min(end, start + defect.part[1])
        yield defect._replace(path=path, on="value", part=(start, max(end, start)), repair=None)
