"""Streams to documents: what is read, what is said of what cannot be read, and that nothing takes long."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from istiolint.source import reader
from istiolint.source.reader import MAX_DEPTH, MAX_SYNTAX_ERRORS, YamlDocument, read, scalar_ranges


def values(text: str) -> list[Any]:
    return [document.value for document in read(text)]


def problems(text: str) -> list[tuple[str, str]]:
    """Rule and marked text of all problems."""
    found = [problem for document in read(text) for problem in document.problems]
    return [(problem.rule, text[problem.start : problem.end]) for problem in found]


# streams


@pytest.mark.parametrize("text", ["", "\n", " \n\n", "# only a comment", "\n# a\n  # b\n", "\ufeff", "\ufeff# c\n"])
def test_a_stream_without_documents(text: str) -> None:
    assert read(text) == []


def test_documents_of_a_stream() -> None:
    text = "a: 1\n---\n# only a comment\n---\n- 2\n...\n--- three\n---\n"
    assert values(text) == [{"a": 1}, None, [2], "three", None]
    assert [text[document.start :][:3] for document in read(text)] == ["a: ", "---", "---", "---", "---"]
    assert problems(text) == []


def test_directives() -> None:
    text = "%YAML 1.1\n%TAG !e! tag:example.org,2000:\n---\na: !e!x &y 1\nb: *y\n---\nc: 2\n"
    assert values(text) == [{"a": "1", "b": "1"}, {"c": 2}]
    assert problems(text) == []


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_breaks(newline: str) -> None:
    text = newline.join(
        ("a: 1", "b: |", "  two", "  lines", "---", "c: &x 1", "d: *x", "---", "e: [", "---", "f: 3", "")
    )
    assert values(text) == [{"a": 1, "b": "two\nlines\n"}, {"c": 1, "d": 1}, None, {"f": 3}]
    assert [rule for rule, _ in problems(text)] == ["syntax-error"]
    for document in read(text):
        starts = list(document.offsets)[::2]
        assert all(text[at] not in "\r\n" for at in starts)


def test_line_separators_of_unicode_are_line_breaks_too() -> None:
    text = "a: 1\u2028---\u2028b: &x 2\u2028---\x85c: *y"
    assert values(text) == [{"a": 1}, {"b": 2}, {"c": None}]


def test_byte_order_marks_count_as_characters() -> None:
    text = "\ufeffa: 1\n"
    (document,) = read(text)
    assert [text[at] for at in document.offsets[2::2]] == ["a", "1"]
    text = "\ufeffa: &x 1\nb: *x\n"
    (document,) = read(text)
    assert [text[at] for at in document.offsets[2::2]] == ["a", "1", "b", "*"]


def test_characters_beyond_ascii_count_as_one() -> None:
    text = "ä: 😀\nb: [ü, 'ö']\n"
    (document,) = read(text)
    spans = [text[start:end] for start, end in zip(document.offsets[::2], document.offsets[1::2], strict=True)]
    assert spans == [text.strip(), "ä", "😀", "b", "[ü, 'ö']", "ü", "'ö'"]


# JSON


JSON = {"kind": "X", "text": 'tab\t"quote" \\ / \b\f\n\r ü😀', "n": [1, -2.5, 1e30, True, None, {}, []]}


@pytest.mark.parametrize("indent", [None, 2, "\t"])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_json_is_read(indent: str | int | None, ascii_only: bool) -> None:
    text = json.dumps(JSON, indent=indent, ensure_ascii=ascii_only).replace("/", "\\/")
    (document,) = read(text)
    assert document.value == JSON
    assert document.problems == ()
    spans = [text[start:end] for start, end in zip(document.offsets[::2], document.offsets[1::2], strict=True)]
    assert spans[:5] == [
        text,
        '"kind"',
        '"X"',
        '"text"',
        json.dumps(JSON["text"], ensure_ascii=ascii_only).replace("/", "\\/"),
    ]


def test_surrogates_in_json() -> None:
    assert values(r'{"a": "\ud83d\ude00!", "\uD83D\uDE00": 1}') == [{"a": "😀!", "😀": 1}]
    assert values(r'{"a": "\ud83d", "b": "\ude00\u0041", "c": "\\ud83d"}') == [
        {"a": "\ufffd", "b": "\ufffdA", "c": "\\ud83d"}
    ]
    assert values(r'{"a": "\ud83dxxxx"}') == [{"a": "\ufffdxxxx"}]
    assert values(r'[{"a": "\ud83d\ude00"}]') == [[{"a": "😀"}]]


def test_surrogates_in_yaml_are_refused_as_by_kubernetes() -> None:
    assert problems('a: "\\ud83d\\ude00"\n') == [("syntax-error", "d")]


@pytest.mark.parametrize("text", ['{"a": "\\ud8"}', '{"a": "\\ud8zz"}', '{"\\u": 1}', '{"a": "\\ud83d\\uxxxx"'])
def test_broken_escapes_are_errors(text: str) -> None:
    assert [rule for rule, _ in problems(text)] == ["syntax-error"]


# equal keys, merges, anchors


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1\nb: 2\na: 3\n", {"b": 2, "a": 3}),
        ("{a: 1, b: 2, a: 3}", {"b": 2, "a": 3}),
        ("a: 1\nb: 2\n'a': 3\n", {"b": 2, "a": 3}),
        ("x: &x 0\nb: 2\na: 1\na: 3\n", {"x": 0, "b": 2, "a": 3}),
    ],
)
def test_of_equal_keys_the_last_one_counts(text: str, value: object) -> None:
    (document,) = read(text)
    assert document.value == value
    (problem,) = document.problems
    assert (problem.rule, problem.reason) == ("duplicate-key", "a")
    assert problem.other is not None
    first = text.index("a: 1")
    assert problem.other == (first, first + 1)
    assert text[problem.start : problem.end].strip("'") == "a"
    assert problem.start > first


BASE = "x: &x {p: 1, q: 2}\n"


@pytest.mark.parametrize(
    ("text", "value", "said"),
    [
        ("z: {<<: *x}", {"p": 1, "q": 2}, []),
        ("z: {<<: *x, r: 3}", {"p": 1, "q": 2, "r": 3}, []),
        ("z: {<<: [*x, {r: 3}]}", {"p": 1, "q": 2, "r": 3}, []),
        ("z: {<<: {r: 3}}", {"r": 3}, []),
        ("z: {<<: *x, p: 3}", {"p": 3, "q": 2}, [("merged-key-overridden", "p")]),
        ("z: {p: 3, <<: *x}", {"p": 1, "q": 2}, [("duplicate-key", "*x")]),
        ("z: {<<: [{p: 3}, *x]}", {"p": 3, "q": 2}, [("merged-key-overridden", "{p: 3}")]),
        ("z: {'<<': 1}", {"<<": 1}, []),
        ("z: {<<: 1, p: 3}", {"p": 3}, [("invalid-value", "1")]),
        ("z: {<<: [1]}", {}, [("invalid-value", "1")]),
        ("z: [<<]", ["<<"], []),
    ],
)
def test_merges(text: str, value: object, said: list[tuple[str, str]]) -> None:
    (document,) = read(BASE + text)
    assert document.value == {"x": {"p": 1, "q": 2}, "z": value}
    assert problems(BASE + text) == said


def test_a_list_by_alias_cannot_be_merged() -> None:
    assert problems("x: &x [{p: 1}]\ny: {<<: *x}\n") == [("invalid-value", "*x")]


def test_anchors_may_be_given_anew() -> None:
    assert values("- &a 1\n- *a\n- &a 2\n- *a\n") == [[1, 1, 2, 2]]
    assert values("- &a [&a x]\n- *a\n") == [[["x"], "x"]]


def test_an_alias_has_a_copy_of_its_own() -> None:
    ((first, second),) = values("- &a {b: [1]}\n- *a\n")
    assert first == second
    assert first is not second
    assert first["b"] is not second["b"]


@pytest.mark.parametrize(
    ("text", "marked", "reason"),
    [
        ("a: *nothing\n", "*nothing", "no anchor"),
        ("a: &a 1\n---\nb: *a\n", "*a", "no anchor"),
        ("a: &a [*a]\n", "*a", "contains itself"),
        ("&a {b: {c: *a}}\n", "*a", "contains itself"),
        ("&a {*a : 1}\n", "*a", "contains itself"),
    ],
)
def test_aliases_of_nothing(text: str, marked: str, reason: str) -> None:
    document = read(text)[-1]
    problem = document.problems[0]
    assert (problem.rule, text[problem.start : problem.end]) == ("syntax-error", marked)
    assert reason in problem.reason


# errors


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("a: b: c\n", ":"),
        ("a: @x\n", "@"),
        ("a: `x`\n", "`"),
        ("a:\n\tb: 1\n", "\t"),
        ("a: [1\nb: 2\n", ":"),
        ('a: "x\n', '"'),
        ("a: 'x\n", "'"),
        ("a:\n  b: 1\n c: 2\n", "c: 2"),
        ("- a\nb: 1\n", "b: 1"),
        ("a: %x\n", "%"),
        ('a: "\\q"\n', "\\"),
        ("a: !<x y\n", " "),
        ("a: |x\n", "x"),
    ],
)
def test_syntax_errors_have_a_place(text: str, marked: str) -> None:
    assert problems(text) == [("syntax-error", marked)]
    assert problems("ä: 1\n---\n" + text + "---\nz: &y 1\n") == [("syntax-error", marked or "-")]
    assert values("ä: 1\n---\n" + text + "---\nz: &y 1\n") == [{"ä": 1}, None, {"z": 1}]
    reason = read(text)[-1].problems[0].reason
    assert reason == reason.strip() != ""


def test_an_error_ends_its_document_only() -> None:
    text = "a: 1\n---\nb: [\n---\nc: 3\n---\nd: }\n--- {e: &x 5}\n---\nf: 'open\n"
    assert values(text) == [{"a": 1}, None, {"c": 3}, None, {"e": 5}, None]
    assert [bool(document.problems) for document in read(text)] == [False, True, False, True, False, True]
    assert [text[document.start :].split("\n")[1] for document in read(text)[1:4]] == ["b: [", "c: 3", "d: }"]


def test_what_is_too_much_behind_a_document_is_an_error_of_its_own() -> None:
    text = "{a: 1}}\n---\nb: 2\n"
    assert values(text) == [{"a": 1}, None, {"b": 2}]
    assert problems(text) == [("syntax-error", "}")]


def test_an_error_in_an_irregular_document_has_its_place_in_the_file() -> None:
    text = "a: 1\n---\nb: &x 1\nc: *x\nd: }\n---\ne: 2\n"
    assert problems(text) == [("syntax-error", "}")]
    assert values(text) == [{"a": 1}, None, {"e": 2}]


@pytest.mark.parametrize("character", ["\0", "\x01", "\x1b", "\x7f", "\x80", "\ud800", "\uffff"])
def test_characters_that_may_not_stand_in_yaml(character: str) -> None:
    text = f"a: 1\n---\nb: x{character}{character}\nc: &y 2\n---\nd: 4\n---\n# {character}\ne: 5\n"
    assert problems(text) == [("syntax-error", character)] * 2
    first, second, third, fourth = read(text)
    assert (first.value, third.value) == ({"a": 1}, {"d": 4})
    assert first.problems == third.problems == ()
    assert second.problems[0].start == text.index(character)
    assert fourth.problems[0].start == text.rindex(character)
    assert second.value == {"b": "x\ufffd\ufffd", "c": 2}
    assert [rule for rule, _ in problems(f"# {character}\n")] == ["syntax-error"]


def test_a_file_that_is_no_yaml_at_all_is_given_up() -> None:
    documents = read("---\n}\n" * 1000)
    assert len(documents) == MAX_SYNTAX_ERRORS
    assert all(document.problems for document in documents)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_depth_has_a_limit(opening: str) -> None:
    def nested(levels: int) -> str:
        closing = {"[": "]", "{": "}"}.get(opening[0], "")
        return opening * levels + "x" + closing * levels

    assert problems(nested(MAX_DEPTH - 1)) == [] or opening == "? "
    text = nested(MAX_DEPTH + 1) + "\n---\nb: 1\n"
    first, second = read(text)
    assert [problem.rule for problem in first.problems] == ["nested-too-deep"]
    assert first.value is None
    assert second.value == {"b": 1}


def test_depth_counts_what_is_behind_aliases() -> None:
    step = "[" * 100 + "{}" + "]" * 100
    text = "a: &a " + step.format("1") + "\nb: &b " + step.format("*a") + "\n"
    assert [rule for rule, _ in problems(text)] == ["nested-too-deep"]


# inputs that are made to hurt: each must be read in time that grows with its size only


def laughs(levels: int) -> str:
    first = "a: &a [" + "x, " * 9 + "]\n"
    return first + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(levels)
    )


HURTING = {
    "brackets": "[" * 200_000,
    "braces": "{" * 200_000,
    "flow mappings": "{a: " * 200_000,
    "deep block": "".join(" " * depth + "a:\n" for depth in range(1000)),
    "dashes": "- " * 200_000,
    "question marks": "? " * 200_000,
    "laughs": laughs(20),
    "merged laughs": laughs(20).replace("[*", "[<<: *"),
    "merges": "a: &a {" + ", ".join(f"k{n}: 1" for n in range(1000)) + "}\nb: {" + "<<: *a, " * 20_000 + "}",
    "a list of merges": "a: &a {"
    + ", ".join(f"k{n}: 1" for n in range(1000))
    + "}\nb: {<<: ["
    + "*a, " * 20_000
    + "]}",
    "aliases": "a: &a x\nb: [" + "*a, " * 200_000 + "]",
    "deep aliases": "a0: &a0 x\n" + "".join(f"a{n}: &a{n} {'[' * 50}*a{n - 1}{']' * 50}\n" for n in range(1, 1000)),
    "documents": "---\n" * 100_000,
    "irregular documents": "---\na: &x 1\n" * 20_000,
    "irregular documents, carriage returns": "---\ra: &x 1\r" * 20_000,
    "equal keys in documents": "---\na: 1\na: 2\n" * 20_000,
    "equal keys": "a: 1\n" * 100_000,
    "errors": "---\na: [\n" * 100_000,
    "control characters": "---\na: \x01\n" * 20_000,
    "nothing but zeros": "\0" * 1_000_000,
    "surrogates": '{"a": "' + "\\ud83d\\ude00" * 50_000 + '"}',
    "one long line": "a: " + "x" * 1_000_000,
    "one long key": "x" * 1_000_000 + ": a",
    "digits": "a: " + "1" * 1_000_000,
    "underscores": "a: " + "1_" * 500_000,
    "exclamation marks": "!" * 1_000_000,
    "tags": "- !!str &a\n" * 50_000,
    "blanks after a tag": "- !!str " + "\n" * 1_000_000,
    "quotes": '"' * 1_000_000,
    "block scalar": "a: |\n" + " " * 1_000_000,
    "directives": "%YAML 1.1\n---\n" * 20_000,
    "document ends": "...\n" * 100_000,
    "carriage returns": "\r" * 1_000_000,
}


@pytest.mark.parametrize("text", HURTING.values(), ids=HURTING.keys())
def test_inputs_made_to_hurt(text: str) -> None:
    for document in read(text):
        assert document.value is not None or document.problems or text[document.start :].startswith(("---", "%"))
        assert all(0 <= problem.start <= problem.end <= len(text) for problem in document.problems)


def test_laughs_are_refused_where_they_explode() -> None:
    (document,) = read(laughs(20))
    assert document.value is None
    assert [problem.rule for problem in document.problems] == ["too-many-aliases"]
    (document,) = read(laughs(3))
    assert document.problems == ()


def test_large_documents_with_one_anchor_are_no_bomb() -> None:
    (document,) = read("".join(f"k{n}: 1\n" for n in range(60_000)) + "x: &x 1\n")
    assert document.problems == ()
    assert len(document.value) == 60_001


# other things that read streams


def test_scalar_ranges() -> None:
    text = "a: 'b # c'\nd:\n- |\n  # e\n- &x f\n"
    assert [text[start:end] for start, end in scalar_ranges(text)] == ["a", "'b # c'", "d", "|\n  # e\n", "&x f"]
    assert len(scalar_ranges("a: 1\nb: [\n")) == 3
    assert scalar_ranges("a: \ud800") == []


def test_pythons_own_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = (
        "a: 1\nb: [x, {c: 'd'}]\ne:\n- f\n-\n---\ng: |\n  h\n",
        "a: &x {b: 1}\nc: *x\nd: {<<: *x, b: !!str 2}\n",
        "a: 1\n---\nb: [\n---\nc: 1\n",
        "a: ü😀\n# comment\nb:\n",
    )
    fast = [read(text) for text in texts]
    monkeypatch.setattr(reader, "_Parser", yaml.SafeLoader)

    def plain(document: YamlDocument) -> tuple[Any, ...]:
        return (document.value, list(document.offsets), document.start, [found.rule for found in document.problems])

    for text, documents in zip(texts, fast, strict=True):
        assert [plain(document) for document in read(text)] == [plain(document) for document in documents]
