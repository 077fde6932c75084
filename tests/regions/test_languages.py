"""Languages: what is in them, what may follow, what is shortest; and expressions of RE2 as languages."""

import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from istiolint.regions import languages as l
from istiolint.regions.domains import HOST, METHOD, header_values, hosts, paths
from istiolint.regions.languages import ALL, ANYTHING, EMPTY, NOTHING, Language
from istiolint.regions.minterms import Domain, minterms
from istiolint.regions.re2_language import found_in, re2_language
from istiolint.trace.patterns import full_match, normalise

LETTERS = "ab/"
SHORT = ["".join(it) for size in range(5) for it in product(LETTERS, repeat=size)]
"""All texts of these letters that are short."""

TEXTS = st.text(LETTERS, max_size=3)
LEAVES = st.one_of(
    st.sampled_from([NOTHING, EMPTY, ANYTHING]), TEXTS.map(l.exact), TEXTS.map(l.prefix), TEXTS.map(l.suffix),
    st.sets(st.sampled_from(LETTERS)).map(l.char_set).map(l.chars), TEXTS.map(l.folded),
)  # fmt: skip


def combined(inner: st.SearchStrategy[Language]) -> st.SearchStrategy[Language]:
    return st.one_of(
        st.builds(l.union, inner, inner), st.builds(l.both, inner, inner), st.builds(l.then, inner, inner),
        st.builds(l.without, inner), st.builds(l.minus, inner, inner),
        st.builds(l.repeat, inner, st.integers(0, 2), st.none()),
        inner.flatmap(lambda it: st.builds(l.repeat, st.just(it), st.integers(0, 1), st.integers(1, 3))),
    )  # fmt: skip


TREES = st.recursive(LEAVES, combined, max_leaves=6)


def some(language: Language) -> set[str]:
    return {text for text in SHORT if text in language}


@given(TREES, TREES)
def test_sets_are_combined(one: Language, other: Language) -> None:
    assert some(l.union(one, other)) == some(one) | some(other)
    assert some(l.both(one, other)) == some(one) & some(other)
    assert some(l.minus(one, other)) == some(one) - some(other)
    assert some(l.without(one)) == set(SHORT) - some(one)


@given(TREES, TREES)
def test_texts_are_joined(one: Language, other: Language) -> None:
    joined = l.then(one, other)
    for text in SHORT[:40]:
        assert (text in joined) == any(text[:at] in one and text[at:] in other for at in range(len(text) + 1))


@given(TREES, TEXTS, TEXTS)
def test_a_derivative_has_the_rests(language: Language, begin: str, rest: str) -> None:
    assert (rest in l.derive(language, begin)) == (begin + rest in language)


@settings(max_examples=200)
@given(TREES)
def test_the_shortest_text_is_there_and_none_is_shorter(language: Language) -> None:
    found = l.shortest(language, l.char_set(LETTERS))
    short = some(language)
    if found is None:
        assert not short
        assert l.is_empty(language, l.char_set(LETTERS))
    else:
        assert found in language
        assert all(len(found) <= len(text) for text in short)


def test_people_can_read_what_is_found() -> None:
    pattern = re2_language("/api/v[0-9]+/(users|posts)/[^/]+")
    assert pattern is not None
    assert l.shortest(pattern) == "/api/v1/posts/x"
    assert l.shortest(l.minus(l.prefix("/a"), l.union(l.exact("/a"), l.prefix("/a/")))) == "/ax"


def test_a_search_ends() -> None:
    language = l.ANYTHING
    for character in "abcdefghijkl":
        language = l.both(language, l.then(ANYTHING, l.exact(character), l.repeat(l.chars(ALL), 9, 9)))
    with pytest.raises(l.TooMany):
        l.shortest(language, budget=300)
    assert not minterms((language,), Domain(), 50).complete


# Minterms


@settings(max_examples=200)
@given(st.lists(TREES, max_size=4))
def test_every_choice_has_a_text(languages: list[Language]) -> None:
    found = minterms(tuple(languages), Domain(alphabet=l.char_set(LETTERS)))
    assert found.complete
    for vector, text in found.texts.items():
        assert vector == sum(1 << at for at, it in enumerate(languages) if text in it)
    for text in SHORT:
        assert sum(1 << at for at, it in enumerate(languages) if text in it) in found.texts


def test_known_texts_come_first() -> None:
    found = minterms((l.exact("GET"), l.prefix("P")), METHOD)
    assert found.texts[0b01] == "GET"
    assert found.texts[0b10] == "POST"
    assert found.texts[0b00] == "DELETE"


