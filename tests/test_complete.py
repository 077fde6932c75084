"""From a defect to a finding: where it points, what it says, and by what it is known again."""

from __future__ import annotations

import pytest

from istiolint.cards import Card
from istiolint.complete import MOST_RELATED, complete, fingerprint, pointer
from istiolint.finding import Change, Defect, Note, Path, Repair, Side
from istiolint.source.document import Document
from istiolint.source.reader import read
from istiolint.source.spans import SpanTable
from istiolint.source.text import SourceText

TEXT = """\
kind: X
metadata: {name: a, namespace: b}
spec:
  hosts: [one, "two"]
  empty:
  http:
  - name: first
    weight: 1
  - destination: {host: h}
  long: "first line
    second line"
  block: |
    text
    more
"""
CARD = Card(
    name="rule",
    family="family",
    title="Title",
    severity="error",
    confidence="high",
    kinds=(),
    each="",
    reads=(),
    upstream=("IST0001",),
    symptoms=(),
    admission="reject",
    message="{what} is wrong",
    label="this {what}",
    fix="safe",
    params={},
    profile="default",
    since="",
)


def document_of(text: str = TEXT, file: str = "f") -> Document:
    (part,) = read(text)
    return Document(file, 0, part.value, SpanTable(part.value, part.offsets))


def marked(path: Path, on: Side = "value", part: tuple[int, int] | None = None) -> tuple[str, int]:
    """The text that a finding marks, and its line."""
    source = SourceText("f", TEXT)
    finding = complete(Defect(path, {"what": "it"}, on=on, part=part), document_of(), CARD, lambda _: source)
    place = finding.place
    assert place.line == place.end_line
    return source.line(place.line)[place.column - 1 : place.end_column - 1], place.line


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ((), ("kind: X", 1)),
        (("kind",), ("X", 1)),
        (("metadata",), ("metadata", 2)),
        (("metadata", "name"), ("a", 2)),
        (("spec", "hosts"), ("hosts", 4)),
        (("spec", "hosts", 1), ('"two"', 4)),
        (("spec", "empty"), ("empty", 5)),
        (("spec", "http", 0), ("name: first", 7)),
        (("spec", "http", 1), ("destination: {host: h}", 9)),
        (("spec", "http", 1, "destination"), ("destination", 9)),
        (("spec", "long"), ('"first line', 10)),
        (("spec", "block"), ("|", 12)),
        # what is not there is shown by what should hold it
        (("spec", "tcp"), ("spec", 3)),
        (("spec", "tcp", 0, "port"), ("spec", 3)),
        (("spec", "http", 0, "route"), ("name: first", 7)),
        (("spec", "http", 7), ("http", 6)),
        (("status",), ("kind: X", 1)),
        (("kind", "x"), ("kind", 1)),
    ],
)
def test_where_a_finding_points(path: Path, wanted: tuple[str, int]) -> None:
    assert marked(path) == wanted


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (("kind",), ("kind", 1)),
        (("spec", "hosts"), ("hosts", 4)),
        (("spec", "http", 1, "destination", "host"), ("host", 9)),
        (("spec", "http", 0), ("name: first", 7)),
        (("spec", "tcp"), ("spec", 3)),
    ],
)
def test_where_a_finding_on_a_key_points(path: Path, wanted: tuple[str, int]) -> None:
    assert marked(path, "key") == wanted


@pytest.mark.parametrize(
    ("path", "part", "wanted"),
    [
        (("spec", "hosts", 0), (1, 2), ("n", 4)),
        (("spec", "hosts", 1), (0, 2), ("tw", 4)),
        (("spec", "hosts", 1), (2, 99), ("o", 4)),
        (("spec", "hosts", 1), (3, 3), ("", 4)),
        (("spec", "block"), (5, 7), ("mo", 14)),
        (("spec", "long"), (0, 2), ('"first line', 10)),
        (("spec", "hosts"), (0, 2), ("hosts", 4)),
    ],
)
def test_where_a_finding_in_a_text_points(path: Path, part: tuple[int, int], wanted: tuple[str, int]) -> None:
    assert marked(path, part=part) == wanted


