"""What is silenced, by whom, and what is said about comments that silence nothing."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import istiolint
from istiolint.cards import Card, catalog
from istiolint.config import Choice, Config, Override
from istiolint.finding import Finding, Place, ResourceId, Suppressed
from istiolint.fix import apply as edited
from istiolint.selection import Selection
from istiolint.source.document import Document
from istiolint.source.reader import read
from istiolint.source.remarks import find_remarks
from istiolint.source.spans import SpanTable
from istiolint.suppress import Outcome, annotation_defects, apply

THING = ResourceId("v1", "Thing", "shop", "x")


def card(name: str, family: str = "routing", upstream: tuple[str, ...] = (), **facts: Any) -> Card:
    made = Card(
        name, family, name, "error", "high", (), "", (), upstream, (), None, "", "", "none", {}, "default", ""
    )  # fmt: skip
    return made._replace(**facts)


CARDS = (
    card("subset-not-found", upstream=("IST0101", "KIA1107"), reads=("DestinationRule",)),
    card("host-not-found", upstream=("IST0101",), reads=("Service",)),
    card("bad-weight", upstream=("KIA1104",)),
    card("own-idea", "security"),
    card("taste", profile="strict"),
    *(card for card in catalog().values() if card.family == "suppression"),
)


def finding(rule: str, line: int, file: str = "a.yaml", resource: ResourceId | None = THING) -> Finding:
    facts = next(card for card in CARDS if card.name == rule)
    place = Place(file, line, 1, line, 2)
    return Finding(rule, "error", "high", rule, place, "", resource, None, facts.upstream, (), None, f"{rule}{line}")


def judge(
    findings: Sequence[Finding],
    *texts: str,
    annotations: Mapping[str, str] | None = None,
    whole: bool = True,
    **config: Any,
) -> Outcome:
    """Files a.yaml, b.yaml, ... with these texts."""
    files = {f"{chr(97 + at)}.yaml": find_remarks(text) for at, text in enumerate([*texts, "", ""])}
    selection = Selection(Config(**config), CARDS)
    return apply(findings, files, lambda _: annotations or {}, selection, whole=whole)


def told(outcome: Outcome) -> list[tuple[str, int, str]]:
    return [(finding.rule, finding.place.line, finding.message) for finding in outcome.complaints]


def by(outcome: Outcome) -> list[tuple[str, int, str, str]]:
    return [(one.finding.rule, one.finding.place.line, one.by, one.reason) for one in outcome.suppressed]


TEXT = """\
a: 1  # istiolint: ignore[subset-not-found] known
# istiolint: ignore[IST0101, own-idea] until March
b:
  c: 1
  d: 2
