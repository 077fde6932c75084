"""Durations in Go's notation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from istiolint.admission.durations import correction, duration_problem, nanoseconds, syntax_problem

YEARS = "2562047h47m16.854775807s"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0), ("-0", 0), ("1s", 10**9), ("1h30m", 5400 * 10**9), ("1.5h", 5400 * 10**9), (".5s", 5 * 10**8),
        ("1.s", 10**9), ("-2ms", -2_000_000), ("+1us", 1000), ("3µs", 3000), ("3μs", 3000), ("7ns", 7),
        ("1s1s", 2 * 10**9), (YEARS, 2**63 - 1),
    ],
)  # fmt: skip
def test_values(text: str, value: int) -> None:
    assert nanoseconds(text) == value
    assert syntax_problem(text) is None


@pytest.mark.parametrize(
    "text", ["", "1", "s", ".s", "1d", "1 s", " 1s", "1s ", "1S", "--1s", "1e3s", "١s", "3000000h", "1sm"]
)
def test_not_durations(text: str) -> None:
    assert nanoseconds(text) is None
    assert syntax_problem(text) is not None


@pytest.mark.parametrize("text", ["1ms", "1s", "0.001s", "1.5s", "1000us", "1h"])
def test_accepted(text: str) -> None:
    assert duration_problem(text) is None


@pytest.mark.parametrize("text", ["0s", "0", "-1s", "999us", "1.5ms", "1500us", "1.0000001s", "5"])
def test_refused(text: str) -> None:
    assert duration_problem(text) is not None


@given(st.lists(st.tuples(st.integers(0, 999), st.sampled_from(["h", "m", "s", "ms"])), min_size=1, max_size=4))
def test_parts_add_up(parts: list[tuple[int, str]]) -> None:
    unit = {"h": 3600 * 10**9, "m": 60 * 10**9, "s": 10**9, "ms": 10**6}
    text = "".join(f"{count}{name}" for count, name in parts)
    assert nanoseconds(text) == sum(count * unit[name] for count, name in parts)


@given(st.text(alphabet="0123456789.hmsunµ+- d", max_size=12))
def test_value_and_problem_agree(text: str) -> None:
    assert (nanoseconds(text) is None) == (syntax_problem(text) is not None)
    problem = duration_problem(text)
    if problem is not None and problem.part is not None:
        start, end = problem.part
        assert 0 <= start < end <= len(text)


@pytest.mark.parametrize(
    ("text", "meant"), [("1d", "24h"), ("2 days", "48h"), ("5 s", "5s"), ("5", ""), ("5s", ""), ("1w", ""), ("0 s", "")]
)
def test_corrections(text: str, meant: str) -> None:
    assert correction(text) == meant
