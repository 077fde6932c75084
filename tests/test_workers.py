"""Work shared among processes gives what one process would give, whatever happens to the others."""

from __future__ import annotations

import ast
import os
import signal
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from istiolint import workers
from istiolint.workers import processes, share

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
PARENT = os.getpid()


def square(index: int) -> int:
    return index * index


def ship(result: Any) -> bytes:
    return repr(result).encode()


def shared(work: Callable[[int], Any], sizes: Sequence[int], parts: int) -> list[Any]:
    """As `share`, and what other processes did is read again."""
    found = share(work, ship, sizes, parts)
    return [ast.literal_eval(each.decode()) if isinstance(each, bytes) else each for each in found]


@pytest.mark.parametrize("parts", [1, 2, 3, 8])
@pytest.mark.parametrize("count", [0, 1, 2, 7, 30])
def test_results_come_in_order(count: int, parts: int) -> None:
    assert shared(square, [(7 * index) % 5 for index in range(count)], parts) == [index**2 for index in range(count)]


def test_other_processes_do_take_part() -> None:
    ids = shared(lambda _: os.getpid(), [1] * 6, 3)
    assert len(set(ids)) == 3
    assert os.getpid() in ids


def test_more_than_a_pipe_holds_comes_through() -> None:
    results = share(lambda index: index, lambda index: bytes([index]) * 1_000_000, [1] * 4, 2)
    assert [each if isinstance(each, int) else each[0] for each in results] == [0, 1, 2, 3]
    assert {len(each) for each in results if isinstance(each, bytes)} == {1_000_000}


def only_here(index: int) -> int:
    """Ends any other process at once."""
    if os.getpid() != PARENT:
        os.kill(os.getpid(), signal.SIGKILL)
    return index


def test_a_process_that_dies_leaves_its_work_to_this_one() -> None:
    assert shared(only_here, [1] * 5, 3) == [0, 1, 2, 3, 4]


def test_a_process_that_stops_half_way_leaves_its_work_to_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = workers.marshal.dumps

    def cut(value: Any) -> bytes:
        data = whole(value)
        return data[: len(data) // 2] if os.getpid() != PARENT else data

    monkeypatch.setattr(workers.marshal, "dumps", cut)
    assert shared(square, [1] * 5, 2) == [0, 1, 4, 9, 16]


def test_results_that_cannot_travel_are_made_here() -> None:
    def refuse(result: int) -> bytes:
        raise ValueError(result)

    assert share(square, refuse, [1] * 4, 2) == [0, 1, 4, 9]


def failing(index: int) -> int:
    if index == 3:
        raise LookupError("three")
    return index


@pytest.mark.parametrize("parts", [1, 2, 4])
def test_a_failure_is_a_failure_here(parts: int) -> None:
    with pytest.raises(LookupError, match="three"):
        shared(failing, [1] * 4, parts)


def test_without_processes_the_work_is_done_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(workers.os, "fork", refuse)
    assert shared(square, [1] * 5, 3) == [0, 1, 4, 9, 16]


def test_no_process_is_left_behind() -> None:
    shared(square, [1] * 6, 3)
    for broken in (0, 1, 2):
        with pytest.raises(ZeroDivisionError):
            shared(lambda index, broken=broken: 1 // (index - broken), [1] * 3, 3)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_there_is_at_least_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    assert processes() >= 1
    monkeypatch.delattr(workers.os, "fork")
    assert processes() == 1
