"""The path language of the cards."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from istiolint.cards import catalog
from istiolint.paths import PathError, compile_path, compile_paths

VALUE: dict[str, Any] = {
    "metadata": {"annotations": {"a.b/c": "x", "n": None}},
    "spec": {
        "http": [{"route": [{"weight": 1}, {"weight": 2}]}, None, {"route": None}, {"route": [{"other": 3}]}],
        "tcp": [{"port": 80}],
        "labels": {"a": "1", "b": None, "c": "3"},
        "text": "t",
        "zero": 0,
        "false": False,
        "empty": [],
    },
}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", [()]),
        ("spec.text", [("spec", "text")]),
        ("spec.zero", [("spec", "zero")]),
        ("spec.false", [("spec", "false")]),
        ("spec.empty", [("spec", "empty")]),
        ("spec.empty[*]", []),
        ("spec.nothing", []),
        ("spec.text.more", []),
        ("spec.text[*]", []),
        ("spec.text{*}", []),
        ("spec.http{*}", []),
        ("spec.labels[*]", []),
        ("spec.http[*]", [("spec", "http", 0), ("spec", "http", 2), ("spec", "http", 3)]),
        ("spec.http[*].route[*].weight", [("spec", "http", 0, "route", n, "weight") for n in (0, 1)]),
        ("spec.labels{*}", [("spec", "labels", "a"), ("spec", "labels", "c")]),
        ('metadata.annotations["a.b/c"]', [("metadata", "annotations", "a.b/c")]),
        ('metadata.annotations["n"]', []),
        ("spec.{tcp,http}[*].port", [("spec", "tcp", 0, "port")]),
        ("spec.{text,zero}", [("spec", "text"), ("spec", "zero")]),
        ("{spec.text,spec.http[*].route[*].other}", [("spec", "text"), ("spec", "http", 3, "route", 0, "other")]),
        ("spec.{labels.{a,c},text}", [("spec", "labels", "a"), ("spec", "labels", "c"), ("spec", "text")]),
        ("spec{*}.port", []),
    ],
)
def test_paths_find(text: str, wanted: list[tuple[str | int, ...]]) -> None:
    found = compile_path(text)(VALUE)
    assert [path for path, _ in found] == wanted
    for path, value in found:
        expected: Any = VALUE
        for step in path:
            expected = expected[step]
        assert value is expected


@pytest.mark.parametrize("text", ["a}", "a]", "a[0]", "a[", "a{b", "a{b,", 'a["b', 'a"b"', "a,b", "{a,b}}"])
def test_what_is_no_path_says_where(text: str) -> None:
    with pytest.raises(PathError, match=r"character|closed"):
        compile_path(text)


@pytest.mark.parametrize("value", [None, 1, "x", [], {}, [{}]])
def test_any_value_may_be_asked(value: object) -> None:
    assert compile_path("spec.http[*]")(value) == []
    assert compile_path("")(value) == [((), value)]


def test_the_paths_of_all_cards_compile() -> None:
    for card in catalog().values():
        if card.each != "mesh":
            assert compile_path(card.each)({}) == ([] if card.each else [((), {})])


def test_several_paths_are_found_in_one_walk() -> None:
    texts = [
        ("spec.http[*].route[*].weight", "weight"),
        ("spec.http[*]", "route"),
        ("spec.{tcp,http}[*].port", "port"),
        ("spec.{tcp}[*].port", "port"),
    ]
    found = [(path[1:], marks) for path, _, marks in compile_paths(texts)(VALUE)]
    assert sorted(found, key=str) == sorted(
        [
            *((("http", n), ["route"]) for n in (0, 2, 3)),
            *((("http", 0, "route", n, "weight"), ["weight"]) for n in (0, 1)),
            (("tcp", 0, "port"), ["port", "port"]),
        ],
        key=str,
    )


@given(st.lists(st.sampled_from(sorted({card.each for card in catalog().values()} - {"mesh"})), unique=True))
def test_together_paths_find_what_each_finds_alone(texts: list[str]) -> None:
    found = compile_paths([(text, text) for text in texts])(VALUE)
    for text in texts:
        alone = [(path, value) for path, value, marks in found if text in marks]
        assert sorted(alone, key=str) == sorted(compile_path(text)(VALUE), key=str)
