"""Lists in one text, with commas, as the injector takes them for ports, address ranges and interfaces (section 12)."""

from __future__ import annotations

import re

from istiolint.admission.addresses import is_ip, is_prefix
from istiolint.admission.values import Problem

_INTERFACE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,14}")


def ip_ranges_problem(text: str, star: bool = True) -> Problem | None:
    """Why `text` is neither empty, nor `*` (where that is possible), nor a list of address ranges."""
    if not text or (star and text == "*"):
        return None
    start = 0
    for item in text.split(","):
        part = (start, start + max(1, len(item)))
        start += len(item) + 1
        if is_prefix(item):
            continue
        if item == "*":
            reason = "* has to stand alone" if star else "* is not possible here"
        elif item.strip() != item:
            reason = "no blanks are possible between the commas"
        elif not item:
            reason = "there is nothing between two commas"
        elif is_ip(item):
            length = 128 if ":" in item else 32
            reason = f"ranges are needed: write {item}/{length}"
        else:
            reason = f'"{item}" is no address range, such as 10.0.0.0/8'
        return Problem(reason, part)
    return None


def ports_problem(text: str, star: bool = True) -> Problem | None:
    """Why `text` is neither empty, nor `*` (where that is possible), nor a list of ports; blanks are possible."""
    if not text or (star and text == "*"):
        return None
    start = 0
    for item in text.split(","):
        part = (start, start + max(1, len(item)))
        start += len(item) + 1
        digits = item.strip()
        if digits.isascii() and digits.isdigit() and int(digits) <= 65535:
            continue
        if not digits:
            return Problem("there is nothing between two commas", part)
        if digits == "*":
            return Problem("* has to stand alone" if star else "* is not possible here", part)
        return Problem(f'"{digits}" is no port number', part)
    return None


def helm_ports_problem(text: str) -> Problem | None:
    """Why IstioOperator refuses the port list `text` of the Helm values: items may also be empty or `*`."""
    start = 0
    for item in text.split(","):
        part = (start, start + max(1, len(item)))
        start += len(item) + 1
        digits = item.removeprefix("+")
        if item not in ("", "*") and not (digits.isascii() and digits.isdigit() and int(digits) <= 65535):
            blanks = " (no blanks are possible between the commas)" if item != item.strip() else ""
            return Problem(f'"{item}" is no port number{blanks}', part)
    return None


def interfaces_problem(text: str) -> Problem | None:
    """Why `text` is neither empty nor a list of network interfaces."""
    if not text:
        return None
    start = 0
    for item in text.split(","):
        part = (start, start + max(1, len(item)))
        start += len(item) + 1
        if not _INTERFACE.fullmatch(item):
            return Problem(f'"{item}" is no interface: up to 15 letters, digits, and _ . -, a letter first', part)
    return None
