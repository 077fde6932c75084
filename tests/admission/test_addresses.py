"""Addresses, ranges, sockets and host:port, against Python's own parser where the two agree."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from istiolint.admission.addresses import (
    ip_problem,
    is_ip,
    is_prefix,
    split_host_port,
    subnet_problem,
    unix_path_problem,
)


def python_takes(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


@given(st.one_of(st.text(alphabet="0123456789.", max_size=15), st.text(alphabet="0123456789abcdef:.", max_size=25),
                 st.ip_addresses().map(str)))  # fmt: skip
def test_addresses_are_those_of_python(text: str) -> None:
    assert is_ip(text) == python_takes(text)
    assert (ip_problem(text) is None) == is_ip(text)


@pytest.mark.parametrize("text", ["1.2.3.4", "::", "::1", "1::", "fe80::1%eth0", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8"])
def test_addresses(text: str) -> None:
    assert is_ip(text)


@pytest.mark.parametrize(
    "text",
    ["", "01.2.3.4", "1.2.3", "1.2.3.256", "[::1]", "::1%", "1.2.3.4%eth0", "1.2.3.4:80", "1.2.3.0/24", "1::2::3"],
)
def test_no_addresses(text: str) -> None:
    problem = ip_problem(text)
    assert problem is not None


@pytest.mark.parametrize("text", ["10.0.0.0/8", "10.1.2.3/8", "::/0", "2001:db8::1/128", "1.2.3.4", "::1%eth0"])
def test_subnets(text: str) -> None:
    assert subnet_problem(text) is None


@pytest.mark.parametrize(
    "text", ["10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/", "/8", "::/129", "fe80::1%eth0/64", "1.2.3.4/8/8", "a/8"]
)
def test_no_subnets(text: str) -> None:
    assert subnet_problem(text) is not None


def test_the_bad_part_is_pointed_at() -> None:
    problem = ip_problem("10.0.300.1")
    assert problem is not None
    assert problem.part == (5, 8)
    assert is_prefix("10.0.0.0/8")


@pytest.mark.parametrize(
    ("path", "good"), [("/a", True), ("@a", True), ("@", True), ("", False), ("a", False), ("/a/", False)]
)
def test_unix_paths(path: str, good: bool) -> None:
    assert (unix_path_problem(path) is None) is good


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a:80", ("a", "80")),
        (":80", ("", "80")),
        ("[::1]:80", ("::1", "80")),
        ("::1:80", None),
        ("a", None),
        ("[::1]", None),
    ],
)
def test_host_and_port(text: str, parts: tuple[str, str] | None) -> None:
    assert split_host_port(text) == parts
