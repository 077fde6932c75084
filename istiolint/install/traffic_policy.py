"""Traffic defaults of MeshConfig: connection pools, outlier detection, inbound retries (specification, section 8)."""

from __future__ import annotations

from collections.abc import Iterator

from istiolint.admission.durations import duration_problem, nanoseconds
from istiolint.admission.http_policies import is_retry_condition
from istiolint.finding import Defect
from istiolint.install.defects import doubtful_mesh_setting, invalid_mesh_setting
from istiolint.install.setting import Setting


def check_traffic_policy(policy: Setting | None) -> Iterator[Defect]:
    """`defaultTrafficPolicy`."""
    if policy is None:
        return
    pool = policy.object("connectionPool")
    if pool is not None:
        yield from _check_connection_pool(pool)
    detection = policy.object("outlierDetection")
    if detection is not None:
        yield from _check_outlier_detection(detection)


def _check_connection_pool(pool: Setting) -> Iterator[Defect]:
    http, tcp = pool.object("http"), pool.object("tcp")
    if http is None and tcp is None:
        yield invalid_mesh_setting(pool, "http or tcp must be given")
    if http is not None:
        yield from _check_not_negative(
            http, "http1MaxPendingRequests", "http2MaxRequests", "maxRequestsPerConnection", "maxRetries",
            "maxConcurrentStreams",
        )  # fmt: skip
        yield from _check_durations(http, "idleTimeout")
        upgrade = http.at("h2UpgradePolicy")
        if upgrade is not None and upgrade.value == "UPGRADE" and http.flag("useClientProtocol"):
            yield invalid_mesh_setting(upgrade, "UPGRADE and useClientProtocol exclude each other")
    if tcp is not None:
        yield from _check_not_negative(tcp, "maxConnections")
        yield from _check_durations(tcp, "connectTimeout", "maxConnectionDuration")
        if tcp.duration("idleTimeout") != 0:
            yield from _check_durations(tcp, "idleTimeout")
        keepalive = tcp.object("tcpKeepalive")
        if keepalive is not None:
            yield from _check_durations(keepalive, "time", "interval")


def _check_outlier_detection(detection: Setting) -> Iterator[Defect]:
    yield from _check_durations(detection, "baseEjectionTime", "interval")
    for key in ("maxEjectionPercent", "minHealthPercent"):
        setting, percent = detection.at(key), detection.whole(key)
        if setting is not None and percent is not None and not 0 <= percent <= 100:
            yield invalid_mesh_setting(setting, "a percentage is a number from 0 to 100")
    failures = detection.at("consecutiveLocalOriginFailures")
    counted = (detection.whole("consecutiveLocalOriginFailures") or 0) > 0
    if failures is not None and counted and not detection.flag("splitExternalLocalOriginErrors"):
        yield invalid_mesh_setting(failures, "splitExternalLocalOriginErrors must be true for this to count")


def check_inbound_retries(retries: Setting | None) -> Iterator[Defect]:
    """`defaultInboundHttpRetryPolicy`."""
    if retries is None:
        return
    attempts, given = retries.whole("attempts") or 0, retries.at("attempts")
    if attempts < 0 and given is not None:
        yield invalid_mesh_setting(given, "attempts cannot be negative")
    if attempts == 0:
        for key in ("perTryTimeout", "retryOn", "retryRemoteLocalities", "backoff"):
            setting = retries.at(key)
            if setting is not None and setting.value != "":
                yield invalid_mesh_setting(setting, "without attempts there is nothing to retry")
    yield from _check_durations(retries, "perTryTimeout", "backoff")
    conditions = retries.string("retryOn")
    if conditions is not None and conditions.value:
        wrong = [name for name in conditions.value.split(",") if not is_retry_condition(name)]
        if wrong:
            yield invalid_mesh_setting(conditions, f'"{wrong[0]}" is neither a retry condition nor an HTTP status')
    for key in ("perTryTimeout", "retryRemoteLocalities", "retryIgnorePreviousHosts"):
        setting = retries.at(key)
        if setting is not None:
            yield doubtful_mesh_setting(setting, "it has no effect on inbound retries")


def _check_not_negative(owner: Setting, *keys: str) -> Iterator[Defect]:
    for key in keys:
        setting, number = owner.at(key), owner.whole(key)
        if setting is not None and number is not None and number < 0:
            yield invalid_mesh_setting(setting, "it cannot be negative")


def _check_durations(owner: Setting, *keys: str) -> Iterator[Defect]:
    for key in keys:
        setting = owner.string(key)
        if setting is None or nanoseconds(setting.value) is None:
            continue
        problem = duration_problem(setting.value)
        if problem is not None:
            yield invalid_mesh_setting(setting, problem)
