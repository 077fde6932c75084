import io
from collections.abc import Mapping

import pytest

from istiolint.report.style import When, columns, painter, wants_color


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("when", "environ", "on_terminal", "in_pipe"),
    [
        ("auto", {}, True, False),
        ("always", {"NO_COLOR": "1"}, True, True),
        ("never", {"FORCE_COLOR": "1"}, False, False),
        ("auto", {"NO_COLOR": "1"}, False, False),
        ("auto", {"NO_COLOR": ""}, True, False),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
        ("auto", {"FORCE_COLOR": "1"}, True, True),
        ("auto", {"FORCE_COLOR": "0"}, True, False),
        ("auto", {"CLICOLOR_FORCE": "1"}, True, True),
        ("auto", {"TERM": "dumb"}, False, False),
        ("auto", {"TERM": "dumb", "FORCE_COLOR": "3"}, True, True),
    ],
)
def test_wants_color(when: When, environ: Mapping[str, str], on_terminal: bool, in_pipe: bool) -> None:
    assert wants_color(when, Terminal(), environ) is on_terminal
    assert wants_color(when, io.StringIO(), environ) is in_pipe


@pytest.mark.parametrize(
    ("environ", "width"), [({}, 80), ({"COLUMNS": "90"}, 90), ({"COLUMNS": "300"}, 100), ({"COLUMNS": "7"}, 40)]
)
def test_columns(environ: Mapping[str, str], width: int) -> None:
    assert columns(io.StringIO(), environ) == width


def test_a_terminal_without_descriptor_is_80_columns() -> None:
    assert columns(Terminal(), {"COLUMNS": "wide"}) == 80


def test_painter() -> None:
    assert painter(True)("x", "error") == "\x1b[1;31mx\x1b[0m"
    assert painter(True)("", "error") == ""
    assert painter(False)("x", "error") == "x"
