"""Host names: the forms that each place allows, the characters to blame, and what covers what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from istiolint.admission.hosts import (
    fqdn_problem,
    is_label,
    is_partial_wildcard,
    is_subset,
    label_problem,
    overlap,
    sni_problem,
    wildcard_domain_problem,
)

LONG = "a" * 63
HOSTS = st.text(alphabet="ab*.-1", max_size=8)


@pytest.mark.parametrize("label", ["a", "A", "0", "a-b", "a--b", LONG])
def test_labels(label: str) -> None:
    assert is_label(label)
    assert label_problem(label) is None


@pytest.mark.parametrize("label", ["", "-a", "a-", "a.b", "a_b", "ä", "a b", "a\n", "*", LONG + "a"])
def test_no_labels(label: str) -> None:
    assert not is_label(label)
    assert label_problem(label) is not None


@pytest.mark.parametrize("host", ["foo", "foo.bar", "foo.", "1.a", "a.1b", "1.2.3.4.", f"{LONG}.{LONG}.com"])
def test_domain_names(host: str) -> None:
    assert fqdn_problem(host) is None


@pytest.mark.parametrize(
    "host", ["", ".", "a..b", "123", "1.2.3.4", "a.b.-7", "a_b", "*.a", ".a", "a" * 64, "a." * 128]
)
def test_no_domain_names(host: str) -> None:
    assert fqdn_problem(host) is not None


@pytest.mark.parametrize("host", ["*", "*.com", "*foo.com", "*-foo.com", "*.", "foo.", "123", "a.b"])
def test_wildcard_domains(host: str) -> None:
    assert wildcard_domain_problem(host) is None


@pytest.mark.parametrize(
    "host", ["**.com", "*a*.com", "foo.*", "a.*.com", "1.2.3.4", "foo.123", "-a.com", "a_b", "", "*--a"]
)
def test_no_wildcard_domains(host: str) -> None:
    assert wildcard_domain_problem(host) is not None


@pytest.mark.parametrize("host", ["outbound_.80_._.a.com", "outbound_.80_.v1_.a.com", "*.a.com", "a"])
def test_sni_hosts_at_gateways(host: str) -> None:
    assert sni_problem(host) is None


@pytest.mark.parametrize("host", ["outbound_.80", "outbound_.x_._.a.com", "outbound_.80_._.1", "a_b"])
def test_no_sni_hosts_at_gateways(host: str) -> None:
    assert sni_problem(host) is not None


def test_the_bad_label_is_pointed_at() -> None:
    problem = wildcard_domain_problem("reviews.my_team.svc")
    assert problem is not None
    assert problem.part == (8, 15)
    assert "an underscore" in problem.reason


@pytest.mark.parametrize(
    ("one", "other", "both", "inside"),
    [
        ("a.com", "a.com", True, True),
        ("a.com", "A.com", False, False),
        ("a.com", "*.com", True, True),
        ("*.com", "a.com", True, False),
        ("*.b.com", "*.com", True, True),
        ("*.com", "*.b.com", True, False),
        ("foo.com", "*.foo.com", False, False),
        ("afoo.com", "*foo.com", True, True),
        ("a.com", "*", True, True),
        ("*", "*", True, True),
    ],
)
def test_coverage(one: str, other: str, both: bool, inside: bool) -> None:
    assert overlap(one, other) is both
    assert is_subset(one, other) is inside


@given(HOSTS, HOSTS)
def test_overlap_is_symmetric_and_follows_from_subset(one: str, other: str) -> None:
    assert overlap(one, other) == overlap(other, one)
    assert overlap(one, other) or not is_subset(one, other)


@given(HOSTS)
def test_every_domain_name_is_a_wildcard_domain_unless_it_is_long(host: str) -> None:
    if fqdn_problem(host) is None:
        assert wildcard_domain_problem(host) is None


def test_partial_wildcards() -> None:
    assert [host for host in ("*", "*.a.com", "*a.com", "a", "*-a.com") if is_partial_wildcard(host)] == [
        "*a.com",
        "*-a.com",
    ]
