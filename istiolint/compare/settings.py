"""Settings in one form for all that means the same: defaults left out, durations in seconds, order dropped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from istiolint.compare.pairing import frozen
from istiolint.mesh.read import dig, mapping, number, sequence, text, texts

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}

NUMBER_MAX = 2**32 - 1
DEFAULTS: dict[str, dict[str, Hashable]] = {
    "connectionPool": {
        "tcp.maxConnections": NUMBER_MAX,
        "tcp.connectTimeout": 10.0,
        "tcp.idleTimeout": 3600.0,
        "http.http1MaxPendingRequests": NUMBER_MAX,
        "http.http2MaxRequests": NUMBER_MAX,
        "http.maxRequestsPerConnection": 0,
        "http.maxRetries": NUMBER_MAX,
        "http.idleTimeout": 3600.0,
        "http.h2UpgradePolicy": "DEFAULT",
        "http.useClientProtocol": False,
    },
    "loadBalancer": {"simple": "LEAST_REQUEST", "warmupDurationSecs": 0.0},
    "outlierDetection": {
        "consecutive5xxErrors": 5,
        "consecutiveGatewayErrors": 0,
        "interval": 10.0,
        "baseEjectionTime": 30.0,
        "maxEjectionPercent": 10,
        "minHealthPercent": 0,
        "splitExternalLocalOriginErrors": False,
    },
}
"""What Istio takes where a traffic policy says nothing."""
_SAME = {"simple": {"LEAST_CONN": "LEAST_REQUEST", "UNSPECIFIED": "LEAST_REQUEST"}}
"""Values that are older words for others."""
_AS_IF_ABSENT = {"connectionPool": {"tcp.maxConnections": 0, "http.http1MaxPendingRequests": 0,
                                    "http.http2MaxRequests": 0, "http.maxRetries": 0}}  # fmt: skip
"""Values that protobuf cannot tell from nothing."""

RETRY_ON = frozenset(("connect-failure", "refused-stream", "unavailable", "cancelled", "retriable-status-codes", "503"))
"""When Istio retries if nothing is said."""


def seconds(written: object) -> Hashable:
    """A duration in seconds; what is none stays as it is."""
    if not isinstance(written, str):
        return frozen(written)
    parts = _DURATION.findall(written)
    if not parts or "".join(a + b for a, b in parts) != written:
        return written
    return round(sum(float(amount) * _UNITS[unit] for amount, unit in parts), 9)


def timeout(written: str | None) -> Hashable:
    """A timeout; None: there is none, which `0s` says, too."""
    return seconds(written) or None if written else None


def retries(written: Mapping[str, Any] | None, default: object) -> Hashable:
    """A retry policy; None: off. `default`: `meshConfig.defaultHttpRetryPolicy`."""
    if written is None:
        written = default if isinstance(default, dict) and default else {"attempts": 2}
    attempts = number(written.get("attempts")) or 0
    if attempts <= 0 and "codes" not in written:
        return None
    on = {word.strip() for word in text(written.get("retryOn")).split(",") if word.strip()}
    on |= {str(code) for code in sequence(written.get("codes"))}
    if any(word.isdigit() for word in on):
        on.add("retriable-status-codes")
    others = {key: seconds(it) for key, it in written.items() if key not in ("attempts", "retryOn", "codes")}
    if others.get("retryIgnorePreviousHosts") is not None:
        others = {key: it for key, it in others.items() if (key, it) != ("retryIgnorePreviousHosts", frozen(True))}
    return (attempts, tuple(sorted(on or RETRY_ON)), tuple(sorted(others.items(), key=repr)))


def cors(written: Mapping[str, Any] | None) -> Hashable:
    """A CORS policy; None: there is none."""
    if written is None:
        return None
    origins = [frozen(it) for it in sequence(written.get("allowOrigins"))]
    origins += [frozen({"exact": it}) for it in texts(written.get("allowOrigin"))]
    lists = {key: tuple(sorted(texts(written.get(key)))) for key in ("allowMethods", "allowHeaders", "exposeHeaders")}
    preflights = text(written.get("unmatchedPreflights")) or "UNSPECIFIED"
    return (
        tuple(sorted(map(repr, origins))), tuple(lists.values()), seconds(written.get("maxAge")),
        written.get("allowCredentials") is True, "FORWARD" if preflights == "UNSPECIFIED" else preflights,
    )  # fmt: skip


def headers(written: Mapping[str, Any]) -> Hashable:
    """Changes of headers, without those of Host, which is told on its own."""
    found: list[Hashable] = []
    for side in ("request", "response"):
        change = mapping(dig(written, side))
        found += [(side, "remove", name.lower()) for name in texts(change.get("remove"))]
        for how in ("set", "add"):
            for name, value in mapping(change.get(how)).items():
                if not (side == "request" and how == "set" and str(name).lower() in ("host", ":authority")):
                    found.append((side, how, str(name).lower(), str(value)))
    return tuple(sorted(found, key=repr))


def block(name: str, written: object) -> dict[str, Hashable]:
    """A block of a traffic policy, by paths such as `http.maxRetries`, without what is the default anyhow."""
    found = {}
    absent = _AS_IF_ABSENT.get(name, {})
    for path, value in _flat(written, ""):
        known = _SAME.get(path, {}).get(str(value), seconds(value))
        plain = value if isinstance(value, int) else known
        if DEFAULTS.get(name, {}).get(path, ...) != plain and absent.get(path, ...) != plain:
            found[path] = known
    return found


def _flat(value: object, path: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(item, f"{path}.{key}" if path else str(key))
    else:
        yield path, value
