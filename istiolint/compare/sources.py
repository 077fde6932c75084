"""From words to trees: two folders, or revisions of git and the working tree, and the files of each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from istiolint.compare.revisions import Revision, RevisionError, merge_base, revision
from istiolint.inputs import gather
from istiolint.records import NamedTuple
from istiolint.source.discover import DISK, display_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from istiolint.batch import Input
    from istiolint.config import Config
    from istiolint.source.discover import Files

WORKING_TREE = "the working tree"


class Wanted(NamedTuple):
    """What is to be compared."""

    revisions: tuple[str, ...]
    """Before and after; one: before, and the working tree after; none: two folders."""
    paths: tuple[str, ...]
    """Those two folders; else the same paths in both trees."""


class Tree(NamedTuple):
    """A tree of files."""

    name: str
    inputs: tuple[Input, ...]


class Unreadable(Exception):
    """Files cannot be read; the message names each."""


class Unclear(ValueError):
    """The words do not say what to compare; the message says why."""


def wanted(words: Sequence[str], paths: Sequence[str] | None) -> Wanted:
    """What words mean; `paths` are those behind `--`, None where there is no `--`. Raises Unclear.

    Without `--`, two existing paths are two trees; else revisions come first and paths after them.
    """
    if paths is None:
        if len(words) == 2 and all(os.path.lexists(it) for it in words):
            return Wanted((), tuple(words))
        first = next((at for at, it in enumerate(words) if os.path.lexists(it)), len(words))
        if words and not first:
            raise Unclear(f"compare what with {words[0]}? Name two trees, or a revision: REV -- {' '.join(words)}")
        words, paths = words[:first], words[first:]
    names = _range(words[0]) if len(words) == 1 else tuple(words)
    if len(names) > 2:
        raise Unclear(f"there are no more than two trees to compare, not {', '.join(names)} (paths come after --)")
    if "-" in paths:
        raise Unclear("- (standard input) cannot be compared with a revision")
    return Wanted(names or ("HEAD",), tuple(paths) or (".",))


def _range(word: str) -> tuple[str, ...]:
    """`A..B` as two revisions, `A...B` as three words to be worked out; a word without dots is one revision."""
    for dots in ("...", ".."):
        one, found, other = word.partition(dots)
        if found and not one.endswith("/") and not other.startswith("/"):
            return (f"{one or 'HEAD'}...{other or 'HEAD'}", other or "HEAD") if dots == "..." else (
                one or "HEAD", other or "HEAD"
            )  # fmt: skip
    return (word,)


def trees(asked: Wanted, config: Config) -> tuple[Tree, Tree]:
    """The files before and after. Raises RevisionError and Unreadable."""
    if not asked.revisions:
        old, new = asked.paths
        return Tree(old, _read((old,), config, DISK)), Tree(new, _read((new,), config, DISK))
    near = asked.paths[0]
    places = [_revision(name, near) for name in asked.revisions]
    try:
        return _of_places(asked.paths, config, places)
    finally:
        for it in places:
            it.close()


def _revision(name: str, near: str) -> Revision:
    one, dots, other = name.partition("...")
    if not dots:
        return revision(name, near)
    found = revision(merge_base(one, other, near), near)
    found.name = f"the merge base of {one} and {other}"
    return found


def _of_places(paths: tuple[str, ...], config: Config, places: list[Revision]) -> tuple[Tree, Tree]:
    where: list[Files] = [*places]
    where = [*where, DISK][:2]
    names = [*(it.name for it in places), WORKING_TREE][:2]
    for path in paths:
        if places[0].key(path) is None:
            raise RevisionError(f"{path} lies outside of the repository {places[0].root}")
        if not any(it.exists(path) for it in where):
            raise Unreadable(f"{path}: no such file or folder in {' or in '.join(names)}")
    found = []
    for place, name in zip(where, names, strict=True):
        context = tuple(it for it in config.context if place.exists(it) or not any(w.exists(it) for w in where))
        outside = tuple(it for it in context if places[0].key(it) is None)
        inputs = _read(
            tuple(it for it in paths if place.exists(it)),
            config._replace(context=tuple(it for it in context if it not in outside)), place,
        )  # fmt: skip
        inputs += _read((), config._replace(context=outside), DISK) if outside else ()
        found.append(Tree(name, _without_modules(inputs, places)))
    return found[0], found[1]


def _without_modules(inputs: tuple[Input, ...], places: list[Revision]) -> tuple[Input, ...]:
    """Leave out what lies in submodules: git has nothing of that to compare with."""
    cwd = os.getcwd()
    modules = tuple(
        f"{display_name(os.path.join(it.root, *module.split('/')), cwd)}/" for it in places for module in it.modules
    )
    return tuple(it for it in inputs if not it.file.startswith(modules)) if modules else inputs


def _read(paths: tuple[str, ...], config: Config, where: Files) -> tuple[Input, ...]:
    found = gather(paths, config, where=where)
    if found.complaints:
        raise Unreadable("; ".join(found.complaints))
    return found.inputs
