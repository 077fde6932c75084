from hypothesis import given, settings
from hypothesis import strategies as st

from istiolint.report.cells import cells, flat, visible, width, wrap


def test_width_counts_cells() -> None:
    assert [width(text) for text in ("abc", "表", "é", "e\u0301", "한", "\u1112\u1161", "🚀", "")] == [
        3,
        2,
        1,
        1,
        2,
        2,
        2,
        0,
    ]


def test_control_characters_become_visible() -> None:
    assert visible("a\x1b[31m\x00\x7f\u202e\u2028\ud800") == "a␛[31m␀␡\ufffd\ufffd\ufffd"
    assert flat("two\r\nlines\tand\x07") == "two lines and␇"


def test_wrap_keeps_long_words_whole() -> None:
    assert wrap("one two-words-long three", 10) == ["one", "two-words-long", "three"]
    assert wrap("", 10) == [""]
    assert wrap("表表 表表", 5) == ["表表", "表表"]


@settings(deadline=None)
@given(st.text(), st.integers(1, 60))
def test_wrap_breaks_only_where_it_must(text: str, room: int) -> None:
    lines = wrap(text, room)
    assert all(width(line) <= room or " " not in line for line in lines)
    assert "".join("".join(lines).split(" ")) == visible("".join(wrap(text, 10**9)[0].split(" ")))
    assert "\n".join(lines).replace("\n", "").isprintable()


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])), st.data())
def test_cells_are_as_many_as_the_text_is_wide(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    row, first, last = cells(text, start, end)
    assert 0 <= first < last <= len(row) + 1
    shown = "".join(row)
    assert width(shown) == len(row)
    assert shown.isprintable()


def test_cells_of_a_range() -> None:
    assert cells("\ta", 1, 2) == ([" ", " ", " ", " ", "a"], 4, 5)
    assert cells("表b", 0, 1)[1:] == (0, 2)
    assert cells("表b", 1, 2)[1:] == (2, 3)
    assert cells("e\u0301b", 1, 2)[1:] == (0, 1)
    assert cells("e\u0301b", 2, 3)[1:] == (1, 2)
    assert cells("ab", 2, 2)[1:] == (2, 3)
