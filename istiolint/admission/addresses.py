"""IP addresses, address ranges and socket paths, as Go's `net/netip` reads them (specification 3.6, 3.7, 3.21)."""

from __future__ import annotations

from istiolint.admission.values import Problem


def is_ip(text: str) -> bool:
    """Whether `text` is an IPv4 or IPv6 address, the latter possibly with a zone (specification 3.6)."""
    if ":" not in text:
        return _is_ipv4(text)
    address, percent, zone = text.partition("%")
    return _is_ipv6(address) and (not percent or bool(zone))


def is_prefix(text: str) -> bool:
    """Whether `text` is an address range such as `10.0.0.0/8`; host bits may be set (specification 3.7)."""
    address, slash, bits = text.rpartition("/")
    if not slash or not (bits.isascii() and bits.isdigit()) or (len(bits) > 1 and bits[0] == "0"):
        return False
    if ":" in address:
        return len(bits) <= 3 and int(bits) <= 128 and _is_ipv6(address)
    return len(bits) <= 2 and int(bits) <= 32 and _is_ipv4(address)


def ip_problem(text: str) -> Problem | None:
    """Why `text` is not an IP address (specification 3.6)."""
    if is_ip(text):
        return None
    if not text:
        return Problem("it is empty")
    if is_prefix(text):
        return Problem("a single address is needed, not a range", (text.index("/"), len(text)))
    if text.startswith("[") and text.endswith("]") and is_ip(text[1:-1]):
        return Problem("an IPv6 address stands here without brackets")
    host, colon, port = text.rpartition(":")
    if colon and port.isdigit() and is_ip(host.strip("[]")):
        return Problem("a port cannot stand here", (len(host), len(text)))
    return _ipv4_problem(text) or Problem("it is neither an IPv4 nor an IPv6 address")


def subnet_problem(text: str) -> Problem | None:
    """Why `text` is neither an address range nor an IP address (specification 3.7)."""
    if text.count("/") != 1:
        if not text.count("/"):
            return ip_problem(text)
        return Problem("an address range has one slash")
    if is_prefix(text):
        return None
    address, _, bits = text.partition("/")
    if not is_ip(address) or "%" in address:
        inner = ip_problem(address)
        return inner or Problem("an address range has no zone", (address.index("%"), len(address)))
    most = 128 if ":" in address else 32
    part = (len(address) + 1, len(text)) if bits else (len(address), len(text))
    if bits.isdigit() and int(bits) > most:
        return Problem(f"the prefix length runs from 0 to {most}", part)
    return Problem(f"after the slash stands a number from 0 to {most}", part)


def unix_path_problem(path: str) -> Problem | None:
    """Why `path`, what follows `unix://`, names no socket (specification 3.21)."""
    if path.startswith("@"):
        return None
    if not path:
        return Problem("the path after unix:// is empty")
    if not path.startswith("/"):
        return Problem("the path of a socket is absolute, or starts with @")
    if path.endswith("/"):
        return Problem("a socket is a file, and the path ends with a slash")
    return None


def split_host_port(text: str) -> tuple[str, str] | None:
    """Host and port of `host:port`, the host possibly in brackets; None where Go would not split it."""
    host, colon, port = text.rpartition(":")
    if not colon:
        return None
    if host.startswith("["):
        if not host.endswith("]"):
            return None
        host = host[1:-1]
    elif ":" in host:
        return None
    return None if "[" in host or "]" in host or "[" in port or "]" in port else (host, port)


def _is_ipv4(text: str) -> bool:
    fields = text.split(".")
    return len(fields) == 4 and all(map(_is_octet, fields))


def _is_octet(text: str) -> bool:
    return (
        len(text) <= 3 and text.isascii() and text.isdigit() and int(text) <= 255 and (text[0] != "0" or len(text) == 1)
    )


def _ipv4_problem(text: str) -> Problem | None:
    """What is wrong with a text of digits and dots, which was meant as an IPv4 address."""
    fields = text.split(".")
    if not all(field.isascii() and field.isdigit() for field in fields) or len(fields) == 1:
        return None
    if len(fields) != 4:
        return Problem(f"an IPv4 address has four numbers, not {len(fields)}")
    start = 0
    for field in fields:
        if not _is_octet(field):
            reason = "is over 255" if int(field) > 255 else "has a leading zero"
            return Problem(f"the number {field} {reason}", (start, start + len(field)))
        start += len(field) + 1
    return None


def _is_ipv6(text: str) -> bool:
    head, gap, tail = text.partition("::")
    left = head.split(":") if head else []
    right = tail.split(":") if tail else []
    fields = left + right
    if not gap:
        right = left
    if right and "." in right[-1]:
        if not _is_ipv4(fields.pop()):
            return False
        fields += ["0", "0"]
    return (len(fields) <= 7 if gap else len(fields) == 8) and all(map(_is_group, fields))


def _is_group(text: str) -> bool:
    return 0 < len(text) <= 4 and all(char in "0123456789abcdefABCDEF" for char in text)
