"""istiolint: finds what is wrong in Istio manifests, without a cluster."""

from __future__ import annotations

__version__ = "0.1.0"
