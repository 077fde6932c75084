"""apiVersion and kind: which there are, which are served by an Istio release, and what was meant by others."""

from __future__ import annotations

from collections.abc import Iterator

from istiolint.finding import Change, Defect, Path, Repair
from istiolint.schema.defects import (
    api_version_not_served,
    missing_field,
    old_api_version,
    removed_api,
    unknown_api_group,
    unknown_api_version,
    unknown_kind,
    wrong_api_group,
)
from istiolint.schema.near import nearest, same_but_case
from istiolint.schema.store import NEWEST, Kind, release, table
from istiolint.schema.words import listed

API_VERSION: Path = ("apiVersion",)
KIND: Path = ("kind",)

ISTIO_OPERATOR = Kind(
    "install.istio.io", "IstioOperator", "istiooperators", ("iop", "io"), "Namespaced", {"v1alpha1": ("", None)}
)
"""Read by `istioctl install`; it has no CRD any more."""

REMOVED_KINDS = {
    "authentication.istio.io": ("1.5", "PeerAuthentication and RequestAuthentication of security.istio.io/v1"),
    "rbac.istio.io": ("1.6", "AuthorizationPolicy of security.istio.io/v1"),
    "config.istio.io": ("1.7", "Telemetry of telemetry.istio.io/v1 and WasmPlugin of extensions.istio.io/v1alpha1"),
    "networking.x-k8s.io": ("", "the kinds of gateway.networking.k8s.io/v1"),
}
"""Groups that are gone: the last Istio release that had them, and what there is instead."""

OLD_KINDS = {
    ("networking.istio.io", "ExternalService"): "ServiceEntry of networking.istio.io/v1",
    ("networking.istio.io", "RouteRule"): "VirtualService of networking.istio.io/v1",
    ("networking.istio.io", "DestinationPolicy"): "DestinationRule of networking.istio.io/v1",
    ("networking.istio.io", "EgressRule"): "ServiceEntry of networking.istio.io/v1",
    ("install.istio.io", "IstioControlPlane"): "IstioOperator of install.istio.io/v1alpha1",
}
"""Kinds of the first releases."""

LOOKALIKES = frozenset(("", "networking.k8s.io", "apps", "extensions", "policy", "rbac.authorization.k8s.io"))
"""Groups of Kubernetes, which have none of Istio's kinds."""

STABLE_GATEWAY_KINDS = frozenset(("Gateway", "GatewayClass", "HTTPRoute"))
"""Kinds that are v1 in every bundle of Gateway API still in use; the others became so one by one."""

BOTH_GATEWAYS = "networking.istio.io (Istio's) or gateway.networking.k8s.io (the Gateway API's)"


def known(group: str, kind: str) -> bool:
    """Whether this is a kind of Istio or of Gateway API, in any version."""
    return _kind(group, kind) is not None


def scope(group: str, kind: str) -> str:
    """`Namespaced` or `Cluster`; empty for kinds that are not known."""
    found = _kind(group, kind)
    return found.scope if found else ""


def kinds() -> list[Kind]:
    """All known kinds, in order of group and kind."""
    return [*table().kinds.values(), ISTIO_OPERATOR]


def judge(api_version: str, kind: str, istio_version: str = NEWEST) -> tuple[Defect, ...]:
    """What is wrong with apiVersion and kind; nothing for what is not Istio's and not nearly so."""
    key = api_version, kind, istio_version
    found = _judged.get(key)
    if found is None:
        found = _judged[key] = tuple(_judge(*key))
    return found


_judged: dict[tuple[str, str, str], tuple[Defect, ...]] = {}


def _judge(api_version: str, kind: str, istio_version: str) -> Iterator[Defect]:
    group, _, version = api_version.rpartition("/")
    found = _kind(group, kind)
    asked = release(istio_version)
    if found is None:
        yield from _unknown(group, version, kind, asked)
    elif version not in found.served:
        yield from _unknown_version(found, version, asked)
    elif _is_in(asked, *found.served[version]):
        yield from _older(found, version, asked)
    else:
        yield from _not_served(found, version, *found.served[version], asked)


def _kind(group: str, kind: str) -> Kind | None:
    if kind == "IstioOperator" and group == ISTIO_OPERATOR.group:
        return ISTIO_OPERATOR
    return table().kinds.get((group, kind))


def _is_in(asked: str, first: str, gone: str | None) -> bool:
    """Whether a release lies between the first one and the first one without."""
    order = table().releases
    if first not in order:
        return True
    return order.index(first) <= order.index(asked) and (gone is None or order.index(asked) < order.index(gone))


def _best(kind: Kind, asked: str) -> str:
    """The newest version of a kind that a release serves."""
    return next((v for v, (first, gone) in kind.served.items() if _is_in(asked, first, gone)), next(iter(kind.served)))


def _set(path: Path, text: str, safe: bool) -> Repair:
    return Repair(f"set {path[-1]} to {text}", (Change("set", path, text),), safe)


# Versions of known kinds


def _older(kind: Kind, version: str, asked: str) -> Iterator[Defect]:
    """A version is served, but there is a v1."""
    best = _best(kind, asked)
    if (
        version == best
        or best != "v1"
        or (kind.group == "gateway.networking.k8s.io" and kind.kind not in STABLE_GATEWAY_KINDS)
    ):
        return
    newer = f"{kind.group}/{best}"
    yield old_api_version(API_VERSION, version, newer, kind.kind, repair=_set(API_VERSION, newer, safe=True))


