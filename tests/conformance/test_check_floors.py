from __future__ import annotations

import json
from pathlib import Path

import pytest
from check_floors import FLOORS, Measured, failures, parse, raised

SAID = """\
mutants    90/100 = 90.00%, 9 wrong, 1 of the others by recorded deviations
        7 Gateway wrongly accepted
        2 Gateway wrongly refused
    m1 Gateway wrongly refused: drop a field []
    m2 Gateway wrongly refused: drop a field []
    m3 Gateway wrongly accepted: drop a field ['crd']
"""


def test_score_is_read() -> None:
    assert parse(SAID, accepted=50) == Measured(90.0, 4.0)
    assert parse(SAID, accepted=None) == Measured(90.0, None)
    assert parse("     9 outcome\n39/40 = 97.50 %\n", accepted=None) == Measured(97.5, None)
    assert parse("no JSON report (exit 2)", accepted=50) is None
    assert parse("set_flags  9/10 = 90.00%, 1 wrong\nvalues     5/10 = 50.00%, 5 wrong\n", None) == Measured(70.0, None)


@pytest.mark.parametrize(
    ("measured", "count"),
    [
        (Measured(88.0, 0.5), 0),
        (Measured(87.9, 0.5), 1),
        (Measured(87.9, 0.6), 2),
        (Measured(99.0, None), 0),
    ],
)
def test_worse_than_the_floor_fails(measured: Measured, count: int) -> None:
    assert len(failures("mutants", measured, {"agree": 88, "refused": 0.5})) == count


def test_floors_only_rise() -> None:
    assert raised(Measured(91.27, 0.31), {"agree": 88, "refused": 0.5}) == {"agree": 91.2, "refused": 0.4}
    assert raised(Measured(80.0, 3.0), {"agree": 88, "refused": 0.5}) == {"agree": 88, "refused": 0.5}


def test_every_suite_has_an_entry() -> None:
    floors = json.loads(Path(FLOORS).read_text(encoding="utf-8"))
    assert set(floors) == {"admission", "mutants", "meshes", "upstream", "kiali", "operations", "trace"}
