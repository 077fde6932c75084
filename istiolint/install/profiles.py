"""The profiles that come with Istio, and the versions that it can imitate (specification, section 9)."""

from __future__ import annotations

PROFILES = (
    "ambient", "default", "demo", "empty", "minimal", "openshift", "openshift-ambient", "preview", "remote", "stable",
)  # fmt: skip
"""Profiles of `istioctl install`; a path to a file may be given instead."""

HELM_PROFILES = ("ambient", "demo", "preview", "remote", "stable")
"""Profiles of the Helm charts (`--set profile=`)."""

PLATFORMS = ("gke", "k3d", "k3s", "microk8s", "minikube", "openshift")
"""Values of `global.platform`."""

COMPATIBILITY_VERSIONS = ("1.25", "1.26", "1.27", "1.28", "1.29", "1.30")
"""Values of `compatibilityVersion`."""


def is_profile(name: str) -> bool:
    """Whether `name` can be the profile of an IstioOperator: empty, one of Istio's, or a path."""
    return not name or name in PROFILES or "/" in name or name.endswith((".yaml", ".yml"))
