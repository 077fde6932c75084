"""Many files: what the cache knows is taken from it, the rest is examined in as many processes as that is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from istiolint.examine import Examined, Settings, examine
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.cache import Cache
    from istiolint.pack import Packed

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
    if cache is None:
        return _examined(inputs, settings)
    from istiolint.pack import unpack

    packed: list[Packed | None] = [cache.get(key) for key in keys]
    missing = [index for index, found in enumerate(packed) if found is None]
    for index, found in zip(missing, _packed([inputs[index] for index in missing], settings), strict=True):
        cache.put(keys[index], found)
        packed[index] = found
    return [unpack(found, item.file, item.context) for found, item in zip(packed, inputs, strict=True) if found]


def _examined(inputs: Sequence[Input], settings: Settings) -> list[Examined]:
    if _parts(inputs) == 1:
        return [examine(item.file, item.data, settings, item.context) for item in inputs]
    from istiolint.pack import unpack

    rows = zip(_packed(inputs, settings), inputs, strict=True)
    return [unpack(found, item.file, item.context) for found, item in rows]


def _packed(inputs: Sequence[Input], settings: Settings) -> list[Packed]:
    from istiolint.pack import pack

    def work(index: int) -> Packed:
        item = inputs[index]
        return pack(examine(item.file, item.data, settings, item.context))

    parts = _parts(inputs)
    if parts == 1:
        return [work(index) for index in range(len(inputs))]
    from istiolint.workers import share

    return share(work, [len(item.data) for item in inputs], parts)


def _parts(inputs: Sequence[Input]) -> int:
    """How many processes to use."""
    if len(inputs) < 2 or sum(len(item.data) for item in inputs) < ENOUGH_BYTES:
        return 1
    from istiolint.workers import processes

    return min(processes(), len(inputs))
