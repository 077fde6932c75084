"""What libyaml complains of, in words for who has to mend it, and at the place where the cause is."""

from __future__ import annotations

import re
from collections.abc import Callable

from istiolint.records import NamedTuple

Said = tuple[int, int, str]
"""Start and end of the place, and the reason."""

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2022\u00b7"
_BLANKS = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u202f\u3000\ufeff"
_PASTED = re.compile(
    rf"^[ ]*(?P<blank>[{_BLANKS}])|^[ {_BLANKS}]*(?P<dash>[{_DASHES}])[ ]|(?P<colon>[\uff1a])", re.MULTILINE
)
"""Characters of formatted text that look like those of YAML: what was pasted from a web page or a mail has them."""
_FAR = 2000
"""So many characters before the error they are looked for."""


class _Error(NamedTuple):
    """An error of libyaml: where it stopped, where what it was reading began, and what it says."""

    text: str
    base: int
    at: int
    began: int | None
    context: str
    problem: str

    @property
    def line(self) -> int:
        """The number of the line where it began."""
        return self.text.count("\n", 0, self.began or 0) + 1


def explain(error: Exception, text: str, base: int) -> Said:
    """The place and the reason of a syntax error of a text that was read from offset `base` on."""
    mark, began = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    mark = mark or began
    at = min(base + mark.index, len(text)) if mark is not None else base
    context, problem = str(getattr(error, "context", None) or ""), str(getattr(error, "problem", None) or "")
    its = _Error(text, base, at, None if began is None else min(base + began.index, len(text)), context, problem)
    return _pasted(its) or _known(its) or _char(its, " ".join(filter(None, (context, problem))) or "this is not YAML")


def _known(its: _Error) -> Said | None:
    return next((say(its) for words, say in _WORDS if words in f"{its.context}: {its.problem}"), None)


def _char(its: _Error, reason: str, at: int | None = None) -> Said:
    """The reason, at one character (at the end of a line: between two)."""
    at = its.at if at is None else at
    return at, at + 1 if at < len(its.text) and its.text[at] not in "\r\n" else at, reason


def _rest_of_line(its: _Error, at: int, reason: str) -> Said:
    found = re.compile(r"[^\r\n]*").match(its.text, at)
    end = found.end() if found else at
    return at, len(its.text[:end].rstrip()) if its.text[at:end].strip() else end, reason


def _pasted(its: _Error) -> Said | None:
    """A character that looks like one of YAML's, shortly before the error."""
    if "flow" in its.context or "quoted" in its.context:
        return None
    start = its.text.rfind("\n", 0, max(its.base, its.at - _FAR)) + 1
    line_end = its.text.find("\n", its.at)
    all_found = list(_PASTED.finditer(its.text, max(start, its.base), line_end if line_end >= 0 else len(its.text)))
    if not all_found:
        return None
    found = all_found[-1]
    name = str(found.lastgroup)
    instead = {
        "blank": "a blank that is not the plain one stands here; write spaces",
        "dash": f'"{found[name]}" is no hyphen; write "-"',
        "colon": f'"{found[name]}" is no colon; write ": "',
    }[name]
    return found.start(name), found.end(name), instead


# One function for each complaint of libyaml that manifests bring about


def _no_token(its: _Error) -> Said:
    char = its.text[its.at : its.at + 1]
    if char == "\t":
        return _tab(its)
    return _char(its, f'a value cannot begin with "{char}"; put it in quotes')


def _tab(its: _Error) -> Said:
    start = its.text.rfind("\n", 0, its.at) + 1
    at = its.text.find("\t", start)
    at = its.at if at < 0 else at
    found = re.compile(r"\t*").match(its.text, at)
    return at, max(at + 1, found.end() if found else 0), "lines cannot be indented with tabs; write spaces"


def _open_quote(its: _Error) -> Said:
    at = its.began if its.began is not None else its.at
    return _char(its, f"this quote ({its.text[at : at + 1]}) is not closed", at)


