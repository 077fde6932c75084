"""Host names: labels, domains, wildcards, and which host covers which (specification 3.1 to 3.5, 3.22).

Everything here compares exactly as Istio's validation does: with upper case, without adding a cluster domain.
"""

from __future__ import annotations

from functools import lru_cache

from istiolint.admission.values import Problem

_ONE_WILDCARD = 'only the first character may be "*"'
LABEL_RULE = "letters, digits and hyphens, with a letter or digit at both ends"


def is_label_body(text: str) -> bool:
    """Whether `text` is a DNS label apart from its length."""
    return text.isascii() and text.replace("-", "0").isalnum() and text[0] != "-" and text[-1] != "-"


def is_label(text: str) -> bool:
    """Whether `text` is a DNS label: 1 to 63 ASCII letters, digits and inner hyphens (specification 3.1)."""
    return len(text) <= 63 and is_label_body(text)


def label_problem(text: str) -> Problem | None:
    """Why `text` is not a DNS label (specification 3.1)."""
    if is_label(text):
        return None
    if not text:
        return Problem("it is empty")
    if len(text) > 63 and text.isascii():
        return Problem(f"it has {len(text)} characters, and 63 are allowed")
    for index, char in enumerate(text):
        if not (char.isascii() and (char.isalnum() or char == "-")):
            return Problem(f"{_named(char)} is not allowed; only {LABEL_RULE}", (index, index + 1))
    return Problem(f"it may consist only of {LABEL_RULE}")


@lru_cache(maxsize=4096)
def fqdn_problem(host: str) -> Problem | None:
    """Why `host` is not a domain name; one label is enough, a trailing dot may be (specification 3.2)."""
    return _length_problem(host) or _labels_problem(host, 0, "there can be no wildcard here")


@lru_cache(maxsize=4096)
def wildcard_domain_problem(host: str) -> Problem | None:
    """Why `host` is not a domain name, possibly with a wildcard as or in its first label (specification 3.3)."""
    problem = _length_problem(host)
    if problem is not None:
        return problem
    first, dot, rest = host.partition(".")
    if not _is_wildcard_label(first):
        if not first:
            return Problem("it starts with a dot", (0, 1))
        if "*" in first[1:]:
            at = first.index("*", 1)
            return Problem(_ONE_WILDCARD, (at, at + 1))
        body = first.lstrip("*").removeprefix("-") if first.startswith("*") else first
        return Problem(_label_reason(body or first, _ONE_WILDCARD), (0, len(first)))
    return _labels_problem(rest, len(first) + 1, _ONE_WILDCARD) if dot else None


def sni_problem(host: str) -> Problem | None:
    """Why `host` is not a domain for SNI at a gateway: also `outbound_.80_.v1_.host` (specification 3.4)."""
    if not host.startswith("outbound_"):
        return wildcard_domain_problem(host)
    parts = host.split("_")
    form = "it should have the form outbound_.<port>_.<subset>_.<host>"
    if len(parts) < 4:
        return Problem(form)
    if not any("0" <= char <= "9" for char in parts[1]):
        return Problem(f'{form}, and "{parts[1].strip(".")}" is not a port', (9, 9 + len(parts[1])))
    if not any(char.isascii() and char.isalpha() for char in parts[3]):
        return Problem(f"{form}, and the host has no letter")
    return None


def is_partial_wildcard(host: str) -> bool:
    """Whether the wildcard of `host` does not stand for whole labels, as in `*foo.com` (specification 3.5)."""
    return "*" in host and len(host) > 1 and not host.startswith("*.")


def overlap(one: str, other: str) -> bool:
    """Whether some name matches both hosts (specification 3.22)."""
    if one[:1] == "*":
        if other[:1] == "*":
            one, other = one[1:], other[1:]
            return one.endswith(other) if len(one) > len(other) else other.endswith(one)
        return other.endswith(one[1:])
    if other[:1] == "*":
        return one.endswith(other[1:])
    return one == other


def is_subset(inner: str, outer: str) -> bool:
    """Whether every name that matches `inner` matches `outer` (specification 3.22)."""
    if outer[:1] != "*":
        return inner == outer
    return inner.removeprefix("*").endswith(outer[1:])


def _is_wildcard_label(text: str) -> bool:
    if text == "*" or is_label(text):
        return True
    if len(text) > 63 or text[:1] != "*":
        return False
    return is_label(text[2:] if text[1] == "-" else text[1:])


def _length_problem(host: str) -> Problem | None:
    if not host:
        return Problem("it is empty")
    if len(host) > 63:  # a shorter one cannot have 256 bytes
        size = len(host.encode(errors="surrogatepass"))
        if size > 255:
            return Problem(f"it has {size} bytes, and 255 are allowed")
    return None


def _labels_problem(domain: str, start: int, no_wildcard: str) -> Problem | None:
    """The labels after an optional wildcard label; `start` is where `domain` stands in the host.

    `no_wildcard` is what to say of an asterisk.
    """
    labels = domain.split(".")
    top = labels[-1]
    if is_decimal(top):
        return Problem(f'its last label "{top}" is a number', (start + len(domain) - len(top), start + len(domain)))
    last = len(labels) - 1
    for index, label in enumerate(labels):
        if not is_label(label):
            if not label and index == last:
                return None  # a trailing dot
            end = start + max(len(label), 1)
            return Problem(_label_reason(label, no_wildcard), (start, end))
        start += len(label) + 1
    return None


def _label_reason(label: str, no_wildcard: str) -> str:
    if not label:
        return "a label between dots is empty"
    if len(label) > 63:
        return f'the label "{label[:20]}..." has {len(label)} characters, and 63 are allowed'
    if "*" in label:
        return no_wildcard
    bad = next((char for char in label if not (char.isascii() and (char.isalnum() or char == "-"))), "")
    if bad:
        return f'the label "{label}" has {_named(bad)}; labels have {LABEL_RULE}'
    return f'the label "{label}" must have a letter or digit at both ends'


def _named(char: str) -> str:
    names = {" ": "a space", "\n": "a line break", "\t": "a tab", "/": "a slash", ".": "a dot", ":": "a colon"}
    names["_"] = "an underscore"
    return names.get(char) or (f'"{char}"' if char.isprintable() else f"the character U+{ord(char):04X}")


def is_decimal(text: str) -> bool:
    """Whether Go reads `text` as a decimal int64: digits with an optional sign."""
    digits = text[1:] if text[:1] in ("+", "-") and text else text
    return digits.isascii() and digits.isdigit() and -(2**63) <= int(text) < 2**63
