"""Paths before and after a route's rewrite: which requests have, once rewritten, a path of some language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.read import dig, mapping, sequence, text
from istiolint.records import NamedTuple
from istiolint.regions.languages import ANYTHING, EMPTY, NOTHING, Language, derive, exact, folded, then, union
from istiolint.trace.patterns import normalise

if TYPE_CHECKING:
    from istiolint.trace.matching import Condition
    from istiolint.trace.routes import Route


class Rewrite(NamedTuple):
    """What becomes of the paths that a route takes."""

    before: str | None = None
    """What they begin with, and lose; None: the whole path."""
    after: str | None = None
    """What comes instead; None: they stay as they are."""
    ignore_case: bool = False
    known: bool = True
    """Whether this says all; not so where an expression replaces what it finds."""

    def back(self, language: Language) -> Language | None:
        """The paths of which the rewrite makes one of a language; None: not known."""
        if not self.known:
            return None
        if self.after is None:
            return language
        if self.before is None:
            return ANYTHING if self.after in language else NOTHING
        rest = derive(language, self.after)
        if not self.after:
            rest = union(_rooted(rest), EMPTY if "/" in language else NOTHING)
        return then(folded(self.before) if self.ignore_case else exact(self.before), rest)


def _rooted(rest: Language) -> Language:
    """Of what is left of a path the part that begins with a slash."""
    return then(exact("/"), derive(rest, "/"))


SAME = Rewrite()
UNKNOWN = Rewrite(known=False)


def rewrite_of(route: Route, mode: str) -> Rewrite:
    """The rewrite of a route, for a `meshConfig.pathNormalization`."""
    action, condition = route.entry.action, route.match.condition
    if route.entry.source is not None:
        filters = [it for it in sequence(action.get("filters")) if text(dig(it, "type")) == "URLRewrite"]
        return _of_filter(dig(filters[0], "urlRewrite", "path"), condition, mode) if filters else SAME
    rewrite = mapping(action.get("rewrite"))
    if isinstance(rewrite.get("uriRegexRewrite"), dict):
        return UNKNOWN
    uri = text(rewrite.get("uri"))
    if not uri:
        return SAME
    if condition.path.form != "prefix":
        return _checked(Rewrite(None, uri), mode)
    return _checked(Rewrite(condition.path.value, uri, condition.ignore_case), mode)


def substituted(route: Route) -> str:
    """The expression by which a VirtualService's route replaces parts of paths; empty: there is none."""
    return text(dig(route.entry.action, "rewrite", "uriRegexRewrite", "match")) if route.entry.source is None else ""


def _of_filter(written: object, condition: Condition, mode: str) -> Rewrite:
    if isinstance(full := dig(written, "replaceFullPath"), str):
        return _checked(Rewrite(None, full), mode)
    if isinstance(replacement := dig(written, "replacePrefixMatch"), str):
        before = condition.path.value
        return _checked(Rewrite("" if before == "/" else before, replacement.rstrip("/")), mode)
    return SAME


def _checked(rewrite: Rewrite, mode: str) -> Rewrite:
    """A rewrite, unless what it makes is changed once more."""
    after, before = rewrite.after or "", rewrite.before or ""
    if "?" in after or "#" in after or not (after + before).isascii() or normalise(f"{after}x", mode) != f"{after}x":
        return UNKNOWN
    if "MERGE" in mode and rewrite.before is not None and after.endswith("/") and not before.endswith("/"):
        return UNKNOWN
    return rewrite
