"""Certificates in Secrets: what a gateway can use."""

from __future__ import annotations

from base64 import b64encode

import pytest

from istiolint.checks.secrets import entry, has_authority, problem, validity_of

OLD = """\
-----BEGIN CERTIFICATE-----
MIHEMHgCAQEwBQYDK2VwMA8xDTALBgNVBAMMBHNob3AwHhcNMjAwMTAxMDAwMDAw
WhcNMjEwMTAxMDAwMDAwWjAPMQ0wCwYDVQQDDARzaG9wMCowBQYDK2VwAyEAwBkW
cfA/3miW7SVoa3BLqT5sgccBD8QhZXfg8r4unucwBQYDK2VwA0EAaJ/r7NrnfIfw
sq+OjyyGbDZ0BAJP8px02DZ40FsZ9jinSKl6oAD3lSnXLExC7TXQRXXQ+4H+5g8W
BfiQzRR3Cg==
-----END CERTIFICATE-----
"""
NEW = """\
-----BEGIN CERTIFICATE-----
MIHGMHoCAQIwBQYDK2VwMA8xDTALBgNVBAMMBHNob3AwIBcNMjAwMTAxMDAwMDAw
WhgPMjEyMDAxMDEwMDAwMDBaMA8xDTALBgNVBAMMBHNob3AwKjAFBgMrZXADIQDA
GRZx8D/eaJbtJWhrcEupPmyBxwEPxCFld+Dyvi6e5zAFBgMrZXADQQBlVyMJWtef
ZbNElx1kcJdVhUHFGwAHC4YUI8CyHGe2GkyO7bw2Is8jnkY+3X85w7h3WhGTV8Ix
06I8tP9yB8QN
-----END CERTIFICATE-----
"""


def encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


def test_data_and_plain_text_are_the_same() -> None:
    assert problem({"stringData": {"tls.crt": NEW, "tls.key": "x"}}) == ""
    assert problem({"data": {"tls.crt": encoded(NEW), "tls.key": encoded("x")}}) == ""
    assert problem({"data": {"cert": encoded(NEW), "key": encoded("x")}}) == ""


@pytest.mark.parametrize(
    ("held", "reason"),
    [
        ({"tls.crt": OLD, "tls.key": "x"}, "expired on 2021-01-01"),
        ({"tls.crt": NEW}, "tls.key is missing"),
        ({"tls.crt": NEW, "tls.key": ""}, "tls.key is empty"),
        ({"cert": NEW}, "key is missing"),
        ({"ca.crt": NEW}, "neither tls.crt and tls.key"),
        ({"tls.crt": "x", "tls.key": "x"}, "no certificate in PEM form"),
        ({"tls.crt": NEW.replace("CERTIFICATE", "PRIVATE KEY"), "tls.key": "x"}, "no certificate in PEM form"),
        ({"tls.crt": NEW.replace("MIHG", "MIHHHHHH"), "tls.key": "x"}, "cannot be read"),
    ],
)
def test_reasons(held: dict[str, str], reason: str) -> None:
    assert reason in problem({"stringData": held})
    assert reason in problem({"data": {key: encoded(text) for key, text in held.items()}})


def test_a_type_that_is_never_read() -> None:
    held = {"tls.crt": NEW, "tls.key": "x"}
    assert "never read" in problem({"type": "helm.sh/release.v1", "stringData": held})


@pytest.mark.parametrize(
    "secret",
    [
        {"data": {"tls.crt": "${CERT}", "tls.key": "${KEY}"}},
        {"stringData": {"tls.crt": "{{ cert }}"}},
        {"sops": {}, "data": {"tls.crt": "abcd"}},
        {"metadata": {"annotations": {"reflector.v1.k8s.emberstack.com/reflects": "a/b"}}},
    ],
)
def test_what_is_filled_in_later_is_not_judged(secret: dict[str, object]) -> None:
    assert problem(secret) == ""


def test_an_empty_secret_is_judged() -> None:
    assert "neither" in problem({"data": {}})


def test_both_forms_of_time_are_read() -> None:
    from re import sub

    def der(pem: str) -> bytes:
        from base64 import b64decode

        return b64decode(sub("-----.*-----", "", pem))

    assert validity_of(der(OLD)) == ("20200101000000", "20210101000000")
    assert validity_of(der(NEW)) == ("20200101000000", "21200101000000")


@pytest.mark.parametrize("cut", [0, 1, 5, 40, 100])
def test_a_certificate_that_is_cut_off_is_none(cut: int) -> None:
    from base64 import b64decode

    der = b64decode("".join(OLD.splitlines()[1:-1]))
    with pytest.raises(ValueError, match=r"no|cut off"):
        validity_of(der[:cut])


def test_entries() -> None:
    assert entry({"data": {"a": "eA=="}}, "a") == b"x"
    assert entry({"data": {"a": "e"}}, "a") is None
    assert entry({}, "a") is None
    assert has_authority({"stringData": {"cacert": "x"}})
    assert not has_authority({"stringData": {"tls.crt": "x"}})
