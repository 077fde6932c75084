"""Examined files and reports as plain tuples, and back."""

from __future__ import annotations

from array import array
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from istiolint.examine import Examined
from istiolint.finding import (
    Admission,
    Confidence,
    Edit,
    Finding,
    Fix,
    Place,
    Related,
    Report,
    ResourceId,
    Severity,
    Summary,
    Suppressed,
)
from istiolint.pack import pack, pack_report, unpack, unpack_report
from istiolint.source.document import Document
from istiolint.source.reader import read
from istiolint.source.remarks import Kind, Remark
from istiolint.source.spans import SpanTable

texts = st.text(max_size=6)
numbers = st.integers(0, 2**31)
places = st.builds(Place, texts, numbers, numbers, numbers, numbers)
edits = st.builds(Edit, texts, numbers, numbers, texts)
fixes = st.none() | st.builds(Fix, texts, st.lists(edits, max_size=2).map(tuple), st.booleans())
related = st.lists(st.builds(Related, places, texts, texts), max_size=2).map(tuple)
resources = st.none() | st.builds(ResourceId, texts, texts, st.none() | texts, texts)
findings = st.builds(
    Finding,
    rule=texts,
    severity=st.sampled_from(get_args(Severity)),
    confidence=st.sampled_from(get_args(Confidence)),
    message=texts,
    place=places,
    path=texts,
    resource=resources,
    admission=st.none() | st.sampled_from(get_args(Admission)),
    upstream=st.lists(texts, max_size=2).map(tuple),
    related=related,
    fix=fixes,
    fingerprint=texts,
    label=texts,
)
remarks = st.builds(
    Remark,
    kind=st.sampled_from(get_args(Kind)),
    rules=st.lists(texts, max_size=2).map(tuple),
    reason=texts,
    line=numbers,
    column=numbers,
    end_column=numbers,
    first=numbers,
    last=numbers,
    start=numbers,
    end=numbers,
    listed=st.tuples(numbers, numbers),
)
TEXT = "kind: X\nmetadata: {name: ü, namespace: b}\nspec: [1, 1.5, null, true, &a {b: c}, *a]\n"


def document(index: int, context: bool) -> Document:
    (part,) = read(TEXT)
    return Document("file", index, part.value, SpanTable(part.value, part.offsets), context=context)


def types_of(value: Any) -> Any:
    """The types of a named tuple and of all it holds: a plain tuple equals a named one."""
    return (type(value), [types_of(item) for item in value]) if isinstance(value, tuple) else type(value)


@given(
    st.lists(findings, max_size=3).map(tuple),
    st.lists(remarks, max_size=2).map(tuple),
    st.lists(texts, max_size=2).map(tuple),
    st.integers(0, 3),
    st.tuples(st.booleans(), st.booleans()),
)
def test_examined_files_come_back(
    found: tuple[Finding, ...],
    said: tuple[Remark, ...],
    crashes: tuple[str, ...],
    count: int,
    marks: tuple[bool, bool],
) -> None:
    is_template, context = marks
    documents = tuple(document(index, context) for index in range(count))
    examined = Examined(documents, found, is_template, crashes, said)
    again = unpack(pack(examined), "file", context)
    assert again[1:] == examined[1:]
    assert types_of(again[1:]) == types_of(examined[1:])
    assert [facts(one) for one in again.documents] == [facts(one) for one in documents]


def facts(one: Document) -> tuple[Any, ...]:
    return (
        one.file,
        one.index,
        one.value,
        list(one.spans.offsets),
        one.spans.value is one.value,
        one.context,
        one.kind,
        one.name,
        one.namespace,
    )


def test_documents_take_the_name_that_their_file_has_now() -> None:
    again = unpack(pack(Examined((document(0, False),), (), False, ())), "other", context=True)
    assert (again.documents[0].file, again.documents[0].context) == ("other", True)
    assert again.documents[0].span(("kind",)) == (6, 7)
    assert isinstance(again.documents[0].spans.offsets, array)


@given(
    st.lists(findings, max_size=3).map(tuple),
    st.lists(st.builds(Suppressed, findings, texts, texts), max_size=2).map(tuple),
    st.builds(Summary, numbers, numbers, numbers, numbers, numbers),
)
def test_reports_come_back(found: tuple[Finding, ...], quiet: tuple[Suppressed, ...], summary: Summary) -> None:
    report = Report(found, quiet, summary)
    again = unpack_report(pack_report(report))
    assert again == report
    assert types_of(again) == types_of(report)
