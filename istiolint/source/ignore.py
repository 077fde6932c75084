"""Patterns of files, as `.gitignore` writes them: also the language of `exclude` and of per-path settings.

The meaning is git's: the last pattern that matches decides, `!` takes back, a slash at the start or within ties a
pattern to the folder it was written for, a slash at the end means folders only, and `**` spans folders.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_SPECIAL = re.compile(r"[*?\[\\]")
_CLASSES = {
    "alnum": "a-zA-Z0-9", "alpha": "a-zA-Z", "blank": " \\t", "cntrl": "\\x00-\\x1f\\x7f", "digit": "0-9",
    "graph": "!-~", "lower": "a-z", "print": " -~", "punct": "!-/:-@\\[-`{-~", "space": "\\s", "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}  # fmt: skip
_NEVER = "(?!)"


class Patterns:
    """A list of patterns, ready to be asked. Plain names and endings, by far the most common, need no regex."""

    __slots__ = ("_endings", "_kept", "_names", "_paths", "_regexes")

    def __init__(self, lines: Iterable[str]) -> None:
        self._kept: set[int] = set()
        self._names: dict[str, list[tuple[int, bool]]] = {}
        self._paths: dict[str, list[tuple[int, bool]]] = {}
        self._endings: list[tuple[int, bool, str]] = []
        self._regexes: list[tuple[int, bool, bool, re.Pattern[str]]] = []
        for rank, line in enumerate(lines):
            self._add(rank, _without_trailing_blanks(line.rstrip("\r\n")))

    def _add(self, rank: int, pattern: str) -> None:
        if not pattern or pattern.startswith("#"):
            return
        if pattern.startswith("!"):
            self._kept.add(rank)
            pattern = pattern[1:]
        folders_only = pattern.endswith("/")
        if folders_only:
            pattern = pattern[:-1]
        anchored = "/" in pattern
        pattern = pattern.removeprefix("/")
        if not pattern:
            return
        if not _SPECIAL.search(pattern):
            table = self._paths if anchored else self._names
            table.setdefault(pattern, []).append((rank, folders_only))
        elif not anchored and pattern[0] == "*" and not _SPECIAL.search(pattern, 1):
            self._endings.append((rank, folders_only, pattern[1:]))
        else:
            self._regexes.append((rank, folders_only, anchored, re.compile(to_regex(pattern), re.DOTALL)))

    def __bool__(self) -> bool:
        return bool(self._names or self._paths or self._endings or self._regexes)

    def decide(self, path: str, folder: bool) -> bool | None:
        """Whether `path` (relative, with forward slashes) is matched, taken back by `!`, or not spoken of (None).

        Only the path itself is asked about; for what lies in a matched folder see `covers`.
        """
        name = path.rpartition("/")[2]
        best = -1
        for rank, folders_only in self._names.get(name, ()):
            if rank > best and (folder or not folders_only):
                best = rank
        for rank, folders_only in self._paths.get(path, ()):
            if rank > best and (folder or not folders_only):
                best = rank
        for rank, folders_only, ending in self._endings:
            if rank > best and (folder or not folders_only) and name.endswith(ending):
                best = rank
        for rank, folders_only, anchored, regex in self._regexes:
            if rank > best and (folder or not folders_only) and regex.fullmatch(path if anchored else name):
                best = rank
        return None if best < 0 else best not in self._kept

    def covers(self, path: str) -> bool:
        """Whether the file `path`, or a folder above it, is matched."""
        cut = path.find("/")
        while cut >= 0:
            if self.decide(path[:cut], True):
                return True
            cut = path.find("/", cut + 1)
        return bool(self.decide(path, False))


def to_regex(pattern: str) -> str:
    """The regular expression (for `fullmatch`, with DOTALL) of one pattern without `!` and outer slashes.

    A slash inside of brackets is read as a slash between folders.
    """
    steps = pattern.split("/")
    last = len(steps) - 1
    out = []
    for at, step in enumerate(steps):
        if len(step) > 1 and not step.strip("*"):
            out.append(".+" if at == last else "(?:.*/)?")
        else:
            out.append(_step_regex(step))
            if at < last:
                out.append("/")
    return "".join(out)


def _step_regex(step: str) -> str:
    """The regular expression of what stands between two slashes."""
    out: list[str] = []
    at = 0
    while at < len(step):
        char = step[at]
        at += 1
        if char == "*":
            if not out or out[-1] != "[^/]*":
                out.append("[^/]*")
        elif char == "?":
            out.append("[^/]")
        elif char == "[":
            regex, at = _class_regex(step, at)
            out.append(regex)
        elif char == "\\":
            if at == len(step):
                return _NEVER
            out.append(re.escape(step[at]))
            at += 1
        else:
            out.append(re.escape(char))
    return "".join(out)


def _class_regex(step: str, at: int) -> tuple[str, int]:
    """The regular expression of `[...]`, whose inside begins at `at`, and where the pattern goes on."""
    negated = step[at : at + 1] in ("!", "^")
    at += negated
    first = at
    out: list[str] = []
    low = ""
    while at < len(step) and (step[at] != "]" or at == first):
        if step.startswith("[:", at):
            end = step.find(":]", at)
            if end < 0 or step[at + 2 : end] not in _CLASSES:
                return _NEVER, len(step)
            out.append(_CLASSES[step[at + 2 : end]])
            at, low = end + 2, ""
            continue
        ranged = bool(low) and step[at] == "-" and step[at + 1 : at + 2] not in ("", "]")
        at += ranged
        if step[at] == "\\":
            at += 1
        char = step[at : at + 1]
        if not char:
            return _NEVER, len(step)
        if ranged:
            if low <= char:
                out[-1] = f"{re.escape(low)}-{re.escape(char)}"
            low = ""
        else:
            out.append(re.escape(char))
            low = char
        at += 1
    if at == len(step):
        return _NEVER, at
    inside = "".join(out)
    if not inside:
        return ("[^/]" if negated else _NEVER), at + 1
    return f"(?!/)[{'^' if negated else ''}{inside}]", at + 1


def _without_trailing_blanks(line: str) -> str:
    """Blanks at the end do not count unless a backslash stands before them."""
    bare = line.rstrip(" \t")
    backslashes = len(bare) - len(bare.rstrip("\\"))
    return line[: len(bare) + 1] if backslashes % 2 and len(bare) < len(line) else bare
