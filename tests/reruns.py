"""Runs that start from what others have left, and what to compare of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from istiolint.batch import Input, keys_of
from istiolint.cache import Cache
from istiolint.cards import catalog
from istiolint.config import Config
from istiolint.dispatch import Plan
from istiolint.engine import mesh_settings
from istiolint.examine import Settings
from istiolint.source.text import SourceText, decode
from istiolint.survey import Given, Survey, survey

KEY = b"basis" * 4
CARDS = catalog()
EVERY_RULE = Settings(Plan(CARDS, frozenset(CARDS), {}), CARDS, frozenset(CARDS), "1.31")
Files = Mapping[str, str]


def memory() -> Cache:
    """A cache without a folder: nothing is read, and nothing written as long as it is not saved."""
    return Cache("/dev/null/nowhere", b"salt")


def given(files: Files, config: Config, cache: Cache | None = None, context: frozenset[str] = frozenset()) -> Given:
    """These files, looked at by every rule."""
    inputs = [Input(file, text.encode(), file in context) for file, text in sorted(files.items())]
    texts = {item.file: SourceText(item.file, decode(item.data).text) for item in inputs}
    keys = keys_of(inputs, cache) if cache is not None else ()
    return Given(inputs, EVERY_RULE, mesh_settings(config), texts.__getitem__, keys)


def left_by(files: Files, config: Config) -> Cache:
    """A cache with all that a run over these files leaves."""
    cache = memory()
    survey(given(files, config, cache), cache, KEY)
    return cache


def left_in(cache: Cache) -> bytes:
    """What the last run has left in a cache."""
    left = cache.last("basis", KEY)
    assert left is not None
    return left


def seen(found: Survey) -> tuple[Any, ...]:
    """All that a survey has found, in an order that does not depend on how it was done."""
    return (
        sorted(found.findings, key=repr),
        sorted(found.crashes),
        found.remarks,
        sorted((it.file, it.index) for it in found.addressed),
        found.summary,
    )
