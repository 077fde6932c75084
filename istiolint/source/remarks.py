"""Comments that speak to istiolint: `# istiolint: ignore[rule] reason`, and which lines they are about.

Behind something, such a comment is about its own line. On a line of its own it is about what begins on the next line:
the whole entry or list item, or the whole document where it stands before the document's first key. `ignore-file` is
about the whole file, wherever it stands. Without brackets, every rule is meant.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Literal

from istiolint.records import NamedTuple
from istiolint.source.text import SourceText

Kind = Literal["line", "block", "file", "malformed"]

_REMARK = re.compile(
    r"#[ \t]*(?P<name>[Ii]stio[Ll]int)(?P<colon>[ \t]*:)?[ \t]*"
    r"(?P<said>(?P<word>[A-Za-z][\w-]*)[ \t]*(?:\[(?P<rules>[^\]\r\n]*)\])?)(?P<reason>[^\r\n]*)"
)
_BLOCK_HEADER = re.compile(r"(?:[!&]\S*[ \t]+)*[|>][-+0-9]*[ \t]+")
_MARKER = re.compile(r"(?:---|\.\.\.)(?=[ \t]|$)")
_MEANT = ("ignore", "ignore-file", "ignore-line", "ignore-next-line", "disable", "disable-line", "disable-next-line",
          "noqa", "nolint", "skip", "suppress", "allow")  # fmt: skip
"""Words that surely were meant to silence something; any other text after `istiolint:` is let be."""
_RULE_LIKE = re.compile(r"[ \t]*(?:\[|[a-z]+(?:-[a-z]+)+|(?:IST|KIA)\d{4})")
"""What follows the word where the colon was forgotten, and not just a sentence about istiolint."""


NAMES = ("istiolint", "stioLint", "Istiolint")
"""What a text has that has a remark."""


class Remark(NamedTuple):
    """One comment. Lines and columns start at 1, offsets count characters of the decoded text, ends are exclusive."""

    kind: Kind
    rules: tuple[str, ...]
    """What stands in brackets, as written; empty where every rule is meant."""
    reason: str
    line: int
    column: int
    end_column: int
    """Where the reason begins."""
    first: int
    last: int
    """The lines (last included) whose findings it silences; none where `last` is smaller."""
    start: int
    end: int
    """What to delete to be rid of it: with the blanks before it, and the line if there is nothing else on it."""
    listed: tuple[int, int]
    """Where the text in brackets stands."""


def find_remarks(text: str, scalars: Sequence[tuple[int, int]] | None = None) -> list[Remark]:
    """All remarks of a file, in order.

    `scalars` are the ranges of the keys and values of the text, in order; they are read from it where not given, which
    happens only if the text holds something like a remark.
    """
    if not any(name in text for name in NAMES):
        return []
    found = list(_REMARK.finditer(text))
    if found and scalars is None:
        from istiolint.source.reader import scalar_ranges

        scalars = scalar_ranges(text)
    source = SourceText("", text)
    below: dict[int, tuple[int, int]] = {}
    remarks = [_remark(source, match, below) for match in found if not _quoted(text, match.start(), scalars or ())]
    return [remark for remark in remarks if remark is not None]


def _quoted(text: str, offset: int, scalars: Sequence[tuple[int, int]]) -> bool:
    """Whether the `#` at `offset` is part of a value."""
    at = bisect_right(scalars, (offset, len(text) + 1)) - 1
    if at < 0 or offset >= scalars[at][1]:
        return False
    return not _BLOCK_HEADER.fullmatch(text, scalars[at][0], offset)


def _remark(source: SourceText, match: re.Match[str], below: dict[int, tuple[int, int]]) -> Remark | None:
    text = source.text
    line, column = source.position(match.start())
    line_start = source.starts[line - 1]
    before = text[line_start : match.start()]
    alone = before.lstrip(" \t")[:1] in ("", "#")
    word, reason = match["word"], match["reason"].strip(" \t:\u2013\u2014-")
    listed = match.span("rules") if match["rules"] is not None else (match.end("said"), match.end("said"))
    rules = tuple(rule for rule in re.split(r"[,\s]+", match["rules"] or "") if rule)
    kind: Kind = "malformed"
    first, last = 1, 0
    if match["colon"] is None or match["name"] != "istiolint":
        rest = text[match.end("word") : match.end()]
        if word.lower() not in _MEANT or not (match["colon"] or _RULE_LIKE.match(rest)):
            return None
    elif word == "ignore-file":
        kind, first, last = "file", 1, len(source.starts)
    elif word == "ignore" and alone:
        kind, (first, last) = "block", _below(source, line, below)
    elif word == "ignore":
        kind, first, last = "line", line, line
    elif not _meant(word):
        return None
    if (match["rules"] is not None and not rules) or match["reason"].startswith("["):
        kind, first, last = "malformed", 1, 0
    start, end = match.start() - (len(before) - len(before.rstrip(" \t"))), match.end()
    if start == line_start:
        end = source.starts[line] if line < len(source.starts) else len(text)
    said_end = source.position(match.end("said"))[1]
    return Remark(kind, rules, reason, line, column, said_end, first, last, start, end, listed)


def _meant(word: str) -> bool:
    """Whether a word is a slip of the pen for one that silences."""
    from difflib import get_close_matches

    return bool(get_close_matches(word.lower(), _MEANT, 1, 0.75))


def _below(source: SourceText, line: int, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """First and last line of what begins below the comment on `line`; (1, 0) where nothing does.

    `known` has the answers for lines of earlier comments, and for those of one run of comments there is one answer.
    """
    if line not in known:
        first, last = _block(source, line)
        known.update(dict.fromkeys(range(line, first if first > line else len(source.starts) + 1), (first, last)))
    return known[line]


def _block(source: SourceText, line: int) -> tuple[int, int]:
    count = len(source.starts)
    opens = _opens_document(source, line)
    first = line + 1
    while first <= count:
        stripped = source.line(first).strip(" \t")
        if _MARKER.match(source.line(first)):
            opens = True
            if stripped[3:].strip(" \t")[:1] not in ("", "#"):
                break
        elif stripped and stripped[0] not in "#%":
            break
        first += 1
    else:
        return 1, 0
    last = first
    start = source.line(first)
    indent, is_item = _indent(start), _is_item(start)
    for number in range(first + 1, count + 1):
        text = source.line(number)
        stripped = text.strip(" \t")
        if _MARKER.match(text):
            break
        if not stripped or stripped[0] == "#":
            continue
        depth = _indent(text)
        belongs = depth > indent or (depth == indent and (stripped[0] in "]}" or (_is_item(text) and not is_item)))
        if not (opens or belongs):
            break
        last = number
    return first, last


def _opens_document(source: SourceText, line: int) -> bool:
    """Whether nothing of a document stands above `line`."""
    for number in range(line - 1, 0, -1):
        text = source.line(number)
        if _MARKER.match(text):
            return text[3:].strip(" \t")[:1] in ("", "#")
        if text.strip(" \t") and text.lstrip(" \t")[0] not in "#%":
            return False
    return True


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip(" "))


def _is_item(text: str) -> bool:
    stripped = text.strip(" \t")
    return stripped == "-" or stripped.startswith(("- ", "-\t"))
