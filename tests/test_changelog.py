from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))

from changelog import FILE, current, refreshed

TEXT = """\
# Changelog

## 0.2.0

### Added

- **routing**: `left-over`

### Fixed

- `port-twice`: quiet on headless Services

## 0.1.0

### Added

Words.

- **routing**: `port-twice`,
  `host-gone`
- **security**: `open-door`
"""


def test_every_rule_is_named() -> None:
    text = Path(FILE).read_text(encoding="utf-8")
    if current(text) != text:
        pytest.fail(
            "the changelog does not name the rules that there are; run python tools/changelog.py", pytrace=False
        )


def test_new_rules_are_listed_under_the_newest_release() -> None:
    rules = [("routing", "port-twice"), ("security", "open-door"), ("routing", "zebra"), ("routing", "ant")]
    assert refreshed(TEXT, rules) == TEXT.replace("- **routing**: `left-over`", "- **routing**: `ant`, `zebra`")


def test_what_people_wrote_stays() -> None:
    old = TEXT[TEXT.index("## 0.1.0") :]
    rules = [("routing", "host-gone"), ("routing", "port-twice"), ("security", "open-door")]
    assert refreshed(old, rules) == old.replace("`port-twice`,\n  `host-gone`", "`host-gone`, `port-twice`")
