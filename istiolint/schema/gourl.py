"""URLs as Go parses them (`net/url`), as far as CEL's `isURL` and `url` ask: is it one, and what is its scheme."""

from __future__ import annotations

_HEX = frozenset("0123456789abcdefABCDEF")
_HOST_CHARACTERS = frozenset("!$&'()*+,;=:[]<>\"-_.~%")
_USER_CHARACTERS = frozenset("-._:~!$&'()*+,;=%@")


class NoUrl(ValueError):
    """The text is not a URL; the message says why, in words that follow "it"."""


def is_url(text: str) -> bool:
    """CEL's `isURL`: an absolute URL, or an absolute path."""
    try:
        _parse(text, whole=True)
    except NoUrl:
        return False
    return True


def scheme_of(text: str) -> str:
    """The scheme of a URL in lower case, empty for a path. Raises NoUrl where CEL's `url` fails."""
    _parse(text, whole=True)
    before, _, fragment = text.partition("#")
    _check_escapes(fragment)
    return _parse(before, whole=False)


def _parse(text: str, whole: bool) -> str:
    """The scheme. `whole`: it must be absolute, and `#` has no meaning (Go's ParseRequestURI)."""
    if any(character < " " or character == "\x7f" for character in text):
        raise NoUrl("has a control character in it")
    if not text and whole:
        raise NoUrl("is empty")
    if text == "*":
        return ""
    scheme, rest = _split_scheme(text)
    rest = rest.partition("?")[0]
    if not rest.startswith("/"):
        if scheme:
            return scheme.lower()
        if whole:
            raise NoUrl("does not begin with a scheme, such as https://")
        if ":" in rest.partition("/")[0]:
            raise NoUrl("has a colon in its first part")
    if rest.startswith("//") and (scheme or not (whole or rest.startswith("///"))):
        authority, slash, path = rest[2:].partition("/")
        _check_authority(authority)
        rest = slash + path
    _check_escapes(rest)
    return scheme.lower()


def _split_scheme(text: str) -> tuple[str, str]:
    for index, character in enumerate(text):
        if character.isascii() and character.isalpha():
            continue
        if character in "0123456789+-." and index:
            continue
        if character == ":":
            if not index:
                raise NoUrl("has no scheme before its colon")
            return text[:index], text[index + 1 :]
        break
    return "", text


def _check_authority(authority: str) -> None:
    user, at, host = authority.rpartition("@")
    if at and any(not (c.isascii() and c.isalnum()) and c not in _USER_CHARACTERS for c in user):
        raise NoUrl("has a user name that needs escaping")
    _check_escapes(user)
    if host.startswith("["):
        inside, closing, port = host.rpartition("]")
        if not closing:
            raise NoUrl('has no "]" after its "["')
        if not _is_port(port):
            raise NoUrl(f'has "{port}" where a port belongs')
        if not _is_ipv6(inside[1:].partition("%25")[0]):
            raise NoUrl("has brackets around what is no IPv6 address")
        return
    name, colon, port = host.partition(":")
    if not _is_port(colon + port):
        raise NoUrl(f'has "{port}" where a port belongs')
    _check_host(name)


def _is_port(text: str) -> bool:
    return not text or (text[0] == ":" and all("0" <= digit <= "9" for digit in text[1:]))


def _is_ipv6(text: str) -> bool:
    from ipaddress import IPv6Address

    try:
        IPv6Address(text)
    except ValueError:
        return False
    return "%" not in text


def _check_host(host: str) -> None:
    _check_escapes(host)
    for index, character in enumerate(host):
        if character == "%" and host[index + 1] < "8" and host[index : index + 3] != "%25":
            raise NoUrl("has an escaped character in its host")
        if character.isascii() and not character.isalnum() and character not in _HOST_CHARACTERS:
            raise NoUrl(f'has "{character}" in its host')


def _check_escapes(text: str) -> None:
    at = text.find("%")
    while at >= 0:
        if len(text) < at + 3 or not _HEX.issuperset(text[at + 1 : at + 3]):
            raise NoUrl(f'has "{text[at : at + 3]}" where an escape such as %20 belongs')
        at = text.find("%", at + 3)
