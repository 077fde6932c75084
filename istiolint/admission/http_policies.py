"""CORS, injected faults and retries of an http route."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.defects import (
    conflicting_settings,
    empty_match,
    invalid_duration,
    invalid_header_name,
    missing_setting,
    unsupported_setting,
    unsupported_value,
)
from istiolint.admission.durations import SECOND, duration_problem, nanoseconds
from istiolint.admission.fields import (
    check_duration,
    check_http_status,
    check_int32,
    check_not_negative,
    check_percent,
)
from istiolint.admission.headers import cors_problem
from istiolint.admission.matches import check_regex
from istiolint.admission.values import Problem, integer, mapping, objects, text, texts
from istiolint.finding import Change, Defect, Note, Path, Repair

CORS_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "*")
GRPC_STATUSES = (
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
    "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
    "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
)  # fmt: skip
RETRY_POLICIES = frozenset((
    "5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "retriable-4xx", "refused-stream",
    "retriable-status-codes", "retriable-headers", "envoy-ratelimited", "http3-post-connect-failure", "cancelled",
    "deadline-exceeded", "internal", "resource-exhausted", "unavailable",
))  # fmt: skip
_STATUS_TEXTS = ((100, 103), (200, 208), (226, 226), (300, 305), (307, 308), (400, 418), (421, 426), (428, 429),
                 (431, 431), (451, 451), (500, 508), (510, 511))  # fmt: skip
"""HTTP statuses that Go has a text for, as ranges."""


def check_cors(route: dict[str, Any], path: Path) -> Iterator[Defect]:
    """The `corsPolicy` of a route (specification VS048 to VS055)."""
    cors = mapping(route, "corsPolicy")
    if cors is None:
        return
    path = (*path, "corsPolicy")
    for index, origin in objects(cors, "allowOrigins"):
        if not any(origin.get(key) for key in ("exact", "prefix", "regex")):
            yield empty_match((*path, "allowOrigins", index), "origin", "give it a text: exact, prefix or regex")
        pattern = text(origin, "regex")
        if pattern:
            yield from check_regex(pattern, (*path, "allowOrigins", index, "regex"))
    for index, method in texts(cors, "allowMethods"):
        if method not in CORS_METHODS:
            where = (*path, "allowMethods", index)
            yield _unsupported(where, "CORS method", method, CORS_METHODS, method.strip().upper())
    for key in ("allowHeaders", "exposeHeaders"):
        for index, name in texts(cors, key):
            problem = cors_problem(name)
            if problem is not None:
                yield invalid_header_name((*path, key, index), name, problem)
    age = cors.get("maxAge")
    if isinstance(age, str):
        problem = duration_problem(age)
        if problem is None and (nanoseconds(age) or 0) % SECOND:
            problem = Problem("browsers count it in whole seconds")
        if problem is not None:
            yield invalid_duration((*path, "maxAge"), age, problem)


def check_fault(route: dict[str, Any], path: Path) -> Iterator[Defect]:
    """The `fault` of a route (specification VS056 to VS066)."""
    fault = mapping(route, "fault")
    if fault is None:
        return
    path = (*path, "fault")
    abort, delay = mapping(fault, "abort"), mapping(fault, "delay")
    if fault.get("abort") is None and fault.get("delay") is None:
        yield missing_setting(path, "abort or delay", "a fault must do something")
    if abort is not None:
        where = (*path, "abort")
        yield from _check_share(abort, where)
        yield from check_http_status(abort, "httpStatus", where)
        status = text(abort, "grpcStatus")
        if "grpcStatus" in abort and isinstance(abort["grpcStatus"], str) and status not in GRPC_STATUSES:
            guess = status.strip().upper().replace("-", "_").replace(" ", "_")
            yield _unsupported((*where, "grpcStatus"), "gRPC status", status, GRPC_STATUSES, guess)
        if isinstance(abort.get("http2Error"), str):
            reason = "Istio never came to support it; use httpStatus or grpcStatus"
            yield unsupported_setting((*where, "http2Error"), "http2Error", reason, on="key")
    if delay is not None:
        where = (*path, "delay")
        yield from _check_share(delay, where)
        yield from check_duration(delay, "fixedDelay", where)
        yield from check_int32(delay, where, "percent")
        if isinstance(delay.get("exponentialDelay"), str):
            reason = "Istio never came to support it; use fixedDelay"
            yield unsupported_setting((*where, "exponentialDelay"), "exponentialDelay", reason, on="key")


def check_retries(route: dict[str, Any], path: Path) -> Iterator[Defect]:
    """The `retries` of a route (specification VS084 to VS088)."""
    retries = mapping(route, "retries")
    if retries is None:
        return
    path = (*path, "retries")
    yield from check_not_negative(retries, path, "attempts")
    if integer(retries, "attempts") == 0 or retries.get("attempts") is None:
        for key in ("perTryTimeout", "retryOn", "retryRemoteLocalities"):
            if retries.get(key) not in (None, ""):
                at_zero = "attempts" in retries and retries["attempts"] is not None
                reason = "no attempts means no retries" if at_zero else "without attempts there are no retries"
                notes = (Note((*path, "attempts"), "retries are off"),) if at_zero else ()
                zero = "attempts: 0" if at_zero else "the lack of attempts"
                yield conflicting_settings((*path, key), key, zero, reason, on="key", notes=notes)
    yield from check_duration(retries, "perTryTimeout", path)
    yield from check_duration(retries, "backoff", path)
    conditions = text(retries, "retryOn")
    if conditions:
        yield from _check_retry_on(conditions, (*path, "retryOn"))


def _check_retry_on(conditions: str, path: Path) -> Iterator[Defect]:
    """Names and statuses between commas (specification VS088)."""
    start = 0
    parts = conditions.split(",")
    trimmed = ",".join(filter(None, (part.strip() for part in parts)))
    fixable = trimmed != conditions and all(map(is_retry_condition, trimmed.split(",")))
    repair = Repair(f'write "{trimmed}"', (Change("set", path, f'"{trimmed}"'),)) if fixable else None
    for part in parts:
        if not is_retry_condition(part):
            where = (start, start + max(len(part), 1)) if start < len(conditions) else (start - 1, start)
            hint = "give a policy such as 5xx, reset or connect-failure, or an HTTP status"
            if part.strip() != part and is_retry_condition(part.strip()):
                hint = "there must be no blanks around the commas"
            elif not part:
                hint = "there is a comma too many"
            yield unsupported_value(path, "retry condition", part, hint, part=where, repair=repair)
            repair = None
        start += len(part) + 1


def is_retry_condition(text: str) -> bool:
    """Whether `text` is one item of `retryOn`: a condition by name, or an HTTP status."""
    if text in RETRY_POLICIES:
        return True
    digits = text[1:] if text[:1] in ("+", "-") and text else text
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20):
        return False
    return any(low <= int(text) <= high for low, high in _STATUS_TEXTS)


def _check_share(fault: dict[str, Any], path: Path) -> Iterator[Defect]:
    share = mapping(fault, "percentage")
    if share is not None:
        yield from check_percent(share, "value", (*path, "percentage"), least=0.0001)


def _unsupported(path: Path, what: str, value: str, allowed: tuple[str, ...], guess: str) -> Defect:
    """A value out of a list, with a repair where only case or blanks are wrong."""
    if guess in allowed:
        repair = Repair(f"write {guess}", (Change("set", path, guess),))
        return unsupported_value(path, what, value, f"write {guess}", repair=repair)
    from difflib import get_close_matches

    near = get_close_matches(guess, allowed, 1)
    hint = f"did you mean {near[0]}?" if near else f"allowed are {', '.join(allowed)}"
    return unsupported_value(path, what, value, hint)