e: 3
"""


def test_comments_silence_rules_by_name_and_code_on_their_lines() -> None:
    outcome = judge(
        [
            finding("subset-not-found", 1), finding("host-not-found", 1), finding("subset-not-found", 4),
            finding("host-not-found", 5), finding("own-idea", 3), finding("subset-not-found", 6),
            finding("subset-not-found", 1, "b.yaml"),
        ],
        TEXT,
    )  # fmt: skip
    assert by(outcome) == [
        ("subset-not-found", 1, "comment", "known"),
        ("subset-not-found", 4, "comment", "until March"),
        ("host-not-found", 5, "comment", "until March"),
        ("own-idea", 3, "comment", "until March"),
    ]
    assert [(f.rule, f.place.line, f.place.file) for f in outcome.kept] == [
        ("host-not-found", 1, "a.yaml"),
        ("subset-not-found", 6, "a.yaml"),
        ("subset-not-found", 1, "b.yaml"),
    ]
    assert outcome.complaints == ()


def test_without_brackets_every_rule_is_silenced() -> None:
    outcome = judge([finding("own-idea", 1), finding("bad-weight", 1)], "a: 1 # istiolint: ignore\n")
    assert (outcome.kept, outcome.complaints, len(outcome.suppressed)) == ((), (), 2)


def test_a_whole_file() -> None:
    text = "a: 1\n---\nb: 1\n# istiolint: ignore-file[routing] made by a machine\n"
    outcome = judge([finding("bad-weight", 1), finding("own-idea", 3)], text)
    assert by(outcome) == [("bad-weight", 1, "comment", "made by a machine")]
    assert [f.rule for f in outcome.kept] == ["own-idea"]


def test_unused_comments_are_told_and_can_be_removed() -> None:
    outcome = judge(
        [finding("subset-not-found", 1), finding("own-idea", 5)], TEXT + "f: 1  # istiolint: ignore[bad-weight]\n"
    )
    assert told(outcome) == [
        ("unused-suppression", 2, "nothing to silence here for IST0101"),
        ("unused-suppression", 7, "nothing to silence here for bad-weight"),
    ]
    assert outcome.complaints[0].severity == "warning"
    assert outcome.complaints[0].place == Place("a.yaml", 2, 1, 2, 39)
    text = TEXT + "f: 1  # istiolint: ignore[bad-weight]\n"
    edits = [edit for finding in outcome.complaints if finding.fix and finding.fix.safe for edit in finding.fix.edits]
    assert edited(text, edits) == text.replace("IST0101, ", "").replace("  # istiolint: ignore[bad-weight]", "")


def test_a_finding_uses_all_comments_about_it() -> None:
    text = "# istiolint: ignore-file[KIA1104] a\n---\n# istiolint: ignore[bad-weight]\na: 1 # istiolint: ignore[ALL]\n"
    outcome = judge([finding("bad-weight", 4)], text)
    assert by(outcome) == [("bad-weight", 4, "comment", "a")]
    assert told(outcome) == []


def test_a_finding_silenced_by_the_settings_still_uses_its_comment() -> None:
    override = Override(("a.yaml",), ignore=("bad-weight",), reason="legacy")
    text = "a: 1  # istiolint: ignore[bad-weight]\nb: 1\n"
    outcome = judge([finding("bad-weight", 1), finding("bad-weight", 2)], text, overrides=(override,))
    assert by(outcome) == [("bad-weight", 1, "comment", ""), ("bad-weight", 2, "config", "legacy")]
    assert told(outcome) == []


def test_nothing_is_said_where_the_run_could_not_know() -> None:
    line = "a: 1  # istiolint: ignore[{}]\n"
    off: dict[str, Any] = {"choices": (Choice(ignore=("bad-weight",)),)}
    assert told(judge([], line.format("bad-weight"), **off)) == []
    assert told(judge([], line.format("taste"))) == []
    assert told(judge([], line.format("taste"), choices=(Choice(profile="strict"),))) != []
    # every rule of the default profile would have to have run
    assert told(judge([], line.format("routing"), **off)) == []
    assert told(judge([], line.format("security"), **off)) != []
    assert told(judge([], "a: 1  # istiolint: ignore\n", **off)) == []
    assert told(judge([], "a: 1  # istiolint: ignore\n")) == [
        ("unused-suppression", 1, "nothing to silence here for any rule")
    ]


def test_rules_that_look_beyond_a_document_are_judged_only_over_a_whole_project() -> None:
    line = "a: 1  # istiolint: ignore[{}]\n"
    for selector in ("subset-not-found", "KIA1107", "routing", "ALL"):
        assert told(judge([], line.format(selector), whole=False)) == []
        assert told(judge([], line.format(selector))) != []
    assert told(judge([], line.format("bad-weight"), whole=False)) != []
    remarks = find_remarks(line.format("subset-not-found"))
    for world, complaints in (("auto", 0), ("complete", 1)):
        config = Config(world=world)  # type: ignore[arg-type]
        outcome = apply([], {"only.yaml": remarks}, lambda _: {}, Selection(config, CARDS))
        assert len(outcome.complaints) == complaints


def test_rules_that_do_not_exist_are_told_with_a_repair_where_one_is_near() -> None:
    text = "a: 1  # istiolint: ignore[bad-wieght, own-idea] x\nb: 1  # istiolint: ignore[IST9999, zzz]\n"
    outcome = judge([finding("own-idea", 1)], text)
    assert told(outcome) == [
        (
            "unknown-rule-in-suppression",
            1,
            'this silences nothing: unknown rule "bad-wieght" (did you mean "bad-weight"?)',
        ),
        ("unknown-rule-in-suppression", 2, 'this silences nothing: no rule has the code "IST9999"'),
        ("unknown-rule-in-suppression", 2, 'this silences nothing: unknown rule "zzz"'),
    ]
    fixes = [finding.fix for finding in outcome.complaints]
    assert fixes[1:] == [None, None]
    assert fixes[0] is not None
    assert not fixes[0].safe
    assert edited(text, fixes[0].edits) == text.replace("wieght", "weight")


def test_comments_that_cannot_be_understood_are_told() -> None:
    outcome = judge([finding("own-idea", 1)], "a: 1  # istiolint: disable[own-idea] x\n")
    assert [rule for rule, _, _ in told(outcome)] == ["malformed-suppression"]
    assert [f.rule for f in outcome.kept] == ["own-idea"]


def test_reasons_are_asked_for_where_they_are_required() -> None:
    text = "a: 1  # istiolint: ignore[own-idea]\nb: 1  # istiolint: ignore[own-idea] since\nc: 1 # istiolint: ignore\n"
    findings = [finding("own-idea", 1), finding("own-idea", 2), finding("own-idea", 3)]
    assert told(judge(findings, text)) == []
    assert told(judge(findings, text, require_reason=True)) == [
        ("suppression-without-reason", 1, "no reason is given for silencing own-idea"),
        ("suppression-without-reason", 3, "no reason is given for silencing every rule"),
    ]
    # an unused comment needs no reason, it needs to go
    assert [rule for rule, _, _ in told(judge([], text[:36], require_reason=True))] == ["unused-suppression"]


def test_complaints_can_be_silenced_themselves_but_only_by_name() -> None:
    text = "a: 1  # istiolint: ignore[own-idea]\n# istiolint: ignore-file[unused-suppression] a template\n"
    outcome = judge([], text)
    assert (told(outcome), by(outcome)) == ([], [("unused-suppression", 1, "comment", "a template")])
    assert told(judge([], "a: 1  # istiolint: ignore-file[unused-suppression]\n")) == []
    text = "# istiolint: ignore-file made by a machine\na: 1  # istiolint: ignore[own-idea]\n"
    assert [line for _, line, _ in told(judge([finding("own-idea", 1)], text))] == [2]
    assert told(judge([], text, choices=(Choice(ignore=("suppression",)),))) == []


def test_findings_whose_rule_is_off_in_their_place_are_dropped() -> None:
    override = Override(("a.yaml",), select=("taste",), severity={"taste": "info"})
    outcome = judge([finding("taste", 1), finding("taste", 1, "b.yaml")], overrides=(override,))
    assert [(f.place.file, f.severity) for f in outcome.kept] == [("a.yaml", "info")]
    assert outcome.suppressed == ()


def silenced(annotations: Mapping[str, str]) -> set[str]:
    findings = [finding(card.name, 1) for card in CARDS if card.family in ("routing", "security")]
    outcome = judge(findings, annotations=annotations, choices=(Choice(select=("routing", "security")),))
    assert {one.by for one in outcome.suppressed} <= {"annotation"}
    return {one.finding.rule for one in outcome.suppressed}


EVERY = {"subset-not-found", "host-not-found", "bad-weight", "own-idea", "taste"}


def test_own_annotation() -> None:
    name = "istiolint.io/ignore"
    assert silenced({name: "own-idea, IST0101"}) == {"own-idea", "subset-not-found", "host-not-found"}
    assert silenced({name: "security"}) == {"own-idea"}
    for value in ("", "*", "ALL"):
        assert silenced({name: value}) == EVERY
    assert silenced({name: "nonsense"}) == set()
    outcome = judge([finding("own-idea", 1)], annotations={name: "*", "istiolint.io/ignore-reason": "vendored"})
    assert outcome.suppressed == (Suppressed(finding("own-idea", 1), "annotation", "vendored"),)


def test_annotation_of_istio() -> None:
    """Only findings that istioctl would have, blanks or not."""
    name = "galley.istio.io/analyze-suppress"
    assert silenced({name: "IST0101"}) == {"subset-not-found", "host-not-found"}
    assert silenced({name: "IST0999, IST0101"}) == {"subset-not-found", "host-not-found"}
    assert silenced({name: "*"}) == {"subset-not-found", "host-not-found"}
    for value in ("", "KIA1104", "own-idea", "IST01", "ist0101"):
        assert silenced({name: value}) == set()
    outcome = judge([finding("host-not-found", 1)], annotations={name: "*"})
    assert by(outcome) == [("host-not-found", 1, "annotation", f"annotation {name}")]


def test_annotation_of_kiali() -> None:
    name = "kiali.io/ignore-validations"
    assert silenced({name: "KIA1104,KIA0001"}) == {"bad-weight"}
    assert silenced({name: ""}) == {"bad-weight", "subset-not-found"}
    assert silenced({name: "IST0101"}) == set()
    assert silenced({name: "KIA1107", "galley.istio.io/analyze-suppress": "IST0101"}) == {
        "subset-not-found",
        "host-not-found",
    }


def test_auditors_see_everything() -> None:
    text = "a: 1  # istiolint: ignore[own-idea, nonsense]\n"
    outcome = judge([finding("own-idea", 1)], text, annotations={"istiolint.io/ignore": "*"}, silencing=False)
    assert [f.rule for f in outcome.kept] == ["own-idea"]
    assert (outcome.suppressed, outcome.complaints) == ((), ())


MANIFESTS = """\
apiVersion: v1
kind: Thing
metadata: {name: x, namespace: shop, annotations: {istiolint.io/ignore: 'own-ideas, IST0101, *'}}
---
apiVersion: v1
kind: Thing
metadata:
  name: z
  annotations:
    istiolint.io/ignore: bad-weight
    istiolint.io/ignore-reason: why
