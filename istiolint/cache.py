"""What earlier runs found out about files with the same bytes, in the user's cache folder.

A key covers everything that an answer depends on: the bytes and the name of the file, the rules and settings, and
the code itself. So the cache can be deleted, cut short or left out, and no result changes. Entries lie in a few
shards, each written at once and read only if its checksum is right (`marshal` must not be given damaged data).
"""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Final, Literal

from istiolint import __version__
from istiolint.shelf import shelf

SHARDS: Final = 32
Last = Literal["report", "basis"]
"""Of what only the last is kept: the report, and what a run leaves for the next one."""
LARGEST_SHARD: Final = 8_000_000
"""Bytes; beyond, entries that this run did not use are dropped."""
FOLDER_VARIABLE: Final = "ISTIOLINT_CACHE_DIR"

_DIGEST: Final = 16


class Cache:
    """The entries of one project under one set of settings."""

    __slots__ = ("_folder", "_fresh", "_salt", "_shards", "_used")

    def __init__(self, folder: str, salt: bytes) -> None:
        self._folder = folder
        self._salt = salt
        self._shards: dict[int | Last, dict[bytes, bytes]] = {}
        self._used: set[bytes] = set()
        self._fresh: set[int | Last] = set()

    def key(self, *parts: bytes) -> bytes:
        """The key of what depends on these parts, and on settings and code."""
        digest = blake2b(self._salt, digest_size=_DIGEST)
        for part in parts:
            digest.update(len(part).to_bytes(8, "little"))
            digest.update(part)
        return digest.digest()

    def get(self, key: bytes) -> bytes | None:
        """The entry of a key, or None."""
        found = self._shard(key[0] % SHARDS).get(key)
        if found is not None:
            self._used.add(key)
        return found

    def put(self, key: bytes, entry: bytes) -> None:
        """Remember an entry."""
        number = key[0] % SHARDS
        self._shard(number)[key] = entry
        self._used.add(key)
        self._fresh.add(number)

    def keep(self, keys: Iterable[bytes]) -> None:
        """Some entries are used, whether this run asks for them or not."""
        self._used.update(keys)

    def last(self, what: Last, key: bytes) -> bytes | None:
        """The last one, if it is that of `key`; else None."""
        kept = self._shards.get(what)
        return (_load(self._file(what)) if kept is None else kept).get(key)

    def put_last(self, what: Last, key: bytes, entry: bytes) -> None:
        """Remember this one instead of the last."""
        self._shards[what] = {key: entry}
        self._fresh.add(what)
        self._used.add(key)

    def save(self) -> None:
        """Write what is new. A folder that cannot be written to is no reason to complain."""
        try:
            os.makedirs(self._folder, exist_ok=True)
            for number in self._fresh:
                self._write(number)
        except OSError:
            return

    def _shard(self, number: int) -> dict[bytes, bytes]:
        if number not in self._shards:
            self._shards[number] = _load(self._file(number))
        return self._shards[number]

    def _file(self, number: int | Last) -> str:
        return os.path.join(self._folder, f"{number:02}.bin" if isinstance(number, int) else f"{number}.bin")

    def _write(self, number: int | Last) -> None:
        entries = self._shards[number]
        if sum(map(len, entries.values())) > LARGEST_SHARD:
            entries = {key: value for key, value in entries.items() if key in self._used}
        body = marshal.dumps(entries)
        temporary = f"{self._file(number)}.{os.getpid()}"
        with open(temporary, "wb") as stream:
            stream.write(blake2b(body, digest_size=_DIGEST).digest() + body)
        os.replace(temporary, self._file(number))


def _load(file: str) -> dict[bytes, bytes]:
    try:
        with open(file, "rb") as stream:
            data = stream.read()
    except OSError:
        return {}
    body = memoryview(data)[_DIGEST:]
    if blake2b(body, digest_size=_DIGEST).digest() != data[:_DIGEST]:
        return {}
    try:
        entries = marshal.loads(body)
    except (EOFError, ValueError, TypeError):  # written by another Python
        return {}
    return entries if isinstance(entries, dict) else {}


def open_cache(project: str, settings: Iterable[str], environ: Mapping[str, str] = os.environ) -> Cache | None:
    """The cache of a project (its root folder) for these settings; None where there is no folder for it."""
    base = folder(environ)
    if base is None:
        return None
    digest = blake2b(digest_size=_DIGEST)
    for part in (__version__, sys.version, *_code(), *settings):
        digest.update(part.encode("utf-8", "surrogateescape"))
        digest.update(b"\0")
    name = blake2b(os.path.abspath(project).encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
    return Cache(os.path.join(base, name), digest.digest())


def folder(environ: Mapping[str, str]) -> str | None:
    """Where caches belong on this system; None where the user has no home."""
    if environ.get(FOLDER_VARIABLE):
        return environ[FOLDER_VARIABLE]
    if environ.get("XDG_CACHE_HOME"):
        return os.path.join(environ["XDG_CACHE_HOME"], "istiolint")
    if sys.platform == "win32" and environ.get("LOCALAPPDATA"):
        return os.path.join(environ["LOCALAPPDATA"], "istiolint", "Cache")
    home = os.path.expanduser("~")
    if home == "~":
        return None
    return os.path.join(home, "Library/Caches" if sys.platform == "darwin" else ".cache", "istiolint")


def _code() -> list[str]:
    """Name, size and time of every file that istiolint is made of, so that a changed tool trusts no old answer."""
    package = os.path.dirname(os.path.abspath(__file__))
    folders = [package, shelf("rules"), shelf("schemas")]
    marks: list[str] = []
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name != "__pycache__":
                            folders.append(entry.path)
                    else:
                        state = entry.stat()
                        marks.append(f"{entry.path} {state.st_size} {state.st_mtime_ns}")
        except OSError:
            continue
    return sorted(marks)
