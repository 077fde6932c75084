import pytest
from hypothesis import given
from hypothesis import strategies as st

from istiolint.mesh.names import (
    HostMap,
    cluster_name,
    complete,
    declared,
    gateway_reference,
    overlap,
    shown,
    specificity,
    visible,
    within,
)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("reviews", "reviews.shop.svc.cluster.local"),
        ("reviews.prod", "reviews.prod"),
        ("reviews.prod.svc", "reviews.prod.svc"),
        ("reviews.prod.svc.cluster.local", "reviews.prod.svc.cluster.local"),
        ("*", "*"),
        ("*.example.com", "*.example.com"),
        ("10.0.0.1", "10.0.0.1"),
        ("fd00::1", "fd00::1"),
        ("", ""),
    ],
)
def test_only_dotless_names_are_completed(host: str, expected: str) -> None:
    assert complete(host, "shop") == expected


def test_domain_is_a_setting() -> None:
    assert complete("a", "n", "corp.internal") == "a.n.svc.corp.internal"
    assert cluster_name("a.n.svc.corp.internal", "corp.internal") == ("a", "n")
    assert cluster_name("a.n.svc.cluster.local", "corp.internal") is None


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("reviews.shop.svc.cluster.local", ("reviews", "shop")),
        ("reviews..svc.cluster.local", ("reviews", "")),
        ("*.shop.svc.cluster.local", None),
        ("a.b.c.svc.cluster.local", None),
        ("svc.cluster.local", None),
        ("reviews.shop", None),
    ],
)
def test_parts_of_a_service_name(host: str, expected: object) -> None:
    assert cluster_name(host) == expected


def test_names_without_namespace_are_shown_short() -> None:
    assert shown(complete("reviews", "")) == "reviews"
    assert shown("reviews.shop.svc.cluster.local") == "reviews.shop.svc.cluster.local"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a.com", "a.com", True),
        ("*.foo.com", "a.foo.com", True),
        ("*.foo.com", "foo.com", False),
        ("*foo.com", "barfoo.com", True),
        ("*", "anything", True),
        ("*.foo.com", "*.a.foo.com", True),
        ("*.foo.com", "*.bar.com", False),
        ("a.com", "b.com", False),
    ],
)
def test_overlap(one: str, other: str, expected: bool) -> None:
    assert overlap(one, other) is expected
    assert overlap(other, one) is expected


def test_a_wildcard_is_never_within_an_exact_name() -> None:
    assert within("a.foo.com", "*.foo.com")
    assert within("*.a.foo.com", "*.foo.com")
    assert not within("*.foo.com", "a.foo.com")
    assert not within("*.foo.com", "*.a.foo.com")


def test_most_specific_first() -> None:
    hosts = ["*", "b.com", "*.a.com", "*.com", "a.b.com"]
    assert sorted(hosts, key=specificity) == ["a.b.com", "b.com", "*.a.com", "*.com", "*"]


hosts = st.lists(st.sampled_from(["a", "b", "foo", "com"]), min_size=1, max_size=4).flatmap(
    lambda parts: st.sampled_from([".".join(parts), "*." + ".".join(parts), "*"])
)


@given(st.lists(hosts, unique=True), hosts)
def test_the_index_agrees_with_the_definitions(keys: list[str], host: str) -> None:
    index: HostMap[str] = HostMap()
    for key in keys:
        index.add(key, key)
    covering = sorted((key for key in keys if within(host, key)), key=specificity)
    assert [key for key, _ in index.entries(host)] == covering
    assert index.best(host) == covering[:1]
    assert {key for key, _ in index.overlapping(host)} == {key for key in keys if overlap(host, key)}
    assert index.get(host) == [key for key in keys if key == host]


@pytest.mark.parametrize(
    ("words", "viewer", "expected"),
    [
        ((), "web", True),
        (("*", "~"), "web", True),
        ((".",), "web", False),
        ((".",), "shop", True),
        (("web",), "web", True),
        (("web",), "shop", False),
        (("~", "web"), "web", False),
        ((".",), "", True),
    ],
)
def test_export_words(words: tuple[str, ...], viewer: str, expected: bool) -> None:
    assert visible(words, "shop", viewer) is expected


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("mesh", "mesh"),
        ("public", "shop/public"),
        ("./public", "shop/public"),
        ("istio-system/public", "istio-system/public"),
        ("public.istio-system", "istio-system/public"),
        ("public.istio-system.svc.cluster.local", "istio-system/public"),
    ],
)
def test_gateway_references(reference: str, expected: str) -> None:
    assert gateway_reference(reference, "shop") == expected


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*.googleapis.com", "storage.googleapis.com", True),
        ("*.googleapis.com", "googleapis.com", False),
        ("a*c*e", "abcde", True),
        ("a*c*e", "abde", False),
        ("redis-*", "redis-0", True),
        ("redis", "redis", True),
        ("re[d]is", "redis", False),
        ("ab*ba", "aba", False),
    ],
)
def test_declared_patterns(pattern: str, text: str, expected: bool) -> None:
    assert declared([pattern], text) is expected