# Domains


@given(
    st.lists(TREES | st.sampled_from([l.exact("/a.b"), l.suffix(".."), l.prefix("/%2e"), l.suffix("%2F")]), max_size=3),
    st.sampled_from(["NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"]),
)  # fmt: skip
def test_paths_are_as_a_proxy_sees_them(languages: list[Language], mode: str) -> None:
    for text in minterms(tuple(languages), paths(languages, mode)).texts.values():
        assert text.startswith("/")
        assert normalise(text, mode) == text


@pytest.mark.parametrize("path", ["/", "/a//b", "/a.b", "/..a/b", "/a%2Fb", "/a%20", "/%zz", "/a/.../b", "/~"])
def test_plain_paths_are_paths(path: str) -> None:
    assert path in paths([l.exact("."), l.exact("%")], "BASE").language


@pytest.mark.parametrize("path", ["", "a", "/./a", "/a/..", "/a/../b", "/.", "/%41", "/%2f"])
def test_what_a_proxy_rewrites_is_none(path: str) -> None:
    assert path not in paths([l.exact("."), l.exact("%")], "BASE").language


def test_headers_have_no_space_around_them() -> None:
    domain = header_values([l.prefix("a b")])
    assert [it in domain.language for it in ("", "a", "a b", " a", "a ")] == [True, True, True, False, False]


def test_names_of_hosts() -> None:
    wild = hosts("*.example.com", 80).language
    assert [it in wild for it in ("a.example.com", "a.example.com:80", "example.com", ".example.com", "a:80")] == [
        True, True, False, False, False,
    ]  # fmt: skip
    assert l.shortest(hosts("", 80).language, HOST) == "x"


# RE2

ATOMS = st.sampled_from(
    ["a", "b", "/", ".", "[ab]", "[^a]", "[^a-c/]", r"\d", r"\w", r"\S", r"\.", "[[:alpha:]]", "[]a]", "[a-]", r"\x61",
     r"\Qa.\E", "()", "[[:^digit:]b]", r"[\d-]", "(?i)a", "(?i:B)", "(?s).", r"\141"]
)  # fmt: skip
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("{}{}".format, inner, inner), st.builds("(?:{}|{})".format, inner, inner),
        st.builds("({}){}".format, inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{0,}", "*?", "+?"])),
        st.builds("(?P<n>{})".format, st.just("ab")),
    ),
    max_leaves=5,
)  # fmt: skip


@settings(max_examples=400)
@given(PATTERNS, st.lists(st.text("abAB/.1-\n \u00e9", max_size=5), min_size=1, max_size=20))
def test_expressions_take_what_re2_takes(pattern: str, texts: list[str]) -> None:
    language = re2_language(pattern)
    assert language is not None
    for text in texts:
        assert (text in language) == full_match(pattern, text), (pattern, text)


@pytest.mark.parametrize(
    "pattern",
    [
        "^/a$",
        "^/a",
        "/a$",
        "(^|/)a",
        "/a($|/.*)",
        "/a(/.*)?$",
        "^(/a|/b)$",
        r"\A/a\z",
        "a|^b|c$",
        "/a{,2}",
        "/a{x}",
        "(|a)b",
        "a||b",
    ],
)
def test_anchors_at_the_ends_say_nothing(pattern: str) -> None:
    language = re2_language(pattern)
    assert language is not None
    for text in ("/a", "/", "a", "/a/", "/a/b", "/b", "b", "c", "ab", "", "/a{,2}", "/a{x}", "/aa"):
        assert (text in language) == full_match(pattern, text), text


@pytest.mark.parametrize(
    "pattern", ["a", "^a", "a$", "^a$", "a|b", "[ab]+", r"\Aa", "^a|b", "a|b$", "^(a|b)$", "", "x|^"]
)
def test_expressions_are_found_in_texts(pattern: str) -> None:
    language = found_in(pattern)
    assert language is not None
    for text in ("", "a", "b", "xa", "ax", "xay", "xbx", "aa", "\na"):
        assert (text in language) == (re.search(pattern, text) is not None), text


@pytest.mark.parametrize(
    "pattern", [r"\ba", r"a\bb", r"\pL", "a^b", "a$b", "(^a)*", "(?m)^a", "é", r"\x{e9}", "(", "a**", r"[\pN]"]
)
def test_what_is_not_modelled_is_none(pattern: str) -> None:
    assert re2_language(pattern) is None
