"""Bytes to text, offsets to lines and columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from istiolint.source.text import SourceText, decode


def test_utf8_is_decoded_without_its_mark() -> None:
    assert decode("\ufeffa: ü\n".encode()) == ("a: ü\n", ())
    assert decode("a: 😀".encode()) == ("a: 😀", ())
    assert decode(b"") == ("", ())


@pytest.mark.parametrize(
    "data", ["a: 1\n".encode(encoding) for encoding in ("utf-16", "utf-32")] + [b"\xfe\xff\0a", b"\0\0\xfe\xff\0\0\0a"]
)
def test_other_encodings_are_refused(data: bytes) -> None:
    text, (problem,) = decode(data)
    assert text == ""
    assert problem.rule == "invalid-encoding"


def test_wrong_bytes_are_shown_where_they_are() -> None:
    text, (problem,) = decode("name: ü".encode() + b"\xe4nderung\n")
    assert text == "name: ü\ufffdnderung\n"
    assert (problem.rule, problem.start, problem.end) == ("invalid-encoding", 7, 8)
    assert "0xe4" in problem.reason


@given(st.binary())
def test_any_bytes_are_decoded(data: bytes) -> None:
    text, problems = decode(data)
    assert all(0 <= problem.start <= problem.end <= len(text) for problem in problems)
    text.encode()


def test_positions_count_from_one_in_characters() -> None:
    source = SourceText("f", "ä: 1\r\nb: 😀2\rc\n\nd")
    assert source.starts == [0, 6, 12, 14, 15]
    assert [source.position(at) for at in (0, 5, 6, 10, 12, 14, 15, 16)] == [
        (1, 1),
        (1, 6),
        (2, 1),
        (2, 5),
        (3, 1),
        (4, 1),
        (5, 1),
        (5, 2),
    ]
    assert [source.line(number) for number in range(7)] == ["", "ä: 1", "b: 😀2", "c", "", "d", ""]
    assert source.line_end(0) == 4
    assert source.line_end(15) == 16


@given(st.text(alphabet="ab\r\n"))
def test_every_offset_is_on_its_line(text: str) -> None:
    source = SourceText("f", text)
    for offset in range(len(text) + 1):
        line, column = source.position(offset)
        assert source.starts[line - 1] + column - 1 == offset
        assert source.line(line) == text[source.starts[line - 1] :].replace("\r", "\n").split("\n")[0]
