from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))

from istiolint.cards import page_at
from new_rule import Draft, add


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with nothing in it but the places where rules go."""
    (tmp_path / "rules" / "routing").mkdir(parents=True)
    (tmp_path / "istiolint" / "checks").mkdir(parents=True)
    (tmp_path / "istiolint" / "admission").mkdir()
    (tmp_path / "istiolint" / "admission" / "defects.py").write_text("X = 1\n", encoding="utf-8")
    return tmp_path


def _functions(file: Path) -> dict[str, list[str]]:
    """The functions of a module, with the names of their parameters."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {f.name: [a.arg for a in f.args.args] for f in tree.body if isinstance(f, ast.FunctionDef)}


def test_a_check_gets_a_card_and_a_function(root: Path) -> None:
    draft = Draft("routing", "gateway-gone", "warning", ("VirtualService",), "spec.gateways[*]", ("Gateway",))
    changed = add(draft, str(root), "0.1.0")
    assert changed == ["rules/routing/gateway-gone.md", "istiolint/checks/routing.py"]
    page = page_at(str(root / changed[0]))
    assert (page.card.name, page.card.severity, page.card.each) == ("gateway-gone", "warning", "spec.gateways[*]")
    assert (page.card.kinds, page.card.reads) == (("VirtualService",), ("Gateway",))
    assert [fence.heading for fence in page.fences] == ["Bad", "Good"]
    assert _functions(root / changed[1]) == {"gateway_gone": ["node", "mesh"]}


@pytest.mark.parametrize(
    ("draft", "parameters"),
    [
        (Draft("routing", "port-gone"), ["node"]),
        (Draft("routing", "port-gone", each="mesh"), ["mesh"]),
        (Draft("routing", "port-gone", reads=("Service",)), ["node", "mesh"]),
    ],
)
def test_the_function_takes_what_the_card_says(root: Path, draft: Draft, parameters: list[str]) -> None:
    _, module = add(draft, str(root), "0.1.0")
    assert _functions(root / module) == {"port_gone": parameters}


def test_a_second_check_joins_the_first(root: Path) -> None:
    add(Draft("routing", "port-gone"), str(root), "0.1.0")
    add(Draft("routing", "host-gone"), str(root), "0.1.0")
    assert set(_functions(root / "istiolint/checks/routing.py")) == {"port_gone", "host_gone"}


def test_a_judgement_gets_a_constructor(root: Path) -> None:
    _, module = add(Draft("admission", "invalid-moon"), str(root), "0.1.0")
    assert module == "istiolint/admission/defects.py"
    assert _functions(root / module) == {"invalid_moon": ["path", "value"]}


@pytest.mark.parametrize(("family", "name"), [("routing", "Gone"), ("routing", "gone"), ("", "a-b"), ("syntax", "a-b")])
def test_what_cannot_be_a_rule_is_refused(root: Path, family: str, name: str) -> None:
    with pytest.raises(ValueError, match=r"rule"):
        add(Draft(family, name), str(root), "0.1.0")
    assert list((root / "rules").rglob("*.md")) == []


def test_a_name_is_used_once(root: Path) -> None:
    add(Draft("routing", "port-gone"), str(root), "0.1.0")
    with pytest.raises(ValueError, match="there is a rule routing/port-gone"):
        add(Draft("traffic", "port-gone"), str(root), "0.1.0")
