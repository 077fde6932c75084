"""One file on its own: read it, split it into objects, judge each of them.

What comes out depends only on the bytes, the name and the plan, so it can be made in any process and kept in a cache.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from istiolint.cards import Card
from istiolint.complete import Texts, complete, span_place
from istiolint.dispatch import Plan, crash, run
from istiolint.finding import Defect, Edit, Finding, Fix, Path, Related
from istiolint.groups import is_istio
from istiolint.source.document import Document
from istiolint.source.reader import Problem, YamlDocument, read
from istiolint.source.spans import SpanTable
from istiolint.source.text import SourceText, decode

if TYPE_CHECKING:
    from istiolint.source.remarks import Remark

_CLAIM = re.compile(r"""(?:^|[{,])[ \t]*(?:- )?["']?(?:apiVersion|kind)["']?[ \t]*:""", re.MULTILINE)
"""What shows that a text is meant to be a manifest."""
_OF_TEMPLATES = frozenset(("syntax-error", "invalid-key"))
"""What the reader says of `key: {{ value }}` and of `{{ if }}`."""

_VALUES = frozenset(("meshConfig", "global", "pilot", "cni", "istio_cni", "sidecarInjectorWebhook"))
"""Keys, of which values for Istio's charts have one at least."""


_REPAIRS = {
    "missing-separator": "write --- on a line of its own",
    "lost-indentation": "indent what belongs below something",
}
"""What the repairs of reading problems do."""


class Examined(NamedTuple):
    """What one file has: its objects, its findings so far, and how it counts."""

    documents: tuple[Document, ...]
    findings: tuple[Finding, ...]
    is_template: bool
    """Holds Helm template syntax that is no YAML before rendering."""
    crashes: tuple[str, ...]
    """Checks that failed themselves: a message each."""
    remarks: tuple[Remark, ...] = ()
    """What its comments say to istiolint."""


class Settings(NamedTuple):
    """What examining depends on besides the file."""

    plan: Plan
    cards: dict[str, Card]
    enabled: frozenset[str]
    istio_version: str


def examine(file: str, data: bytes, settings: Settings, context: bool = False) -> Examined:
    """Read one file and judge its objects; of `context` files only the objects are taken."""
    text, problems = decode(data)
    source = SourceText(file, text)
    findings: list[Finding | None] = []
    if problems and not context and _CLAIM.search(text or _other_encoding(data)):
        findings += (_problem(problem, source, settings) for problem in problems)
    documents: list[Document] = []
    crashes: list[str] = []
    is_template = False
    parts = read(text)
    for number, part in enumerate(parts):
        objects = _objects(part, file, len(documents), context)
        if part.problems or _is_flat(part.value):
            end = parts[number + 1].start if number + 1 < len(parts) else len(text)
            region = text[part.start : end]
            flat = _flat(region, part.start)
            if flat is not None:
                findings += (_problem(flat, source, settings),) if not context else ()
                continue
            if "{{" in region and any(problem.rule in _OF_TEMPLATES for problem in part.problems):
                is_template = True
                continue
            if not context and (objects or _CLAIM.search(region)):
                findings += (_problem(problem, source, settings) for problem in part.problems)
        documents += objects
        if not context:
            for document in objects:
                findings += _judge(document, source, settings, crashes)
    kept = tuple(finding for finding in findings if finding is not None)
    return Examined(tuple(documents), kept, is_template, tuple(crashes), () if context else _remarks(text))


def _is_flat(value: Any) -> bool:
    """Whether it may be that what is below `spec` stands beside it."""
    return isinstance(value, dict) and "spec" in value and value["spec"] is None


def _flat(region: str, start: int) -> Problem | None:
    """What is wrong with an object that has lost its indentation; None where it has not."""
    if "\nspec:" not in region:
        return None
    from istiolint.schema.indentation import reindented

    text = reindented(region)
    if text is None:
        return None
    at = start + region.index("\nspec:") + 1
    repair = start, start + len(region), text
    return Problem("lost-indentation", at, at + len("spec"), "", repair=repair)


def documents_of(file: str, data: bytes, context: bool = False) -> list[Document]:
    """The objects of a file, unjudged."""
    documents: list[Document] = []
    for part in read(decode(data).text):
        documents += _objects(part, file, len(documents), context)
    return documents


def examine_mesh_config(file: str, data: bytes, settings: Settings) -> Examined:
    """Judge the file of `--mesh-config`: the bare message, or an object around it."""
    parts = [part for part in read(decode(data).text) if isinstance(part.value, dict)]
    if len(parts) != 1 or "kind" in parts[0].value:
        return examine(file, data, settings)
    from istiolint.install.judge import judge_mesh_config

    source = SourceText(file, decode(data).text)
    document = Document(file, 0, parts[0].value, SpanTable(parts[0].value, parts[0].offsets))
    problems = (_problem(problem, source, settings) for problem in parts[0].problems)
    findings = [finding for finding in problems if finding is not None]
    defects = judge_mesh_config(document.value)
    found = ((it, settings.cards[it.rule]) for it in defects if it.rule in settings.enabled)
    findings += completed(((it._replace(document=document), card) for it, card in found), lambda _: source)
    return Examined((document,), tuple(findings), False, (), _remarks(source.text))


def _other_encoding(data: bytes) -> str:
    """The text of a file in UTF-16 or UTF-32."""
    is_wide = data.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff"))
    return data.decode("utf-32" if is_wide else "utf-16", "replace")


def _remarks(text: str) -> tuple[Remark, ...]:
    if "istiolint" not in text and "stioLint" not in text and "Istiolint" not in text:
        return ()
    from istiolint.source.reader import scalar_ranges
    from istiolint.source.remarks import find_remarks

    return tuple(find_remarks(text, scalar_ranges(text)))


def _objects(part: YamlDocument, file: str, index: int, context: bool) -> list[Document]:
    """The objects of a YAML document: none, one, or the items of a list; values for Istio's charts count as one."""
    value = part.value
    if not isinstance(value, dict):
        return []
    if not ("apiVersion" in value or "kind" in value):
        return (
            [Document(file, index, value, SpanTable(value, part.offsets), context=context)] if _is_values(value) else []
        )
    spans = SpanTable(value, part.offsets)
    kind, items = value.get("kind"), value.get("items")
    if isinstance(kind, str) and kind.endswith("List") and isinstance(items, list):
        documents: list[Document] = []
        for item, table in zip(items, spans.items("items"), strict=True):
            if isinstance(item, dict) and "kind" in item:
                documents.append(Document(file, index + len(documents), item, table, context=context))
        return documents
    document = Document(file, index, value, spans, context=context)
    return [document] if document.kind or is_istio(document.group) else []


def _is_values(value: dict[str, Any]) -> bool:
    """Whether these are values for Istio's charts, which is asked of few mappings only."""
    if _VALUES.isdisjoint(value):
        return False
    from istiolint.install.values_file import is_values

    return is_values(value)


def _judge(document: Document, source: SourceText, settings: Settings, crashes: list[str]) -> Iterator[Finding]:
    for defect, card in _defects(document, settings, crashes):
        if waits_for_value(document, defect) or _is_ytt(document, defect, source):
            continue
        try:
            yield complete(defect, document, card, lambda _: source)
        except Exception as error:  # a broken card must not hide the other findings
            crashes.append(crash(card.name, document, error))


def _defects(document: Document, settings: Settings, crashes: list[str]) -> Iterator[tuple[Defect, Card]]:
    for judgement in (_refusals, _installation) if document.is_object else (_installation,):
        try:
            for defect in judgement(document, settings):
                if defect.rule in settings.enabled:
                    yield defect, settings.cards[defect.rule]
        except Exception as error:
            crashes.append(crash(judgement.__name__.strip("_"), document, error))
    yield from run(settings.plan.finder(document, meshwide=False), document, crashes)


def _is_ytt(document: Document, defect: Defect, source: SourceText) -> bool:
    """Whether the value is written as ytt has it, in a comment behind the key: `host: #@ data.values.host`."""
    if "#@" not in source.text:
        return False
    start, end = document.span(defect.path)
    return start == end and "#@" in source.text[end : source.line_end(end)]


def completed(defects: Iterable[tuple[Defect, Card]], texts: Texts) -> Iterator[Finding]:
    """The findings of defects that name their document; of context files there are none."""
    for defect, card in defects:
        document = defect.document
        if document is not None and not document.context and not waits_for_value(document, defect):
            yield complete(defect, document, card, texts)


def _refusals(document: Document, settings: Settings) -> Iterable[Defect]:
    """What the API server and Istio refuse: kind and version, schema, then admission."""
    from istiolint.schema import kinds, objects, walk

    value, version = document.value, settings.istio_version
    yield from kinds.judge(document.api_version, document.kind, version)
    of_istio = is_istio(document.group) and kinds.known(document.group, document.kind)
    yield from objects.judge(value, document.group, document.kind, of_istio)
    if not of_istio:
        return
    from istiolint.admission import judge

    refused: list[Path] = []
    for defect in walk.check(value, document.group, document.version, document.kind, version):
        refused.append(defect.path)
        yield defect
    yield from judge.judge(value, document.group, document.kind, version, refused)


def _installation(document: Document, settings: Settings) -> Iterable[Defect]:
    """What Istio's installer and sidecar injector refuse."""
    from istiolint.install import judge

    found = judge.judge(document.value)
    return (defect for defect in found if defect.path != ("apiVersion",))  # `kinds.judge` has said that


def waits_for_value(document: Document, defect: Defect) -> bool:
    """Whether the wrong value is a placeholder, so that nobody can say yet whether it will be wrong."""
    value: Any = document.value
    for step in defect.path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return False
    if not isinstance(value, str):
        return False
    if defect.part is not None and "\n" in value:  # of a text with a document in it, only the part counts
        value = value[defect.part[0] : defect.part[1]]
    from istiolint.source.placeholders import is_placeholder

    return is_placeholder(value, may_shout=defect.rule not in ("unknown-value", "unsupported-value"))


def _problem(problem: Problem, source: SourceText, settings: Settings) -> Finding | None:
    """A reading problem as finding."""
    from hashlib import blake2b

    if problem.rule not in settings.enabled:
        return None
    card = settings.cards[problem.rule]
    related: tuple[Related, ...] = ()
    if problem.other is not None:
        related = (Related(span_place(source, *problem.other), "the first one", ""),)
    fix = None
    if problem.repair is not None:
        fix = Fix(_REPAIRS[problem.rule], (Edit(source.file, *problem.repair),), safe=False)
    seed = "\0".join((problem.rule, source.file, problem.reason))
    return Finding(
        rule=problem.rule,
        severity=card.severity,
        confidence=card.confidence,
        message=card.message.format(reason=problem.reason),
        place=span_place(source, problem.start, problem.end),
        path="",
        resource=None,
        admission=card.admission,
        upstream=card.upstream,
        related=related,
        fix=fix,
        fingerprint=blake2b(seed.encode("utf-8", "replace"), digest_size=8).hexdigest(),
        label=card.label,
    )
