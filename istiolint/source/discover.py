"""Which files are read: paths from the command line to a list of file names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from istiolint.records import NamedTuple
from istiolint.source.ignore import Patterns

if TYPE_CHECKING:
    from typing import Protocol

    class Entry(Protocol):
        """What a folder holds, as `os.DirEntry`; links are followed but by `is_symlink`."""

        @property
        def name(self) -> str:
            """Without the folder."""

        def is_symlink(self) -> bool:
            """Whether it is itself a link."""

        def is_dir(self) -> bool:
            """Whether it is a folder."""

        def is_file(self) -> bool:
            """Whether it is a file."""

    class Files(Protocol):
        """Where files are: on the disk, or in a revision. Paths are seen from the current folder."""

        def exists(self, path: str, /) -> bool:
            """Whether there is anything, if only a link that leads nowhere."""

        def is_folder(self, path: str, /) -> bool:
            """Whether it is a folder, or a link to one."""

        def is_link(self, path: str, /) -> bool:
            """Whether it is a symbolic link."""

        def real(self, path: str, /) -> str:
            """The absolute path without any link."""

        def reachable(self, path: str, /) -> object:
            """Raises OSError where a link leads nowhere."""

        def entries(self, folder: str, /) -> Sequence[Entry]:
            """What a folder holds; raises OSError."""

        def read(self, path: str, /) -> bytes:
            """The bytes of a file; raises OSError."""


ENDINGS = (".yaml", ".yml", ".json")
"""What is read in folders. A file named on the command line is read whatever it is called."""

_READING = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_AT_ONCE = 1 << 20

_Layers = tuple[tuple[Patterns, str], ...]
"""Ignore files that speak of a folder, outermost first, each with the folder's path as that file would write it."""


class Unreadable(NamedTuple):
    """A file or folder that could not be looked at, and the system's reason."""

    name: str
    reason: str


class Discovery(NamedTuple):
    """What was found. Names are relative to the current folder where they lie in it, with forward slashes."""

    files: tuple[str, ...]
    """In order of name, each file once, however many paths or symbolic links lead to it."""
    missing: tuple[str, ...]
    """Given paths that do not exist."""
    unreadable: tuple[Unreadable, ...]
    ignored: int
    """Files and folders left out because of ignore files and `exclude`."""


class _Folder(NamedTuple):
    name: str
    """As reports show it; empty for the current folder."""
    real: str
    layers: _Layers
    excluded: _Layers


def _real(path: str) -> str:
    return os.path.realpath(path)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as listing:
        return list(listing)


def _read(file: str) -> bytes:
    """The bytes of a file; without a stream, which would take as long as the reading."""
    descriptor = os.open(file, _READING)
    try:
        found = os.read(descriptor, _AT_ONCE)
        while part := os.read(descriptor, _AT_ONCE):  # only nothing is the end: a pipe gives what it has
            found += part
        return found
    finally:
        os.close(descriptor)


class Disk:
    """The files of this machine, as `Files`."""

    __slots__ = ()

    exists = staticmethod(os.path.lexists)
    is_folder = staticmethod(os.path.isdir)
    is_link = staticmethod(os.path.islink)
    real = staticmethod(_real)
    reachable = staticmethod(os.stat)
    entries = staticmethod(_entries)
    read = staticmethod(_read)


DISK = Disk()


def discover(
    paths: Iterable[str],
    *,
    exclude: Sequence[str] = (),
    root: str = ".",
    respect_gitignore: bool = True,
    files: Files = DISK,
) -> Discovery:
    """The files to read for `paths` (files and folders).

    `exclude` are patterns as in `.gitignore`, seen from the folder `root`; with `respect_gitignore` the repository's
    own ignore files are heeded too. Neither has a say about a path that is itself given. In folders, what begins with
    a dot and `node_modules` are left out. Symbolic links are followed; no folder is visited twice. Never raises.
    """
    return _Search(exclude, root, respect_gitignore, files).run(paths)


