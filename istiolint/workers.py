"""Work shared among processes: only where the system can fork, and only where there is enough of it."""

from __future__ import annotations

import marshal
import os
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def processes() -> int:
    """How many processes are worth starting on this machine; 1 where forking is not to be had."""
    if not hasattr(os, "fork") or not hasattr(os, "sched_getaffinity"):
        return 1
    return min(8, len(os.sched_getaffinity(0)))


def share(work: Callable[[int], T], ship: Callable[[T], bytes], sizes: Sequence[int], parts: int) -> list[T | bytes]:
    """`work(i)` for every index of `sizes`, by `parts` processes, in order; what others did comes as `ship` makes it.

    A process that dies leaves its part to this one, so the answer is always complete.
    """
    own, *others = _even(sizes, parts)
    children: list[tuple[int, int, list[int]]] = []
    for indices in others:
        try:
            children.append((*_start(lambda index: ship(work(index)), indices), indices))
        except OSError:  # the system has no more processes or pipes to give
            own += indices
    try:
        results: dict[int, T | bytes] = {index: work(index) for index in own}
    finally:
        received = [(_receive(pid, pipe), indices) for pid, pipe, indices in children]
    for data, indices in received:
        try:
            results.update(marshal.loads(data))
        except (EOFError, ValueError, TypeError):
            results.update((index, work(index)) for index in indices)
    return [results[index] for index in range(len(sizes))]


def _even(sizes: Sequence[int], parts: int) -> list[list[int]]:
    """Indices in `parts` lists of about the same size together."""
    shares: list[list[int]] = [[] for _ in range(parts)]
    loads = [0] * parts
    for index in sorted(range(len(sizes)), key=lambda index: -sizes[index]):
        lightest = loads.index(min(loads))
        shares[lightest].append(index)
        loads[lightest] += sizes[index] + 1
    return shares


def _start(work: Callable[[int], bytes], indices: list[int]) -> tuple[int, int]:
    """A child that does its share and writes the results into a pipe: its process, and the end to read."""
    receive, send = os.pipe()
    try:
        pid = os.fork()
    except OSError:
        os.close(receive)
        os.close(send)
        raise
    if pid:
        os.close(send)
        return pid, receive
    status = 1
    try:
        os.close(receive)
        with open(send, "wb") as stream:
            stream.write(marshal.dumps({index: work(index) for index in indices}))
        status = 0
    finally:
        os._exit(status)
    raise AssertionError


def _receive(pid: int, pipe: int) -> bytes:
    """What a child has written, once it is done."""
    with open(pipe, "rb") as stream:
        data = stream.read()
    os.waitpid(pid, 0)
    return data
