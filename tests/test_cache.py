"""The cache: what it remembers, and that nothing which can happen to its files matters."""

from __future__ import annotations

import marshal
import os
import sys
from hashlib import blake2b
from pathlib import Path

import pytest

from istiolint import cache as cache_module
from istiolint.cache import FOLDER_VARIABLE, SHARDS, Cache, Last, folder, open_cache

VALUE = b"\x00\xffan entry"
LAST: tuple[Last, ...] = ("report", "basis")


def filled(place: Path, count: int = 100) -> list[bytes]:
    """Keys of entries that were put and saved."""
    cache = Cache(str(place), b"salt")
    keys = [cache.key(b"file", bytes([number])) for number in range(count)]
    for number, key in enumerate(keys):
        cache.put(key, bytes([number]) + VALUE)
    cache.put_last("report", cache.key(b"report"), VALUE)
    cache.put_last("basis", cache.key(b"basis"), VALUE)
    cache.save()
    return keys


def test_what_was_put_is_there_later(tmp_path: Path) -> None:
    keys = filled(tmp_path)
    cache = Cache(str(tmp_path), b"salt")
    assert [cache.get(key) for key in keys] == [bytes([number]) + VALUE for number in range(100)]
    assert cache.get(cache.key(b"another")) is None
    for what in LAST:
        assert cache.last(what, cache.key(what.encode())) == VALUE
        assert cache.last(what, cache.key(b"another")) is None


@pytest.mark.parametrize("what", LAST)
def test_only_the_last_is_kept(tmp_path: Path, what: Last) -> None:
    filled(tmp_path)
    cache = Cache(str(tmp_path), b"salt")
    cache.put_last(what, b"x" * 16, b"1")
    assert cache.last(what, b"x" * 16) == b"1"
    cache.save()
    again = Cache(str(tmp_path), b"salt")
    assert again.last(what, b"x" * 16) == b"1"
    assert again.last(what, again.key(what.encode())) is None
    assert [again.last(other, again.key(other.encode())) for other in LAST if other != what] == [VALUE]


def test_keys_tell_their_parts_apart() -> None:
    cache = Cache("", b"salt")
    parts = [(), (b"",), (b"", b""), (b"ab",), (b"a", b"b"), (b"ab", b""), (b"", b"ab")]
    assert len({cache.key(*each) for each in parts}) == len(parts)
    assert cache.key(b"a") != Cache("", b"other").key(b"a")
    assert cache.key(b"a") == Cache("elsewhere", b"salt").key(b"a")


def test_settings_code_and_version_make_other_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {FOLDER_VARIABLE: str(tmp_path)}

    def key(project: str = "p", *settings: str) -> bytes:
        cache = open_cache(project, settings, environ)
        assert cache is not None
        return cache.key(b"a")

    plain = key()
    assert plain == key()
    assert plain == key("q")  # another folder, so the key may be the same
    assert len({plain, key("p", "x"), key("p", "x", "y"), key("p", "xy")}) == 4
    monkeypatch.setattr(cache_module, "__version__", "0.0.0")
    other = key()
    assert other != plain
    monkeypatch.setattr(cache_module, "_code", lambda: ["something else"])
    assert key() not in (plain, other)


def test_every_file_of_the_tool_counts() -> None:
    marks = cache_module._code()
    for name in ("istiolint/cache.py", "istiolint/source/reader.py", "rules/catalog.json"):
        assert any(name in mark for mark in marks)
    assert not any("__pycache__" in mark for mark in marks)


def files_of(place: Path) -> list[Path]:
    found = sorted(place.rglob("*.bin"))
    assert found
    return found


def signed(body: bytes) -> bytes:
    return blake2b(body, digest_size=16).digest() + body


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:10],
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: data[:20] + bytes([data[20] ^ 255]) + data[21:],
        lambda data: bytes([data[0] ^ 255]) + data[1:],
        lambda data: b"\xff" * len(data),
        lambda data: signed(b""),
        lambda data: signed(marshal.dumps([1, 2])),
        lambda data: signed(b"{"),
        lambda data: signed(b"\x7f\x00\x01"),
    ],
)
def test_damaged_files_are_forgotten(tmp_path: Path, damage: object) -> None:
    keys = filled(tmp_path)
    for file in files_of(tmp_path):
        file.write_bytes(damage(file.read_bytes()))  # type: ignore[operator]
    cache = Cache(str(tmp_path), b"salt")
    assert [cache.get(key) for key in keys] == [None] * len(keys)
    assert [cache.last(what, cache.key(what.encode())) for what in LAST] == [None, None]
    cache.put(keys[0], VALUE)
    cache.save()
    assert Cache(str(tmp_path), b"salt").get(keys[0]) == VALUE


def test_a_folder_in_the_place_of_a_file(tmp_path: Path) -> None:
    for name in (*(f"{number:02}" for number in range(SHARDS)), *LAST):
        (tmp_path / f"{name}.bin").mkdir()
    keys = filled(tmp_path)
    assert Cache(str(tmp_path), b"salt").get(keys[0]) is None


def test_a_place_that_cannot_be_written_to(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    filled(blocked / "cache")
    filled(blocked)
    assert blocked.read_text() == "no folder"
    assert filled(Path("/dev/null/cache" if os.path.exists("/dev/null") else tmp_path / "x"))


def test_no_temporary_files_are_left(tmp_path: Path) -> None:
    filled(tmp_path)
    assert {file.suffix for file in tmp_path.iterdir()} == {".bin"}


def test_shards_that_grow_too_large_forget_what_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = filled(tmp_path)
    monkeypatch.setattr(cache_module, "LARGEST_SHARD", 10)
    cache = Cache(str(tmp_path), b"salt")
    same_shard = [key for key in keys if key[0] % SHARDS == keys[0][0] % SHARDS]
    assert len(same_shard) > 2
    assert cache.get(keys[0]) is not None
    cache.keep(same_shard[1:2])
    new = bytes([keys[0][0]]) + b"x" * 15
    cache.put(new, b"1")
    cache.save()
    again = Cache(str(tmp_path), b"salt")
    assert again.get(new) == b"1"
    assert [key for key in same_shard if again.get(key) is not None] == same_shard[:2]


def test_where_caches_belong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    home = {"HOME": "/home/me"}
    monkeypatch.setenv("HOME", "/home/me")
    assert folder({FOLDER_VARIABLE: "/c", "XDG_CACHE_HOME": "/x", **home}) == "/c"
    assert folder({"XDG_CACHE_HOME": "/x", **home}) == os.path.join("/x", "istiolint")
    assert folder(home) == os.path.join("/home/me", ".cache", "istiolint")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert folder(home) == os.path.join("/home/me", "Library/Caches", "istiolint")
    monkeypatch.setattr(sys, "platform", "win32")
    assert folder({"LOCALAPPDATA": "C:\\me"}) == os.path.join("C:\\me", "istiolint", "Cache")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    assert folder({}) is None
    assert open_cache("p", (), {}) is None
