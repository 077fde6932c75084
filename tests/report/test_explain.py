import os
from pathlib import Path

import pytest

from istiolint.cards import Page, catalog, page_at, pages
from istiolint.report.explain import render
from istiolint.report.rule_help import help_of, rule_help

from .cases import GOLDEN

CARD = """---
severity: warning
confidence: medium
kinds: [Gateway, VirtualService]
upstream: [IST0999]
symptoms: ["404", no-effect]
admission: warn
message: 'port {port} is odd'
fix: unsafe
profile: strict
params: {longest: 30s}
since: 0.1.0
---
# Port is odd

A port that is odd, such as `8443`, is **not** even. Sidecars do not care, people do; it is here so that the page
of a rule has something to wrap.

- see [Istio](https://istio.io/latest/docs)
- see [even-port](even-port.md)

## Bad

```yaml
port: 8443  # finding: odd
```
"""


@pytest.fixture
def page(tmp_path: Path) -> Page:
    folder = tmp_path / "gateways"
    folder.mkdir()
    (folder / "odd-port.md").write_text(CARD)
    return page_at(str(folder / "odd-port.md"))


@pytest.mark.parametrize(("color", "name"), [(False, "explained.text"), (True, "explained.colored")])
def test_page(page: Page, color: bool, name: str) -> None:
    expected = GOLDEN.parent / "explain" / name
    shown = render(page, 80, color)
    if os.environ.get("ISTIOLINT_ACCEPT"):
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(shown)
    assert shown == expected.read_text()


def test_every_card_can_be_explained() -> None:
    for page in pages():
        shown = render(page, 80, False)
        assert shown.startswith(f"{page.card.name}: {page.card.title}\n\n  severity")
        assert f"# {page.card.title}" not in shown
        assert all(line in shown for fence in page.fences for line in fence.text.splitlines())


def test_help_of_a_card(page: Page) -> None:
    card = help_of(page)
    assert card.summary.startswith("A port that is odd, such as `8443`, is not even.")
    assert card.summary.endswith("something to wrap.")
    assert card.markdown.startswith("# Port is odd")
    assert (card.title, card.severity, card.confidence) == ("Port is odd", "warning", "medium")
    assert (card.upstream, card.tags) == (("IST0999",), ("gateways", "404", "no-effect"))


def test_rules_of_istiolint_have_help_and_others_none() -> None:
    card = next(iter(catalog().values()))
    found = rule_help(card.name)
    assert found is not None
    assert found.title == card.title
    assert found.summary
    assert rule_help("no-such-rule") is None
