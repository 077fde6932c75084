"""Texts that are filled in later: by a template engine, envsubst, Kubernetes, kustomize, or somebody with an editor."""

from __future__ import annotations

import re

_MARKED = re.compile(
    r"""\{\{.*?\}\}            # Helm, Jinja
    | \$\{[^}]*\}              # envsubst, Flux
    | \$\([A-Za-z_][\w.-]*\)   # Kubernetes, kustomize vars
    | \$[A-Z][A-Z0-9_]*\b      # envsubst without braces
    | <{1,2}[A-Za-z][\w\ -]*>{1,2}   # <YOUR_IP>
    | (?i:placeholder)
    """,
    re.DOTALL | re.VERBOSE,
)
_SHOUTED = re.compile(
    r"""(?:^|[./:])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:
        URI|URL|HOST|HOSTNAME|IP|ADDRESS|CIDR|PORT|NAME|NAMESPACE|SERVICE|DOMAIN|ID|ISSUER|VERSION|ACCOUNT|PROJECT
    )(?=$|[./:])""",
    re.VERBOSE,
)
"""`DEX_SERVICE.DEX_NAMESPACE.svc.cluster.local`, which kustomize replacements fill in, or `JWKS_URI`."""


def is_placeholder(text: str, may_shout: bool = True) -> bool:
    """Whether a value waits for another one. `may_shout`: it could not mean a word in capitals, such as an enum's."""
    return _MARKED.search(text) is not None or (may_shout and _SHOUTED.search(text) is not None)
