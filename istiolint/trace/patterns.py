"""String matches of VirtualServices, and regular expressions as RE2 takes them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from istiolint.mesh.read import text
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

Form = Literal["exact", "prefix", "regex", "present"]


class Text(NamedTuple):
    """A condition on a text."""

    form: Form
    value: str = ""

    def holds(self, given: str | None) -> bool:
        """Whether it holds for a text; None is one that is missing, for which nothing holds."""
        if given is None:
            return False
        if self.form == "exact":
            return given == self.value
        if self.form == "prefix":
            return given.startswith(self.value)
        return self.form == "present" or full_match(self.value, given)


PRESENT = Text("present")


def text_match(value: Any) -> Text:
    """What a StringMatch (`exact`, `prefix` or `regex`) asks for; an empty one, and the regex `*`: to be there."""
    if isinstance(value, dict):
        for form in ("exact", "prefix", "regex"):
            if isinstance(written := value.get(form), str):
                return PRESENT if form == "regex" and written == "*" else Text(form, written)
    return PRESENT


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Callable[[str], Any] | None:
    """The full match of a pattern; None where no engine at hand takes it."""
    try:
        import re2  # type: ignore[import-untyped]

        options = re2.Options()
        options.log_errors = False
        matcher: Callable[[str], Any] = re2.compile(pattern, options).fullmatch
        return matcher
    except ImportError:
        pass
    except Exception:  # what re2 raises differs from version to version
        return None
    try:
        return re.compile(pattern).fullmatch
    except re.error:
        return None


def full_match(pattern: str, given: str) -> bool:
    """Whether a regular expression matches the whole of a text; one that RE2 refuses matches nothing."""
    matcher = _compiled(pattern)
    return matcher is not None and matcher(given) is not None


def valid(pattern: str) -> bool:
    """Whether RE2 takes a pattern: a proxy rejects the whole table of one that it does not."""
    from istiolint.admission.re2 import scan

    found = scan(pattern)
    return found.problem is None and found.envoy is None


def substitute(pattern: str, replacement: str, given: str) -> str:
    """Replace every match, with RE2's `\\1` for groups; the text as it is where the pattern cannot be used."""
    try:
        compiled = re.compile(pattern)
        return compiled.sub(lambda found: _expand(replacement, found), given)
    except (re.error, IndexError):
        return given


def _expand(replacement: str, found: re.Match[str]) -> str:
    return re.sub(r"\\(\d|\\)", lambda it: "\\" if it[1] == "\\" else (found[int(it[1])] or ""), replacement)


_ESCAPED = re.compile("%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def normalise(path: str, mode: str) -> str:
    """The path (with its query) as the proxy sees it, for a `meshConfig.pathNormalization` (specification 13.5)."""
    if mode == "NONE":
        return path
    path, mark, query = path.partition("?")
    if mode == "DECODE_AND_MERGE_SLASHES":
        path = re.sub("%2[fF]|%5[cC]", "/", path)
    path = _ESCAPED.sub(_decoded, path).replace("\\", "/")
    if "/." in path:
        path = _without_dots(path)
    if mode in ("MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"):
        path = re.sub("/{2,}", "/", path)
    return path + mark + query


def _decoded(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return character if character in _UNRESERVED else found[0].upper()


def _without_dots(path: str) -> str:
    kept: list[str] = []
    parts = path.split("/")[1:]
    for part in parts:
        if part == "..":
            if kept:
                kept.pop()
        elif part != ".":
            kept.append(part)
    if parts[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def normalisation(values: Any) -> str:
    """The mode of `meshConfig.pathNormalization`."""
    found = values.get("pathNormalization") if hasattr(values, "get") else None
    written = text(found.get("normalization")) if isinstance(found, dict) else ""
    return "BASE" if written in ("", "DEFAULT") else written
