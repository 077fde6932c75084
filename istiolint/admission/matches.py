"""String matches: exactly this, starting with this, or this regular expression (specification 3.14, 3.19)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.defects import empty_match, invalid_regex, out_of_range, regex_refused_by_envoy
from istiolint.finding import Defect, Path

MAX_REGEX = 1024
"""Most bytes of a regular expression."""


def check_regex(pattern: str, path: Path) -> Iterator[Defect]:
    """The pattern must be short enough, and valid RE2 (specification 3.14)."""
    if len(pattern) < 256 and pattern.replace("/", "").isalnum():  # no operator, no parser needed
        return
    size = len(pattern.encode(errors="surrogatepass"))
    if size > MAX_REGEX:
        yield out_of_range(path, "the size of the regular expression", f"{size} bytes", f"at most {MAX_REGEX}")
        return
    from istiolint.admission.re2 import scan

    found = scan(pattern)
    if found.problem is not None:
        yield invalid_regex(path, pattern, found.problem)
    elif found.envoy is not None:
        yield regex_refused_by_envoy(path, pattern, found.envoy)


def check_string_match(holder: dict[str, Any], key: str, path: Path, star: bool = False) -> Iterator[Defect]:
    """A match that must have a text; `path` is the path of `holder` (specification 3.19, "full").

    `star`: the regex may be just `*`, which stands for "present" (specification VS031).
    """
    match = holder.get(key)
    if not isinstance(match, dict):
        return
    if match.get("prefix") == "":
        yield empty_match(
            (*path, key, "prefix"), "prefix", "every text starts with nothing; name a prefix, or drop the match"
        )
    if not (star and match.get("regex") == "*"):
        yield from check_regex_only(holder, key, path)


def check_regex_only(holder: dict[str, Any], key: str, path: Path) -> Iterator[Defect]:
    """A match of which only the regular expression is checked (specification 3.19, "regex-only")."""
    match = holder.get(key)
    regex = match.get("regex") if isinstance(match, dict) else None
    if not isinstance(regex, str):
        return
    if regex:
        yield from check_regex(regex, (*path, key, "regex"))
    else:
        yield empty_match((*path, key, "regex"), "regex", "write .* where everything matches, or drop the match")
