from __future__ import annotations

import copy
import pickle
import typing

import pytest

from istiolint.records import NamedTuple


class Point(NamedTuple):
    """A point."""

    x: int
    y: int = 2
    """Upwards."""
    z: Unknown = 3  # type: ignore[name-defined]  # noqa: F821

    @property
    def sum(self) -> int:
        return self.x + self.y + self.z

    def moved(self, by: int) -> Point:
        return self._replace(x=self.x + by)


class Twin(typing.NamedTuple):
    """A point."""

    x: int
    y: int = 2
    z: int = 3


def test_it_is_a_named_tuple() -> None:
    assert Point(1) == (1, 2, 3) == Twin(1)
    assert Point(1, z=5).moved(2).sum == 10
    assert repr(Point(1)) == "Point(x=1, y=2, z=3)"
    assert Point(1)._asdict() == {"x": 1, "y": 2, "z": 3}
    with pytest.raises(TypeError, match="x"):
        Point()  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        Point(1).x = 2  # type: ignore[misc]
    match Point(1):
        case Point(x, y, z):
            assert (x, y, z) == (1, 2, 3)


@pytest.mark.parametrize("name", ["_fields", "_field_defaults", "__doc__", "__match_args__", "__bases__", "__module__"])
def test_it_has_what_that_of_typing_has(name: str) -> None:
    assert getattr(Point, name) == getattr(Twin, name)


def test_it_can_be_copied_and_pickled() -> None:
    assert copy.deepcopy(Point(1)) == Point(1)
    assert type(pickle.loads(pickle.dumps(Point(1)))) is Point
