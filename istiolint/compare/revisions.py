"""The files of a git revision, read by git's plumbing: nothing is checked out, and the working tree is not touched."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from istiolint.records import NamedTuple
from istiolint.source.discover import repository_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from istiolint.source.discover import Entry

_LINK, _MODULE = b"120000", b"160000"
_MOST_LINKS = 40


class RevisionError(Exception):
    """A revision cannot be read; the message says why, in git's own words where they are git's."""


class Blob(NamedTuple):
    """A file of a revision."""

    oid: str
    link: bool


class _Entry:
    """An entry of a folder, as `os.DirEntry`."""

    __slots__ = ("_key", "_revision", "name")

    def __init__(self, revision: Revision, name: str, key: str) -> None:
        self._revision = revision
        self.name = name
        self._key = key

    def is_symlink(self) -> bool:
        found = self._revision.blobs.get(self._key)
        return found is not None and found.link

    def is_dir(self) -> bool:
        return self._revision.resolved(self._key) in self._revision.folders

    def is_file(self) -> bool:
        return self._revision.resolved(self._key) in self._revision.blobs


class Revision:
    """The files of one revision, as `Files`; the repository lies at `root` on the disk."""

    def __init__(self, name: str, root: str, listing: bytes) -> None:
        self.name = name
        self.root = root
        self.blobs: dict[str, Blob] = {}
        """By path below the root, with forward slashes."""
        self.folders: dict[str, list[str]] = {"": []}
        """What each folder holds."""
        self.modules: list[str] = []
        """Submodules, whose files are those of another repository."""
        self._reader: subprocess.Popen[bytes] | None = None
        for record in listing.split(b"\0"):
            about, tab, path = record.partition(b"\t")
            if tab:
                self._enter(about.split(b" "), os.fsdecode(path))

    def _enter(self, about: list[bytes], path: str) -> None:
        if about[0] == _MODULE:
            self.modules.append(path)
            return
        self.blobs[path] = Blob(about[2].decode(), about[0] == _LINK)
        child = path
        while child:
            folder, _, base = child.rpartition("/")
            known = folder in self.folders
            self.folders.setdefault(folder, []).append(base)
            if known:
                return
            child = folder

    # Paths

    def key(self, path: str) -> str | None:
        """The path below the root; None for what lies elsewhere."""
        whole = os.path.normpath(os.path.join(os.getcwd(), path))
        if whole == self.root:
            return ""
        inside = self.root if self.root.endswith(os.sep) else self.root + os.sep
        return whole[len(inside) :].replace(os.sep, "/") if whole.startswith(inside) else None

    def resolved(self, key: str | None) -> str | None:
        """The path without links; None where they lead out of the repository, or in a circle."""
        if key is None or key in self.folders:
            return key
        steps = key.split("/")
        at = ""
        links = 0
        while steps:
            step = steps.pop(0)
            if step == "..":
                if not at:
                    return None
                at = at.rpartition("/")[0]
                continue
            if step in ("", "."):
                continue
            at = f"{at}/{step}" if at else step
            found = self.blobs.get(at)
            if found is not None and found.link:
                links += 1
                target = os.fsdecode(self._bytes(found.oid))
                if links > _MOST_LINKS or target.startswith("/"):
                    return None
                at = at.rpartition("/")[0]
                steps = [*target.split("/"), *steps]
        return at

    # The methods of `Files`

    def exists(self, path: str, /) -> bool:
        """Whether there is anything, if only a link that leads nowhere."""
        key = self.key(path)
        return key in self.blobs or self.resolved(key) in self.blobs or self.is_folder(path)

    def is_folder(self, path: str, /) -> bool:
        """Whether it is a folder, or a link to one."""
        return self.resolved(self.key(path)) in self.folders

    def is_link(self, path: str, /) -> bool:
        """Whether it is a symbolic link."""
        found = self.blobs.get(self.key(path) or "")
        return found is not None and found.link

    def real(self, path: str, /) -> str:
        """The absolute path without any link."""
        key = self.resolved(self.key(path))
        return os.path.join(self.root, *key.split("/")) if key is not None else os.path.abspath(path)

    def reachable(self, path: str, /) -> None:
        """Raises OSError where a link leads nowhere."""
        key = self.resolved(self.key(path))
        if key not in self.blobs and key not in self.folders:
            raise FileNotFoundError(2, f"no such file in {self.name}", path)

    def entries(self, folder: str, /) -> Sequence[Entry]:
        """What a folder holds; raises OSError."""
        key = self.resolved(self.key(folder))
        if key is None or key not in self.folders:
            raise FileNotFoundError(2, f"no such folder in {self.name}", folder)
        return [_Entry(self, name, f"{key}/{name}" if key else name) for name in self.folders[key]]

    def read(self, path: str, /) -> bytes:
        """The bytes of a file; raises OSError."""
        found = self.blobs.get(self.resolved(self.key(path)) or "")
        if found is None:
            raise FileNotFoundError(2, f"no such file in {self.name}", path)
        return self._bytes(found.oid)

    # Blobs

    def _bytes(self, oid: str) -> bytes:
        """The bytes of a blob, from one process for all of them; raises OSError."""
        if self._reader is None:
            self._reader = subprocess.Popen(
                ["git", "-C", self.root, "cat-file", "--batch"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
            )
        stdin, stdout = self._reader.stdin, self._reader.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(oid.encode() + b"\n")
        stdin.flush()
        about = stdout.readline().split()
        if len(about) != 3 or about[1] != b"blob":
            raise FileNotFoundError(2, "git has only its name, and not its content", oid)
        size = int(about[2])
        found = stdout.read(size + 1)
        if len(found) != size + 1:
            raise OSError(5, "git ended too early", oid)
        return found[:-1]

    def close(self) -> None:
        """End the process that reads."""
        if self._reader is not None:
            self._reader.communicate()
            self._reader = None


def revision(name: str, near: str) -> Revision:
    """A revision of the repository in which the path `near` lies. Raises RevisionError."""
    start = os.path.abspath(near)
    root = repository_of(start)
    listing = _git(name, _existing(start) if root is None else root, "ls-tree", "-r", "-z", "--full-tree", name)
    return Revision(name, root or os.getcwd(), listing)


def merge_base(one: str, other: str, near: str) -> str:
    """The revision from which two others have parted. Raises RevisionError."""
    start = os.path.abspath(near)
    folder = repository_of(start) or _existing(start)
    found = _git(one, folder, "merge-base", "--all", one, other, nothing=(1,)).decode().split()
    if not found:
        raise RevisionError(f"{one} and {other} have no common ancestor here (is the clone a shallow one?)")
    return found[0]


def _existing(path: str) -> str:
    """The nearest folder that there is."""
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return path


def _git(name: str, folder: str, *arguments: str, nothing: tuple[int, ...] = ()) -> bytes:
    """What git prints; `nothing`: exit codes that mean that there is nothing to print."""
    if not name or name.startswith("-"):
        raise RevisionError(f"{name!r} is no revision")
    try:
        done = subprocess.run(
            ["git", "-C", folder, *arguments], stdin=subprocess.DEVNULL, capture_output=True, env=_environment(),
            check=False,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise RevisionError("git is needed to read a revision, and is not on the PATH") from error
    except OSError as error:
        raise RevisionError(f"git cannot be run: {error.strerror or error}") from error
    if done.returncode and (done.returncode not in nothing or done.stderr):
        said = done.stderr.decode(errors="replace").strip().partition("\n")[0].removeprefix("fatal: ")
        raise RevisionError(f"git: {said or f'{arguments[0]} ended with {done.returncode}'}")
    return done.stdout


def _environment() -> dict[str, str]:
    """Git says what goes wrong in English, and fetches nothing."""
    return {**os.environ, "LC_ALL": "C", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0"}