---
metadata: {annotations: {galley.istio.io/analyze-suppress: nonsense}}
---
metadata: {annotations: null}
---
metadata: {annotations: {istiolint.io/ignore: null}}
"""


def documents(context: bool = False) -> list[Document]:
    return [
        Document("a.yaml", index, part.value, SpanTable(part.value, part.offsets), context=context)
        for index, part in enumerate(read(MANIFESTS))
    ]


def test_own_annotation_is_checked() -> None:
    def said(**config: Any) -> list[tuple[str, int, object]]:
        selection = Selection(Config(**config), CARDS)
        return [
            (defect.rule, defect.document.index if defect.document else -1, *defect.fields.values())
            for defect in annotation_defects(documents(), selection)
        ]

    unknown = ("unknown-rule-in-suppression", 0, 'unknown rule "own-ideas" (did you mean "own-idea"?)')
    assert said() == [unknown]
    assert said(require_reason=True) == [
        unknown,
        ("suppression-without-reason", 0, "own-ideas, IST0101, *"),
        ("suppression-without-reason", 4, "every rule"),
    ]
    assert said(silencing=False) == []


@pytest.mark.parametrize(
    "comment",
    [
        "IstioLint: ignore[subset-not-found]",
        "istiolint: Ignore[subset-not-found]",
        "istiolint ignore[subset-not-found]",
        "istiolint ignore IST0101",
        "istiolint: ignore subset-not-found, for a while",
    ],
)
def test_a_comment_that_is_nearly_right_silences_nothing_and_is_told(tmp_path: Path, comment: str) -> None:
    (tmp_path / "a.yaml").write_text(ROUTE.replace("subset: v3", f"subset: v3  # {comment}"))
    found = {finding.rule for finding in istiolint.lint([str(tmp_path)], Config(root=str(tmp_path))).findings}
    assert found == {"subset-not-found", "malformed-suppression"}


@pytest.mark.parametrize("comment", ["istiolint ignores nothing here", "IstioLint is a tool", "istiolint ignore that"])
def test_talk_about_istiolint_is_let_be(tmp_path: Path, comment: str) -> None:
    (tmp_path / "a.yaml").write_text(ROUTE.replace("subset: v3", f"subset: v3  # {comment}"))
    found = {finding.rule for finding in istiolint.lint([str(tmp_path)], Config(root=str(tmp_path))).findings}
    assert found == {"subset-not-found"}


ROUTE = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
  - route:
    - destination:
        host: reviews
        subset: v3
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  subsets:
  - {name: v1, labels: {version: v1}}
"""
