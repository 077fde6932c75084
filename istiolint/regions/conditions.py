"""The conditions of a route as a product: what it asks of a request's path, method, headers, parameters, token."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from istiolint.regions.languages import (
    ANYTHING,
    EMPTY,
    NOTHING,
    Language,
    exact,
    folded,
    prefix,
    then,
    union,
    without,
)
from istiolint.regions.products import (
    AUTHORITY,
    EVERYTHING,
    HEADER,
    METHOD,
    NEVER,
    PATH,
    QUERY,
    Product,
    Test,
    claim,
    claim_test,
)
from istiolint.regions.re2_language import re2_language
from istiolint.trace.matching import claim_path

if TYPE_CHECKING:
    from istiolint.trace.matching import Condition, HeaderTest
    from istiolint.trace.patterns import Text

PSEUDO = {":method": METHOD, ":authority": AUTHORITY}


@lru_cache(maxsize=4096)
def of_condition(condition: Condition, scheme: str = "http") -> Product:
    """The requests that a condition takes; `scheme` is that of the connection.

    What has no language here (an expression that is not modelled, a text that is not of ASCII) stays in it as a
    pattern, which can be asked of a request, but not reasoned about: the product is not `exact`.
    """
    tests = []
    if (path := _path_test(condition)) is not None:
        tests.append(path)
    for it in condition.headers:
        if it.name == ":scheme":
            if not it.test.holds(scheme):
                return NEVER
        else:
            tests.append(_header_test(it))
    tests += [_text_test(QUERY + name, it) for name, it in condition.queries]
    tests += [_claim_test(it) for it in condition.claims]
    return Product(tuple(dict.fromkeys(tests))) if tests else EVERYTHING


def _path_test(condition: Condition) -> Test | None:
    """The test of the path; None: every path is taken."""
    form, value = condition.path
    if form == "prefix" and value in ("", "/"):
        return None
    if not value.isascii():
        escaped = _pattern(condition.path)
        folding = "(?i)" if condition.ignore_case and form != "regex" else ""
        return Test(PATH, ANYTHING, pattern=folding + escaped)
    if form == "regex":
        return _text_test(PATH, condition.path)
    literal = folded(value) if condition.ignore_case else exact(value)
    if form == "exact":
        return Test(PATH, literal)
    if condition.segments:
        return Test(PATH, then(literal, union(EMPTY, prefix("/"))))
    return Test(PATH, then(literal, ANYTHING))


def language_of(text: Text) -> Language | None:
    """The texts for which a condition holds; None: they have no language here."""
    if text.form == "present":
        return ANYTHING
    if text.form == "regex":
        return re2_language(text.value)
    if not text.value.isascii():
        return None
    return exact(text.value) if text.form == "exact" else prefix(text.value)


def _pattern(text: Text) -> str:
    """A condition as an expression."""
    if text.form == "regex":
        return text.value
    escaped = "".join(it if it.isalnum() or not it.isascii() else f"\\{it}" for it in text.value)
    return escaped if text.form == "exact" else f"(?s){escaped}.*"


def _text_test(dimension: str, text: Text) -> Test:
    language = language_of(text)
    return Test(dimension, ANYTHING, pattern=_pattern(text)) if language is None else Test(dimension, language)


def _header_test(it: HeaderTest) -> Test:
    dimension = PSEUDO.get(it.name, AUTHORITY if it.name[:1] == ":" else HEADER + it.name)
    if not it.without:
        return _text_test(dimension, it.test)
    if it.test.form == "present":
        return Test(dimension, NOTHING, missing=True)
    missing = not it.test.holds("")
    language = language_of(it.test)
    if language is None:
        return Test(dimension, ANYTHING, missing, _pattern(it.test), True)
    return Test(dimension, without(language), missing)


def _claim_test(it: HeaderTest) -> Test:
    path, language = claim_path(it.name), language_of(it.test)
    if language is None:
        return Test(claim(path), ANYTHING, it.without, _pattern(it.test), it.without)
    return claim_test(path, language, it.without)