def finding_of(defect: Defect, card: Card = CARD, text: str = TEXT) -> object:
    source = SourceText("f", text)
    return complete(defect, document_of(text), card, lambda _: source)


def test_what_a_finding_says() -> None:
    source = SourceText("f", TEXT)
    finding = complete(Defect(("spec", "a/b~c"), {"what": "this"}), document_of(), CARD, lambda _: source)
    assert (finding.rule, finding.severity, finding.confidence) == ("rule", "error", "high")
    assert (finding.message, finding.label) == ("this is wrong", "this this")
    assert (finding.path, finding.admission, finding.upstream) == ("/spec/a~1b~0c", "reject", ("IST0001",))
    assert str(finding.resource) == "X b/a"
    assert finding.fix is None


def test_long_and_strange_texts_are_shown_short_and_plain() -> None:
    source = SourceText("f", TEXT)

    def message(what: object) -> str:
        return complete(Defect((), {"what": what}), document_of(), CARD, lambda _: source).message

    assert message("a\nb\x1b[0m\u202e") == "a\\nb\\x1b[0m\\u202e is wrong"
    assert message("x" * 1000) == "x" * 80 + "…" + "x" * 80 + " is wrong"
    assert message("ü😀") == "ü😀 is wrong"
    assert message(7) == "7 is wrong"


def test_a_message_that_wants_more_is_an_error() -> None:
    with pytest.raises(KeyError):
        finding_of(Defect((), {}))


def test_related_places() -> None:
    text = "# other\napiVersion: v1\nkind: Z\nmetadata: {name: o}\n"
    other = document_of(text, "g")
    sources = {"f": SourceText("f", TEXT), "g": SourceText("g", text)}
    notes = (Note(("spec", "hosts"), "here", on="key"), Note(("kind",), "there", other))
    finding = complete(Defect((), {"what": ""}, notes=notes), document_of(), CARD, sources.__getitem__)
    assert [(r.place.file, r.place.line, r.message, r.subject) for r in finding.related] == [
        ("f", 4, "here", "X b/a"),
        ("g", 3, "there", "Z o"),
    ]
    many = complete(Defect((), {"what": ""}, notes=notes * 50), document_of(), CARD, sources.__getitem__)
    assert len(many.related) == MOST_RELATED


@pytest.mark.parametrize(
    ("of_card", "offered", "safe"), [("none", False, False), ("unsafe", True, False), ("safe", True, True)]
)
def test_the_card_says_whether_there_are_repairs(of_card: str, offered: bool, safe: bool) -> None:
    repair = Repair("say Y", (Change("set", ("kind",), "Y"),))
    source = SourceText("f", TEXT)
    card = CARD._replace(fix=of_card)
    finding = complete(Defect(("kind",), {"what": ""}, repair=repair), document_of(), card, lambda _: source)
    assert (finding.fix is not None) == offered
    if finding.fix:
        assert (finding.fix.safe, finding.fix.edits[0].text) == (safe, "Y")


def test_little_confidence_is_no_error() -> None:
    source = SourceText("f", TEXT)
    finding = complete(Defect((), {"what": ""}, confidence="low"), document_of(), CARD, lambda _: source)
    assert (finding.severity, finding.confidence) == ("warning", "low")


def test_fingerprints_name_items_and_not_their_numbers() -> None:
    one = document_of(
        "kind: X\nspec: {a: [{name: p, b: 1}, {destination: {host: h}}, {port: {number: 5}}, text, {}]}\n"
    )
    other = document_of(
        "\nspec: {a: [{}, text, {port: {number: 5}}, {destination: {host: h}}, {b: 1, name: p}]}\nkind: X\n"
    )
    pairs = [(0, 4), (1, 3), (2, 2), (3, 1)]
    for here, there in pairs:
        assert fingerprint("r", one, ("spec", "a", here)) == fingerprint("r", other, ("spec", "a", there))
    prints = {fingerprint(rule, one, ("spec", "a", item)) for rule in "rs" for item in range(5)}
    assert len(prints) == 10
    assert fingerprint("r", one, ()) != fingerprint("r", document_of("kind: Z\n"), ())


def test_pointers() -> None:
    assert pointer(()) == ""
    assert pointer(("a", 0, "b/c", "~", "")) == "/a/0/b~1c/~0/"
