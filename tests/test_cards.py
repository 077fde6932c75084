"""Every card keeps what it promises: its examples hold, and it has exactly one body."""

from __future__ import annotations

import ast
import inspect
import os
import re
from importlib import import_module

import pytest

from istiolint import cards
from istiolint.cards import JUDGEMENTS, Page
from istiolint.paths import compile_path
from istiolint.proof import faults
from istiolint.shelf import shelf

PAGES = cards.pages()


@pytest.mark.parametrize("page", PAGES, ids=[page.card.name for page in PAGES])
def test_examples_hold(page: Page) -> None:
    assert not faults(page), "\n".join(faults(page))


WITHOUT_BAD = {
    "duplicate-object-in-files": "takes two files",
    "invalid-encoding": "takes bytes that are no text",
    "invalid-set-flag": "is about flags of a command, in no file",
    "large-response-body": "takes a body of 100 KiB",
    "nested-too-deep": "takes hundreds of levels",
    "too-many-aliases": "takes what no page can show: a text that grows a million times",
}
"""Rules of which a card cannot show a Bad, and why; tests of their own do."""


def test_every_card_shows_bad_and_good() -> None:
    shown = {page.card.name: {fence.heading for fence in page.fences} for page in PAGES}
    assert {name for name, headings in shown.items() if "Bad" not in headings} == set(WITHOUT_BAD)
    assert [name for name, headings in shown.items() if "Good" not in headings] == []


@pytest.mark.parametrize("page", PAGES, ids=[page.card.name for page in PAGES])
def test_front_matter_is_sound(page: Page) -> None:
    card = page.card
    assert card.severity in ("error", "warning", "info")
    assert card.confidence in ("high", "medium", "low")
    assert card.fix in ("none", "safe", "unsafe")
    assert card.profile in ("default", "strict", "ambient", "upgrade", "diagnose")
    assert card.admission in (None, "reject", "warn")
    assert card.since
    assert all(re.fullmatch(r"(IST|KIA)\d{4}", code) for code in card.upstream)
    symptoms = {"not-injected", "503", "404", "mtls-handshake", "denied", "latency", "rejected", "no-effect"}
    assert set(card.symptoms) <= symptoms
    if card.family not in JUDGEMENTS and card.each != "mesh":
        compile_path(card.each)


def test_names_are_unique() -> None:
    names = [page.card.name for page in PAGES]
    assert len(names) == len(set(names))


def test_catalogue_is_fresh() -> None:
    with open(os.path.join(shelf("rules"), "catalog.json"), encoding="utf-8") as file:
        is_fresh = file.read() == cards.catalog_text(shelf("rules"))
    assert is_fresh, "run: python tools/catalog.py"


def bodies(family: str) -> set[str]:
    """The public generator functions of a family's module of checks."""
    module = import_module(f"istiolint.checks.{family}")
    members = inspect.getmembers(module, inspect.isfunction)
    return {name for name, function in members if function.__module__ == module.__name__ and name[0] != "_"}


@pytest.mark.parametrize("family", sorted({page.card.family for page in PAGES} - JUDGEMENTS))
def test_every_card_has_one_check_and_every_check_a_card(family: str) -> None:
    assert bodies(family) == {page.card.function for page in PAGES if page.card.family == family}


CONSTRUCTORS = {
    "istiolint.schema.defects": ("schema", "versions"),
    "istiolint.admission.defects": ("admission",),
    "istiolint.install.defects": ("install",),
}


@pytest.mark.parametrize("name", sorted(CONSTRUCTORS))
def test_every_judgement_has_one_constructor(name: str) -> None:
    module = import_module(name)
    tree = ast.parse(inspect.getsource(module))
    public = {n.name for n in tree.body if isinstance(n, ast.FunctionDef) and n.name[0] != "_"}
    assert public == {page.card.function for page in PAGES if page.card.family in CONSTRUCTORS[name]}