def _open_bracket(its: _Error) -> Said:
    began = its.began if its.began is not None else its.at
    return _char(
        its, f'the "{its.text[began : began + 1]}" of line {its.line} is not closed, or a comma is missing here'
    )


def _no_colon(its: _Error) -> Said:
    at = its.began if its.began is not None else its.at
    return _rest_of_line(its, at, 'a key needs ": " and a value behind it')


def _second_colon(its: _Error) -> Said:
    start = its.text.rfind("\n", 0, its.at) + 1
    before = its.text[start : its.at]
    if ":" in before:
        return _char(its, 'a second ":" in this value; put the value in quotes, or the rest on a line of its own')
    above_start = its.text.rfind("\n", 0, max(0, start - 1)) + 1
    above = its.text[above_start : max(0, start - 1)]
    indent = len(above) - len(above.lstrip())
    if start and above.strip() and len(before) - len(before.lstrip()) <= indent:
        joined = re.compile(r"[\w.\"'-]+(:)\S").match(above, indent)
        if joined:
            return above_start + joined.start(1), above_start + joined.end(1), 'a blank is missing behind ":"'
        return above_start + indent, above_start + len(above.rstrip()), 'a key needs ": " and a value behind it'
    if above.strip() and ":" not in above:
        return above_start + indent, above_start + len(above.rstrip()), 'a key needs ":" behind it'
    at = start + len(before) - len(before.lstrip())
    return _rest_of_line(its, at, "indented further than the lines it belongs to")


def _no_key(its: _Error) -> Said:
    line = its.text[its.text.rfind("\n", 0, its.at) + 1 : its.at]
    if line.strip():
        return _char(its, "nothing can follow here; put the whole value in quotes, or the rest on a line of its own")
    above = _line_with_joined_dash(its)
    if above is not None:
        return above
    return _rest_of_line(its, its.at, "indented like none of the lines above that it could belong to")


def _line_with_joined_dash(its: _Error) -> Said | None:
    """`-b: 1`, after which a list cannot go on."""
    start = its.text.rfind("\n", 0, its.at) + 1
    above = its.text.rfind("\n", 0, max(0, start - 1)) + 1
    found = re.compile(r"[ ]*-(?=[A-Za-z])").match(its.text, above)
    if found is None or found.end() > start:
        return None
    return found.end() - 1, found.end(), 'a blank is missing behind "-"'


def _no_dash(its: _Error) -> Said:
    return _rest_of_line(
        its, its.at, 'the list above goes on here, so that this line needs "- ", or another indentation'
    )


def _dash_in_value(its: _Error) -> Said:
    return _char(its, 'a list begins on the line below its key; put "- " there')


def _alias(its: _Error) -> Said:
    at = its.began if its.began is not None else its.at
    found = re.compile(r"[^\s,\]}]*").match(its.text, at)
    written = found[0] if found else "*"
    return at, at + max(1, len(written)), f'a value that begins with "{written[:1]}" needs quotes: "{written}"'


def _stray_bracket(its: _Error) -> Said:
    return _char(its, f'"{its.text[its.at : its.at + 1]}" closes nothing; put it in quotes, or remove it')


def _no_document(its: _Error) -> Said:
    return _rest_of_line(its, its.at, 'a document has ended above; put "---" on a line before this one')


_WORDS: tuple[tuple[str, Callable[[_Error], Said]], ...] = (
    ("cannot start any token", _no_token),
    ("found a tab character", _tab),
    ("scanning a quoted scalar: found unexpected", _open_quote),
    ("did not find expected ',' or", _open_bracket),
    ("could not find expected ':'", _no_colon),
    ("mapping values are not allowed", _second_colon),
    ("parsing a block mapping: did not find expected key", _no_key),
    ("did not find expected '-' indicator", _no_dash),
    ("block sequence entries are not allowed", _dash_in_value),
    ("scanning an alias", _alias),
    ("scanning an anchor", _alias),
    ("did not find expected node content", _stray_bracket),
    ("did not find expected <document start>", _no_document),
)
