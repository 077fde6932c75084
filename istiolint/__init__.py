"""istiolint: finds what is wrong in Istio manifests, without a cluster.

For programs: `istiolint.lint(paths, config) -> Report`, with the words of `istiolint.finding` and `istiolint.config`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from istiolint.engine import lint as lint

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """`lint`, loaded when it is asked for, so that `--version` and completion need not wait for it."""
    if name == "lint":
        from istiolint.engine import lint

        return lint
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