def _not_served(kind: Kind, version: str, first: str, gone: str | None, asked: str) -> Iterator[Defect]:
    order = table().releases
    if gone is not None and order.index(asked) >= order.index(gone):
        when = f"was last served by Istio {order[order.index(gone) - 1]}"
    else:
        when = f"is served since Istio {first}"
    served = f"{kind.group}/{_best(kind, asked)}"
    is_other = served != f"{kind.group}/{version}" and _is_in(asked, *kind.served[_best(kind, asked)])
    repair = _set(API_VERSION, served, safe=False) if is_other else None
    yield api_version_not_served(API_VERSION, f"{kind.group}/{version}", kind.kind, when, asked, repair=repair)


def _unknown_version(kind: Kind, version: str, asked: str) -> Iterator[Defect]:
    best = f"{kind.group}/{_best(kind, asked)}"
    hint = listed([f"{kind.group}/{one}" for one in kind.served])
    repair = _set(API_VERSION, best, safe=len(kind.served) == 1)
    yield unknown_api_version(API_VERSION, f"{kind.group}/{version}", kind.kind, hint, repair=repair)


# Unknown kinds and groups


def _unknown(group: str, version: str, kind: str, asked: str) -> Iterator[Defect]:
    """What was meant by a group and kind that are not known together."""
    if group in REMOVED_KINDS and (group != "networking.x-k8s.io" or _groups_of(kind)):
        last, instead = REMOVED_KINDS[group]
        yield removed_api(API_VERSION, f"{group}/{version} {kind}", _last(last), instead)
        return
    if instead := OLD_KINDS.get((group, kind), ""):
        yield removed_api(
            KIND, f"{group}/{version} {kind}", _last("0.8" if group.startswith("net") else "1.4"), instead
        )
        return
    groups = _all_groups()
    if not kind and group in groups:
        yield missing_field(KIND, f"an object of {group}", '"kind"')
    elif not group and not version:
        if (others := _groups_of(kind)) and kind != "Gateway":
            best = f"{others[0].group}/{_best(others[0], asked)}"
            yield missing_field(API_VERSION, f"a {kind}", '"apiVersion"', f"; write {best}")
    elif group in groups:
        yield from _kind_of_other_group(group, version, kind, asked)
    elif not group and version in groups:
        yield from _without_version(version, kind, asked)
    elif right := same_but_case(group, groups) or _near_group(group, groups):
        yield from _near(group, version, kind, right, asked)
    elif (group == "istio.io" or group.endswith(".istio.io")) and (others := _groups_of(kind)):
        yield from _near(group, version, kind, others[-1].group, asked)
    elif group in LOOKALIKES and kind != "Gateway":
        yield from _kind_of_other_group(group, version, kind, asked)
    elif group == "networking.k8s.io":
        yield wrong_api_group(API_VERSION, kind, group, BOTH_GATEWAYS)


def _last(last: str) -> str:
    return f" (last in Istio {last})" if last else ""


def _kind_of_other_group(group: str, version: str, kind: str, asked: str) -> Iterator[Defect]:
    own = {one.kind: one for one in kinds() if one.group == group}
    if right := same_but_case(kind, own):
        yield unknown_kind(KIND, kind, group, f'; it is written "{right}"', repair=_set(KIND, right, safe=True))
    elif others := _groups_of(kind):
        yield from _wrong_group(group, version, kind, others, asked)
    elif right := _plural(kind, own) or nearest(kind, own):
        yield unknown_kind(KIND, kind, group, f'; did you mean "{right}"?', repair=_set(KIND, right, safe=False))
    elif own and group.endswith(".istio.io"):  # Gateway API gets new kinds more often than istiolint
        yield unknown_kind(KIND, kind, group, f"; its kinds are {listed(sorted(own), 'and')}")


def _wrong_group(group: str, version: str, kind: str, others: list[Kind], asked: str) -> Iterator[Defect]:
    shown = group or f'the core group ("{version}")'
    if len(others) > 1:
        yield wrong_api_group(API_VERSION, kind, shown, BOTH_GATEWAYS)
        return
    right = f"{others[0].group}/{_best(others[0], asked)}"
    yield wrong_api_group(API_VERSION, kind, shown, right, repair=_set(API_VERSION, right, safe=False))


def _without_version(group: str, kind: str, asked: str) -> Iterator[Defect]:
    """`apiVersion: security.istio.io`."""
    found = _kind(group, kind) or next(iter(_groups_of(kind)), None)
    right = f"{found.group}/{_best(found, asked)}" if found else f"{group}/v1"
    yield unknown_api_version(API_VERSION, group, kind, right, repair=_set(API_VERSION, right, safe=False))


def _near(group: str, version: str, kind: str, right: str, asked: str) -> Iterator[Defect]:
    """A group that is nearly one of Istio's."""
    found = _kind(right, kind)
    if found is None and (others := _groups_of(kind)):
        found = others[0]
    api_version = f"{found.group}/{version if version in found.served else _best(found, asked)}" if found else ""
    repair = _set(API_VERSION, api_version, safe=False) if found else None
    yield unknown_api_group(API_VERSION, group, found.group if found else right, repair=repair)


def _near_group(group: str, groups: list[str]) -> str:
    """The group that this one is a slip of the pen of."""
    right = nearest(group, groups)
    if not right or group in LOOKALIKES:
        return ""
    if group.endswith(".k8s.io") != right.endswith(".k8s.io"):
        return ""
    return right


def _plural(kind: str, own: dict[str, Kind]) -> str:
    lower = kind.lower()
    return next((name for name, one in own.items() if lower == one.plural or lower in one.short), "")


def _groups_of(kind: str) -> list[Kind]:
    """The known kinds of this name."""
    return [one for one in kinds() if one.kind == kind]


def _all_groups() -> list[str]:
    return list(dict.fromkeys(one.group for one in kinds()))
