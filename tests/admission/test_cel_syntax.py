"""The syntax of CEL, without its meaning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from istiolint.admission.cel_syntax import syntax_problem


@pytest.mark.parametrize(
    "text",
    [
        "true",
        "response.code >= 400",
        "foo(bar)",
        "PASSTHROUGH",
        "a.b.c[0].d('x')",
        "!a && --b || -1 < .5",
        "!!a ? [1, 2,] : {'a': 1, 'b': 2u,}",
        "a in b && size(c) % 2 == 0x1F",
        "has(request.host) && request.headers['x'].startsWith(r'\\d')",
        "[1].exists(x, x > 0) && l.map(x, x > 1, x * 2)",
        "google.rpc.Context{reason: 'a'}",
        ".a.b",
        "'''a\n'b''' + \"\"\"c\"\"\" + b'\\x00' + 'q\\'' // a comment",
        "x.if",
    ],
)
def test_expressions(text: str) -> None:
    assert syntax_problem(text) is None


@pytest.mark.parametrize(
    ("text", "blamed"),
    [
        ("a >", ">"),
        ("foo(bar).", "."),
        ("response.code >= 400.", "."),
        ("10.0.0.0/33", ".0"),
        ("a = b", "="),
        ("a and b", "and"),
        ("'abc", "'"),
        ("a &&& b", "&"),
        ("(a", "a"),
        ("f(a,)", ")"),
        ("a ? b", "b"),
        ("if", "if"[:1]),
        ("has(a)", "h"),
        ("a.all(b.c, d)", "a"),
        ("99999999999999999999", "9"),
        ("a.?b", "?"),
        ("'\\q'", "'"),
    ],
)
def test_what_is_no_expression(text: str, blamed: str) -> None:
    problem = syntax_problem(text)
    assert problem is not None
    assert problem.part is not None
    assert text[slice(*problem.part)] == blamed


def test_nothing_is_no_expression() -> None:
    problem = syntax_problem(" ")
    assert problem is not None
    assert problem.part is None


@given(st.text(alphabet="ab01.()[]{}'\"\\+-!?:,<=&| in", max_size=20))
def test_every_text_gets_an_answer_inside_it(text: str) -> None:
    problem = syntax_problem(text)
    if problem is not None and problem.part is not None:
        assert 0 <= problem.part[0] < problem.part[1]
        assert problem.part[0] < len(text)


def test_deep_nesting_is_not_judged() -> None:
    assert syntax_problem("(" * 5000) is None