def excluded(path: str, exclude: Sequence[str], root: str) -> bool:
    """Whether the patterns of `exclude` speak of `path`: for callers that were not named it by a person."""
    name = display_name(os.path.abspath(path), os.path.abspath(root))
    return bool(exclude) and not os.path.isabs(name) and Patterns(exclude).covers(name)


def display_name(path: str, cwd: str) -> str:
    """`path` as reports show it: relative to `cwd` where it lies in it, with forward slashes; `.` for `cwd` itself."""
    whole = os.path.normpath(os.path.join(cwd, path))
    if whole == cwd:
        return "."
    inside = cwd if cwd.endswith(os.sep) else cwd + os.sep
    name = whole[len(inside) :] if whole.startswith(inside) else os.path.normpath(path)
    return name.replace("\\", "/") if os.sep == "\\" else name


class _Search:
    """The state of one run."""

    def __init__(self, exclude: Sequence[str], root: str, respect_gitignore: bool, where: Files) -> None:
        self.where = where
        self.cwd = os.getcwd()
        self.exclude = Patterns(exclude)
        self.root = os.path.abspath(root)
        self.respect_gitignore = respect_gitignore
        self.files: dict[str, tuple[str, bool]] = {}
        self.missing: list[str] = []
        self.unreadable: list[Unreadable] = []
        self.ignored = 0
        self.visited: set[str] = set()
        self.links: list[_Folder] = []
        self.real_folders: dict[str, str] = {}

    def run(self, paths: Iterable[str]) -> Discovery:
        for path in paths:
            self._start(path)
        while self.links:  # after all else, so that a file keeps the name it has without links
            self.links.sort(reverse=True)
            self._walk(self.links.pop())
        files = tuple(sorted(name for name, _ in self.files.values()))
        return Discovery(files, tuple(self.missing), tuple(sorted(self.unreadable)), self.ignored)

    def _start(self, path: str) -> None:
        name = display_name(path, self.cwd)
        try:
            is_folder = self.where.is_folder(path)
            if not is_folder and not self.where.exists(path):
                self.missing.append(path)
                return
            if is_folder:
                real = self.where.real(path)
                layers = self._layers_above(os.path.abspath(path)) if self.respect_gitignore else ()
                name = "" if name == "." else name
                self._walk(_Folder(name, real, layers, self._excluded_above(os.path.abspath(path))))
            else:
                self._start_file(path, name)
        except (OSError, ValueError) as error:
            self.unreadable.append(Unreadable(name, _reason(error)))

    def _start_file(self, path: str, name: str) -> None:
        folder, base = os.path.split(path)
        real_folder = self.real_folders.get(folder)
        if real_folder is None:
            real_folder = self.real_folders[folder] = self.where.real(folder or ".")
        real = os.path.join(real_folder, base)
        if self.where.is_link(real):
            self.where.reachable(real)  # a broken link cannot be read
            self._add(self.where.real(real), name, linked=True)
        else:
            self._add(real, name, linked=False)

    def _add(self, real: str, name: str, linked: bool) -> None:
        """Keep one name a file: one without links, else the first in order."""
        known = self.files.get(real)
        if known is None or (linked, name) < (known[1], known[0]):
            self.files[real] = (name, linked)

    def _walk(self, start: _Folder) -> None:
        folders = [start]
        while folders:
            folder = folders.pop()
            if folder.real in self.visited:
                continue
            self.visited.add(folder.real)
            try:
                entries = self.where.entries(folder.name or ".")
            except OSError as error:
                self.unreadable.append(Unreadable(folder.name or ".", _reason(error)))
                continue
            self._sort_out(folder, entries, folders)

    def _sort_out(self, folder: _Folder, entries: Sequence[Entry], folders: list[_Folder]) -> None:
        """Take the files of `folder`, and put its folders on the heap."""
        layers, excluded = folder.layers, folder.excluded
        if self.respect_gitignore and any(entry.name == ".gitignore" for entry in entries):
            layers = _with_file(layers, os.path.join(folder.name, ".gitignore"), self.where)
        prefix = folder.name + "/" if folder.name and folder.name != "/" else folder.name
        for entry in entries:
            base = entry.name
            if base[0] == "." or base == "node_modules":
                continue
            try:
                wanted = base.lower().endswith(ENDINGS)
                linked = entry.is_symlink()
                is_folder = entry.is_dir()
                if not (wanted or linked or is_folder):
                    continue
                # git takes a link to a folder for a file, and so do the patterns of its files
                if (layers and _ignored(layers, base, is_folder and not linked)) or (
                    excluded and _ignored(excluded, base, is_folder)
                ):
                    self.ignored += 1
                    continue
                name = prefix + base
                real = self.where.real(name) if linked else os.path.join(folder.real, base)
                if is_folder:
                    below = _Folder(name, real, _descend(layers, base), _descend(excluded, base))
                    (self.links if linked else folders).append(below)
                elif wanted and entry.is_file():
                    self._add(real, name, linked)
                elif wanted and linked:
                    self.where.reachable(name)  # says what is wrong with the link
            except OSError as error:
                self.unreadable.append(Unreadable(prefix + base, _reason(error)))

    def _excluded_above(self, folder: str) -> _Layers:
        """The `exclude` patterns as they speak of `folder`; outside of the root, as if it were the root."""
        return ((self.exclude, _prefix(self.root, folder)),) if self.exclude else ()

    def _layers_above(self, folder: str) -> _Layers:
        """The repository's ignore files in folders above `folder`; none where there is no repository."""
        repository = repository_of(folder)
        if repository is None:
            return ()
        layers: _Layers = ()
        layers = _with_file(layers, _exclude_file(repository), DISK)
        if repository != folder:
            layers = _with_file(layers, os.path.join(repository, ".gitignore"), self.where)
        at = repository
        for step in os.path.relpath(folder, repository).split(os.sep):
            if step == ".":
                break
            layers = _descend(layers, step)
            at = os.path.join(at, step)
            if at != folder:
                layers = _with_file(layers, os.path.join(at, ".gitignore"), self.where)
        return layers


