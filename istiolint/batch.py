"""Many files: what the cache knows is taken from it, the rest is examined in as many processes as that is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from istiolint.examine import Examined, Settings, examine
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.cache import Cache

ENOUGH_BYTES = 1_000_000
"""Below this much input a second process costs more than it saves."""


class Input(NamedTuple):
    """One file to look at; `context` ones are read for what they define only."""

    file: str
    data: bytes
    context: bool = False


def keys_of(inputs: Sequence[Input], cache: Cache) -> list[bytes]:
    """The cache keys of the files: of name, bytes, and whether it is context."""
    return [
        cache.key(item.file.encode("utf-8", "surrogateescape"), item.data, b"context"[: 7 * item.context])
        for item in inputs
    ]


def examine_all(
    inputs: Sequence[Input], settings: Settings, cache: Cache | None = None, keys: Sequence[bytes] = ()
) -> list[Examined]:
    """Examine every file, in order; `keys` are those of the files in the cache."""
    found: list[Examined | bytes | None] = [cache.get(key) for key in keys] if cache else [None] * len(inputs)
    missing = [index for index, known in enumerate(found) if known is None]
    for index, fresh in zip(missing, _examined([inputs[index] for index in missing], settings), strict=True):
        found[index] = fresh
        if cache:
            from istiolint.pack import pack

            cache.put(keys[index], fresh if isinstance(fresh, bytes) else pack(fresh))
    return [_unpacked(each, item) for each, item in zip(found, inputs, strict=True) if each is not None]


def _unpacked(found: Examined | bytes, item: Input) -> Examined:
    if not isinstance(found, bytes):
        return found
    from istiolint.pack import unpack

    return unpack(found, item.file, item.context)


def _examined(inputs: Sequence[Input], settings: Settings) -> list[Examined | bytes]:
    """What is found out about each file; packed where another process did it."""

    def work(index: int) -> Examined:
        item = inputs[index]
        return examine(item.file, item.data, settings, item.context)

    parts = _parts(inputs)
    if parts == 1:
        return [work(index) for index in range(len(inputs))]
    from istiolint.pack import pack
    from istiolint.workers import share

    return share(work, pack, [len(item.data) for item in inputs], parts)


def _parts(inputs: Sequence[Input]) -> int:
    """How many processes to use."""
    if len(inputs) < 2 or sum(len(item.data) for item in inputs) < ENOUGH_BYTES:
        return 1
    from istiolint.workers import processes

    return min(processes(), len(inputs))
