"""One file: which objects it holds, what is said of its text, and what is left alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from istiolint import examine as examine_module
from istiolint.cards import catalog
from istiolint.dispatch import Plan
from istiolint.examine import Examined, Settings, examine
from istiolint.finding import Defect
from istiolint.schema.store import release

CARDS = catalog()
ENABLED = frozenset(CARDS)
SETTINGS = Settings(Plan(CARDS, ENABLED, {}), CARDS, ENABLED, release(""))

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: b}\n"
BROKEN = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\nspec: {hosts: [a}\n"


def look(text: str | bytes, settings: Settings = SETTINGS, context: bool = False) -> Examined:
    data = text if isinstance(text, bytes) else text.encode()
    found = examine("f.yaml", data, settings, context)
    assert found.crashes == ()
    return found


def names(found: Examined) -> list[str]:
    return [f"{document.index} {document.kind} {document.name}" for document in found.documents]


def said(found: Examined) -> list[tuple[str, int, int]]:
    """Rule, line and column of the findings about the text."""
    syntax = [finding for finding in found.findings if CARDS[finding.rule].family == "syntax"]
    return [(finding.rule, finding.place.line, finding.place.column) for finding in syntax]


def test_objects_of_a_stream() -> None:
    found = look(
        "---\n# nothing\n---\n" + SERVICE + "---\n[]\n---\ntext\n---\na: 1\n---\n" + SERVICE.replace(" a,", " c,")
    )
    assert names(found) == ["0 Service a", "1 Service c"]
    assert found.documents[1].value == {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "c", "namespace": "b"},
    }
    assert found.findings == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# x",
        "a: 1",
        "- kind: Service",
        "kind: 1",
        "kind: [a]",
        "kind:",
        "apiVersion: v1",
        "apiVersion: 1",
        "{}",
        "null",
    ],
)
def test_what_is_no_object(text: str) -> None:
    assert look(text).documents == ()


def test_objects_of_istio_without_a_kind_are_objects() -> None:
    assert names(look("apiVersion: networking.istio.io/v1\n")) == ["0  "]


def test_the_items_of_a_list_are_objects_with_their_own_places() -> None:
    text = (
        "apiVersion: v1\nkind: List\nmetadata: {}\nitems:\n"
        "- apiVersion: v1\n  kind: Service\n  metadata: {name: a}\n"
        "- text\n-\n- {kind: Pod, metadata: {name: b}}\n- &x\n  kind: Secret\n  metadata: {name: c}\n- *x\n"
        "---\nkind: PodList\nitems:\n- kind: Pod\n  metadata: {name: d}\n"
    )
    found = look(text)
    assert names(found) == ["0 Service a", "1 Pod b", "2 Secret c", "3 Secret c", "4 Pod d"]
    places = [text[slice(*document.span(("metadata", "name")))] for document in found.documents]
    assert places == ["a", "b", "c", "c", "d"]


@pytest.mark.parametrize("items", ["", "items:", "items: {}", "items: 1"])
def test_a_list_without_items_is_an_object_as_any_other(items: str) -> None:
    assert names(look(f"kind: List\napiVersion: v1\n{items}\n")) == ["0 List "]


def test_an_empty_list_has_no_objects() -> None:
    assert look("kind: List\napiVersion: v1\nitems: []\n").documents == ()


# what is wrong with the text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (BROKEN, [("syntax-error", 4, 17)]),
        (BROKEN.replace("\n", "\r\n"), [("syntax-error", 4, 17)]),
        ("\ufeff" + BROKEN, [("syntax-error", 4, 17)]),
        (SERVICE + "---\n" + BROKEN + "---\n" + SERVICE, [("syntax-error", 8, 17)]),
        (SERVICE + "spec: {}\nspec: 1\n", [("duplicate-key", 5, 1)]),
        (SERVICE + "x: {<<: {a: 1}, a: 2}\n", [("merged-key-overridden", 4, 17)]),
        (SERVICE + "x: .inf\n", [("invalid-value", 4, 4)]),
        (SERVICE + "x: {[a]: b}\n", [("invalid-key", 4, 5)]),
        (SERVICE + "x: " + "[" * 300, [("nested-too-deep", 4, 203)]),
        (SERVICE + "x: \x01\n", [("syntax-error", 4, 4)]),
        ('{"kind": "Service", "x": ]}', [("syntax-error", 1, 26)]),
        ('{"x": 1, "kind": "Service", ]}', [("syntax-error", 1, 29)]),
    ],
)
def test_problems_of_manifests_are_findings(text: str, wanted: list[tuple[str, int, int]]) -> None:
    assert said(look(text)) == wanted
    assert said(look(text, context=True)) == []


@pytest.mark.parametrize(
    "text",
    [
        "a: [\n",
        "a: 1\na: 2\n",
        "a: .inf\n",
        "\0\0\0",
        "<html>\n<p class=x>: {",
        "name: My kind: of thing: {",
        "kinds: [",
        "x",
    ],
)
def test_problems_of_other_files_are_not(text: str) -> None:
    assert look(text).findings == ()


def test_several_problems_of_one_document() -> None:
    text = SERVICE + "spec: {}\nspec: {a: 1, a: 2}\nstatus: .nan\n"
    found = look(text)
    assert said(found) == [("duplicate-key", 5, 14), ("duplicate-key", 5, 1), ("invalid-value", 6, 9)]
    assert names(found) == ["0 Service a"]
    (related,) = found.findings[1].related
    assert (related.place.line, related.place.column) == (4, 1)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "latin-1"])
def test_other_encodings_of_manifests(encoding: str) -> None:
    text = SERVICE.replace("name: a", "name: ä")
    assert [rule for rule, _, _ in said(look(text.encode(encoding)))] == ["invalid-encoding"]
    assert look("just: ä\n".encode(encoding)).findings == ()
    assert look(text.encode(encoding), context=True).findings == ()


# templates


@pytest.mark.parametrize(
    "template",
    [
        "{{- if .Values.x }}\n" + SERVICE + "{{- end }}\n",
        SERVICE.replace("name: a", "name: {{ .Values.name }}"),
        SERVICE + "spec:\n  {{- toYaml .Values.x | nindent 2 }}\n",
        SERVICE + "spec:\n  ports: {{ .Values.ports }}\n",
    ],
)
def test_helm_templates_are_counted_and_left_alone(template: str) -> None:
    found = look(template)
    assert (found.is_template, found.documents, found.findings) == (True, (), ())
    found = look(SERVICE + "---\n" + template)
    assert (found.is_template, names(found), found.findings) == (True, ["0 Service a"], ())


def test_braces_in_texts_are_no_template() -> None:
    found = look(SERVICE + 'data: "{{ x }}"\ndata: {a: 1}\nmore: {<<: {a: 1}, a: 2}\n')
    assert not found.is_template
    assert [rule for rule, _, _ in said(found)] == ["duplicate-key", "merged-key-overridden"]


# what fails


def test_a_check_that_fails_is_said_and_the_others_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Iterator[Defect]:
        yield Defect(("kind",), {"reason": "first"}, "syntax-error")
        yield Defect(("kind",), {}, "syntax-error")
        raise LookupError("what")

    monkeypatch.setattr(examine_module, "_refusals", broken)
    found = examine("f.yaml", SERVICE.encode(), SETTINGS)
    assert [finding.message for finding in found.findings] == ["not readable as YAML: first"]
    assert len(found.crashes) == 2
    assert all(re.match(r"f\.yaml: .* failed on Service a: (KeyError|LookupError): ", crash) for crash in found.crashes)


def test_rules_that_are_off_say_nothing() -> None:
    settings = Settings(Plan(CARDS, frozenset(), {}), CARDS, frozenset(), release(""))
    assert look(BROKEN + "---\n" + SERVICE + "a: 1\na: 2\n", settings).findings == ()


def test_remarks_are_found_but_not_in_context_files() -> None:
    text = SERVICE + "spec: {}  # istiolint: ignore[syntax-error] because\n"
    (remark,) = look(text).remarks
    assert (remark.rules, remark.line, remark.reason) == (("syntax-error",), 4, "because")
    assert look(text, context=True).remarks == ()


def test_context_files_give_objects_only() -> None:
    found = look(BROKEN.replace("[a}", "[a], nothing: 1}") + "---\n" + SERVICE, context=True)
    assert names(found) == ["0 VirtualService a", "1 Service a"]
    assert all(document.context for document in found.documents)
    assert found.findings == ()


@pytest.mark.parametrize(
    "text",
    [
        "---\n" + "\n" * 1_000_000 + "}",
        "---\n" + " " * 1_000_000 + "}",
        "---\n" + "- " * 90 + "\n" * 500_000 + "}",
        SERVICE + "# istiolint: ignore[x]\n" * 20_000,
        "# istiolint: ignore[x] y\n" * 20_000 + SERVICE,
        SERVICE + "x: 1\n" * 20_000,
        "{{" * 500_000,
        "kind: List\napiVersion: v1\nitems:\n" + "- {kind: Pod}\n" * 20_000,
    ],
    ids=range(8),
)
def test_files_made_to_hurt(text: str) -> None:
    assert look(text).crashes == ()