def repository_of(folder: str) -> str | None:
    """The nearest folder at or above `folder` (absolute) that is a git checkout."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return folder


def _exclude_file(repository: str) -> str:
    """`info/exclude` of the repository, also where `.git` is a file that points elsewhere (a worktree)."""
    git = os.path.join(repository, ".git")
    if os.path.isfile(git):
        pointer = _text(git, DISK).strip()
        git = os.path.join(repository, pointer.removeprefix("gitdir:").strip())
        common = _text(os.path.join(git, "commondir"), DISK).strip()
        git = os.path.join(git, common) if common else git
    return os.path.join(git, "info", "exclude")


def _text(file: str, where: Files) -> str:
    """The text of `file`; empty where it cannot be read."""
    try:
        return where.read(file).decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    except OSError:
        return ""


def _with_file(layers: _Layers, file: str, where: Files) -> _Layers:
    """The layers, and the ignore file of the folder that they speak of."""
    patterns = Patterns(_text(file, where).split("\n"))
    return (*layers, (patterns, "")) if patterns else layers


def _descend(layers: _Layers, base: str) -> _Layers:
    """The layers as they speak of the folder `base` below."""
    return tuple([(patterns, f"{prefix}{base}/") for patterns, prefix in layers]) if layers else ()


def _ignored(layers: _Layers, base: str, folder: bool) -> bool:
    """Whether the innermost ignore file that speaks of `base` leaves it out."""
    for patterns, prefix in reversed(layers):
        verdict = patterns.decide(prefix + base, folder)
        if verdict is not None:
            return verdict
    return False


def _prefix(root: str, folder: str) -> str:
    """`folder` as seen from `root`, with a slash at the end; empty for the root, and for what is outside of it."""
    name = display_name(folder, root)
    return "" if name == "." or os.path.isabs(name) else name + "/"


def _reason(error: Exception) -> str:
    """The system's words, without the path."""
    return (getattr(error, "strerror", None) or str(error)).lower()
