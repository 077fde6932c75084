"""Header names in their several roles, and header values, which are Envoy format strings (specification 3.12, 3.13)."""

from __future__ import annotations

from functools import lru_cache

from istiolint.admission.values import Problem

_TOKEN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+,-.^_`|~")
"""What a header name may hold. Istio takes the comma, too; HTTP does not, and such a name matches nothing."""

_PSEUDO = frozenset((":method", ":scheme", ":authority", ":path", ":status"))
_CLAIMS = "@request.auth.claims"
_EMPTY = Problem("it is empty")


def is_claim(name: str) -> bool:
    """Whether a header match is on a claim of the request's JWT, such as `@request.auth.claims.sub`."""
    if name[: len(_CLAIMS)].lower() != _CLAIMS:
        return False
    rest = name[len(_CLAIMS) :]
    return len(rest) > 1 if rest[:1] == "." else len(rest) > 2 and rest[0] == "[" and rest[-1] == "]"


@lru_cache(maxsize=1024)
def match_name_problem(name: str) -> Problem | None:
    """Why a match cannot be on this header (specification 3.12)."""
    if name in _PSEUDO or is_claim(name):
        return None
    if name.startswith(":"):
        return Problem("the pseudo-headers are :method, :scheme, :authority, :path and :status")
    if name.lower().startswith(_CLAIMS):
        return Problem("a claim follows, as in @request.auth.claims.group or @request.auth.claims[group]")
    return _token_problem(name)


def set_request_problem(name: str) -> Problem | None:
    """Why this header of a request cannot be added or set; the host can (specification 3.12)."""
    return None if name.lower() in ("host", ":authority") else _pseudo_problem(name)


def change_problem(name: str) -> Problem | None:
    """Why this header of a request cannot be removed, or of a response not be changed (specification 3.12)."""
    if name.lower() == "host":
        return Problem("the host header cannot be changed here")
    return _pseudo_problem(name)


def cors_problem(name: str) -> Problem | None:
    """Why a CORS policy cannot allow or expose this header (specification 3.12)."""
    return None if name == "*" else _token_problem(name)


def probe_problem(name: str) -> Problem | None:
    """Why a readiness probe cannot send this header (specification 3.12, WG009)."""
    if not name:
        return _EMPTY
    for index, char in enumerate(name):
        if not (char.isascii() and (char.isalnum() or char == "-")):
            return Problem("a probe's header has letters, digits and hyphens", (index, index + 1))
    return None


def value_problem(value: str) -> Problem | None:
    """Why Envoy could not read the value of a header to add or set (specification 3.13)."""
    for index, char in enumerate(value):
        if (char < " " and char != "\t") or char == "\x7f":
            return Problem(f"it holds the control character U+{ord(char):04X}", (index, index + 1))
    return _format_problem(value) if "%" in value else None


def _pseudo_problem(name: str) -> Problem | None:
    if not name:
        return _EMPTY
    return Problem("a header that starts with a colon cannot be changed", (0, 1)) if name[0] == ":" else None


def _token_problem(name: str) -> Problem | None:
    if not name:
        return _EMPTY
    for index, char in enumerate(name):
        if char not in _TOKEN:
            shown = {" ": "a space", "\t": "a tab"}.get(char) or (
                f"'{char}'" if char.isprintable() else "a control character"
            )
            return Problem(f"{shown} cannot stand in a header name", (index, index + 1))
    return None


def _format_problem(text: str) -> Problem | None:
    """Scan the `%COMMAND(arguments)%` of a format string as Istio does, its oddities included."""
    at = 0
    while (at := text.find("%", at)) >= 0:
        if text[at + 1 : at + 2] == "%":
            at += 2
            continue
        if at + 1 == len(text):
            return Problem('a single "%" ends it; write "%%" for a percent sign', (at, at + 1))
        end = _variable_end(text, at)
        if isinstance(end, Problem):
            return end
        at = end
    return None


def _variable_end(text: str, start: int) -> int | Problem:
    """Where the variable that opens at `start` ends; or what is wrong with it."""
    unclosed = Problem(
        'a variable such as %REQ(name)% is not closed; write "%%" for a percent sign', (start, len(text))
    )
    at = start + 1
    while at < len(text) and text[at] not in "%(":
        at += 1
    if at == len(text):
        return unclosed
    if text[at] == "%":
        return at + 1
    closed = _arguments_end(text, at + 1)
    if isinstance(closed, Problem):
        return closed
    at = _skip_spaces(text, closed)
    if closed < 0 or at == len(text):
        return unclosed
    if text[at] != "%":
        return Problem('after the arguments of a variable comes "%"', (at, at + 1))
    return at + 1


def _arguments_end(text: str, at: int) -> int | Problem:
    """Where the arguments that start at `at` end, behind the parenthesis; -1 where they never do."""
    at = _skip_spaces(text, at)
    if at == len(text):
        return -1
    state = "array" if text[at] == "[" else "string"  # Istio swallows the first character, whatever it is
    at += 1
    while at < len(text):
        char = text[at]
        if state == "string":
            if char == "\\":
                if at + 1 == len(text):
                    return Problem("a backslash ends it", (at, at + 1))
                at += 1
            elif char == ")":
                return at + 1
            elif char == '"':
                state = "after"
        elif char == " ":
            pass
        elif state == "array":
            if char != '"':
                return Problem("a string in double quotes must follow in the list", (at, at + 1))
            state = "string"
        elif state == "after":
            if char == ",":
                state = "array"
            elif char == "]":
                state = "end"
            else:
                return Problem('"," or "]" must follow the string', (at, at + 1))
        elif char == ")":
            return at + 1
        else:
            return Problem('")" must follow the list', (at, at + 1))
        at += 1
    return -1


def _skip_spaces(text: str, at: int) -> int:
    while 0 <= at < len(text) and text[at] == " ":
        at += 1
    return at
