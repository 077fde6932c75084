"""Is a text a CEL expression? Syntax and macros only, as CEL's own parser judges before any type is known.

Follows the published grammar of the Common Expression Language, without its optional parts (`?.`, `[?]` and
names in backticks), which Istio does not switch on. Unknown names and functions pass.
"""

from __future__ import annotations

import re
from typing import NoReturn

from istiolint.admission.values import Problem
from istiolint.records import NamedTuple

_TOKEN = re.compile(
    r"""
    (?P<space>(?:[ \t\n\f\r]|//[^\n]*)+)
  | (?P<float>[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?)
  | (?P<int>(?:0x[0-9a-fA-F]+|[0-9]+)[uU]?)
  | (?P<string>[bB]?[rR](?:\"{3}(?:.|\n)*?\"{3}|'{3}(?:.|\n)*?'{3}|\"[^\"\n\r]*\"|'[^'\n\r]*')
      |[bB]?(?:\"{3}(?:\\ESC|[^\\])*?\"{3}|'{3}(?:\\ESC|[^\\])*?'{3}
      |\"(?:\\ESC|[^\\\"\n\r])*\"|'(?:\\ESC|[^\\'\n\r])*'))
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<mark>\|\||&&|==|!=|<=|>=|[-<>!+*/%?:.,()\[\]{}])
    """.replace("ESC", r"(?:[abfnrtv\"'\\?`]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})"),
    re.VERBOSE,
)
_RESERVED = frozenset(
    (
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
        "namespace", "return", "var", "void", "while",
    )
)  # fmt: skip
_BINARY = ("&&", "||", "<", "<=", ">", ">=", "==", "!=", "in", "+", "-", "*", "/", "%")
_VARIABLE_MACROS = {"all": (2,), "exists": (2,), "exists_one": (2,), "existsOne": (2,), "map": (2, 3), "filter": (2,)}
_MAX_DEPTH = 100
"""Deeper nesting is not judged (CEL gives up at 250)."""


class _Token(NamedTuple):
    kind: str
    text: str
    offset: int


class _Bad(Exception):
    """Carries the problem out of the recursion."""

    def __init__(self, problem: Problem | None) -> None:
        super().__init__()
        self.problem = problem


def _bad(offset: int, reason: str, length: int = 1) -> _Bad:
    return _Bad(Problem(reason, (offset, offset + length)))


def syntax_problem(expression: str) -> Problem | None:
    """The first thing in `expression` that CEL's grammar does not allow; None where it is an expression."""
    if not expression.strip():
        return Problem("it is empty")
    try:
        parser = _Parser(_tokens(expression))
        parser.expression()
        if parser.token.kind != "end":
            parser.unexpected("an operator or the end")
    except _Bad as bad:
        return bad.problem
    return None


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            quote = text[position] in "\"'"
            reason = "the string does not end, or has an unknown escape" if quote else f"unexpected {text[position]!r}"
            raise _bad(position, reason)
        if match.lastgroup != "space":
            found.append(_Token(str(match.lastgroup), match.group(), position))
        position = match.end()
    found.append(_Token("end", "", len(text)))
    return found


class _Parser:
    """Recursive descent; each method reads one rule of the grammar and says what it was: name, select or other."""

    __slots__ = ("depth", "position", "tokens")

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.position = 0
        self.depth = 0

    @property
    def token(self) -> _Token:
        return self.tokens[self.position]

    def unexpected(self, wanted: str) -> NoReturn:
        token = self.token
        if token.kind == "end":
            raise _bad(max(0, token.offset - 1), f"it ends where {wanted} is needed")
        raise _bad(token.offset, f"{token.text} stands where {wanted} is needed", len(token.text))

    def accept(self, *texts: str) -> bool:
        token = self.token
        if token.kind in ("mark", "name") and token.text in texts:
            self.position += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.accept(text):
            self.unexpected(f"{text!r}")

    def expression(self) -> str:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise _Bad(None)
        kind = self.operation()
        if self.accept("?"):
            self.operation()
            self.expect(":")
            self.expression()
            kind = "other"
        self.depth -= 1
        return kind

    def operation(self) -> str:
        # The operators differ only in precedence, on which no syntax error depends.
        kind = self.unary()
        while self.accept(*_BINARY):
            self.unary()
            kind = "other"
        return kind

    def unary(self) -> str:
        if self.accept("!"):
            while self.accept("!"):
                pass
            if self.token.text == "-" and self.tokens[self.position + 1].kind in ("int", "float"):
                self.position += 1
            self.member()
            return "other"
        if self.accept("-"):
            while self.accept("-"):
                pass
            self.member()
            return "other"
        return self.member()

    def member(self) -> str:
        kind = self.primary()
        while True:
            if self.accept("."):
                name = self.name("a field name")
                if self.accept("("):
                    arguments = self.arguments(")")
                    if len(arguments) in _VARIABLE_MACROS.get(name.text, ()) and arguments[0] != "name":
                        reason = f"the first argument of {name.text}() must be a variable name"
                        raise _bad(name.offset, reason)
                    kind = "other"
                else:
                    kind = "select"
            elif self.accept("["):
                self.expression()
                self.expect("]")
                kind = "other"
            elif kind in ("name", "select") and self.token.text == "{":
                self.position += 1
                self.entries(fields=True)
                kind = "other"
            else:
                return kind

    def name(self, wanted: str) -> _Token:
        token = self.token
        if token.kind != "name" or token.text in ("in", "true", "false", "null"):
            self.unexpected(wanted)
        self.position += 1
        return token

    def primary(self) -> str:
        token = self.token
        if token.kind in ("int", "float", "string"):
            self.position += 1
            if token.kind == "int" and not _fits(token.text):
                raise _bad(token.offset, f"the number {token.text} does not fit 64 bits")
            return "other"
        if self.accept("true", "false", "null"):
            return "other"
        if self.accept("("):
            kind = self.expression()
            self.expect(")")
            return kind
        if self.accept("["):
            self.arguments("]", trailing_comma=True)
            return "other"
        if self.accept("{"):
            self.entries(fields=False)
            return "other"
        self.accept(".")
        name = self.name("an expression")
        if name.text in _RESERVED and self.token.text not in (".", "{"):
            raise _bad(name.offset, f"{name.text!r} is a reserved word")
        if not self.accept("("):
            return "name"
        arguments = self.arguments(")")
        if name.text == "has" and len(arguments) == 1 and arguments[0] != "select":
            raise _bad(name.offset, "has() takes a field, such as has(request.host)")
        return "other"

    def arguments(self, end: str, trailing_comma: bool = False) -> list[str]:
        kinds: list[str] = []
        if self.accept(end):
            return kinds
        while True:
            kinds.append(self.expression())
            if self.accept(end):
                return kinds
            if not self.accept(","):
                self.unexpected(f"',' or {end!r}")
            if trailing_comma and self.accept(end):
                return kinds

    def entries(self, fields: bool) -> None:
        while not self.accept("}"):
            if fields:
                self.name("a field name")
            else:
                self.expression()
            self.expect(":")
            self.expression()
            if self.token.text != "}" and not self.accept(","):
                self.unexpected("',' or '}'")


def _fits(digits: str) -> bool:
    unsigned = digits[-1] in "uU"
    number = int(digits.rstrip("uU"), 16 if digits.startswith("0x") else 10)
    return number < (1 << 64 if unsigned else (1 << 63) + 1)
