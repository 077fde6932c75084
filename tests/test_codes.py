"""Every code of the other tools is covered by a rule, or there is a reason why not."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))

from codes import IST, KIA, KIA_GROUPS, REASONS
from istiolint.cards import catalog

ROOT = Path(__file__).parent.parent
COVERED = {code for card in catalog().values() for code in card.upstream}
KINDS = ("dead", "precheck only", "needs a live cluster", "not a defect")


def test_every_code_has_a_rule_or_a_reason() -> None:
    assert {*IST, *KIA} - COVERED == set(REASONS)


def test_cards_name_codes_that_exist() -> None:
    assert {*IST, *KIA} >= COVERED


def test_no_code_of_kiali_is_listed_twice() -> None:
    assert len(KIA) == sum(len(codes.split()) for codes in KIA_GROUPS.values())


@pytest.mark.parametrize("prefix", ["IST", "KIA"])
def test_the_page_has_every_code_once(prefix: str) -> None:
    page = (ROOT / "docs" / "codes.md").read_text(encoding="utf-8")
    assert re.findall(rf"^\| ({prefix}\d{{4}}) \|", page, re.MULTILINE) == sorted(IST if prefix == "IST" else KIA)


def test_reasons_are_of_the_kinds_that_the_page_explains() -> None:
    page = (ROOT / "docs" / "codes.md").read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f"* **{kind}**" not in page] == []
    assert [code for code, reason in REASONS.items() if not reason.startswith(KINDS)] == []


def test_rules_that_reasons_name_exist() -> None:
    named = {word for reason in REASONS.values() for word in re.findall(r"\b[a-z0-9]+(?:-[a-z0-9]+)+\b", reason)}
    assert named
    assert named <= set(catalog())
