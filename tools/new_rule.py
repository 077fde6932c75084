"""Adds a rule: its card, its function, and its name wherever rules are listed.

    python tools/new_rule.py routing/gateway-not-found [--kinds VirtualService] [--each 'spec.gateways[*]']
                             [--reads Gateway] [--severity error]

The card and the function are drafts: the card's examples fail until both are written.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import NamedTuple

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from istiolint.cards import JUDGEMENTS

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CONSTRUCTORS = {"schema": "schema", "versions": "schema", "admission": "admission", "install": "install"}
"""Families whose rules are constructors of defects, and the package whose `defects.py` has them."""

CARD = """\
---
severity: {severity}
{lists}message: 'WHAT IS WRONG, with "{{value}}"'
since: {since}
---
# {title}

WHAT HAPPENS at run time because of it, and WHY.

**What to do:** ...

## Bad

```yaml
apiVersion: {api_version}
kind: {kind}
metadata: {{name: reviews, namespace: shop}}
spec: {{}}  # finding
```

## Good

```yaml
apiVersion: {api_version}
kind: {kind}
metadata: {{name: reviews, namespace: shop}}
spec: {{}}
```
"""
CHECK = '''

def {function}({parameters}) -> Iterator[Defect]:
    """WHEN it is wrong."""
    yield from ()
'''
MODULE = '''\
"""WHAT THESE RULES ARE ABOUT."""

from __future__ import annotations

from collections.abc import Iterator

from istiolint.finding import Defect
from istiolint.mesh import Mesh
from istiolint.source.node import Node
'''
CONSTRUCTOR = '''

def {function}(path: Path, value: str, **where: Unpack[Where]) -> Defect:
    """WHAT IS SAID."""
    return Defect(path, {{"value": value}}, "{name}", **where)
'''


class Draft(NamedTuple):
    """A rule to be."""

    family: str
    name: str
    severity: str = "error"
    kinds: tuple[str, ...] = ()
    each: str = ""
    reads: tuple[str, ...] = ()

    @property
    def function(self) -> str:
        return self.name.replace("-", "_")


def card(draft: Draft, since: str) -> str:
    """The text of the card."""
    facts = {
        "kinds": f"[{', '.join(draft.kinds)}]" if draft.kinds else "",
        "each": f"'{draft.each}'" if draft.each else "",
        "reads": f"[{', '.join(draft.reads)}]" if draft.reads else "",
    }
    kind = draft.kinds[0] if draft.kinds else "VirtualService"
    security = kind in ("AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication")
    return CARD.format(
        severity=draft.severity,
        lists="".join(f"{key}: {value}\n" for key, value in facts.items() if value),
        since=since,
        title=draft.name.replace("-", " ").capitalize(),
        api_version="security.istio.io/v1" if security else "networking.istio.io/v1",
        kind=kind,
    )


def body(draft: Draft) -> tuple[str, str, str]:
    """Where the function belongs, what a new module begins with, and the function."""
    if draft.family in CONSTRUCTORS:
        text = CONSTRUCTOR.format(function=draft.function, name=draft.name)
        return f"istiolint/{CONSTRUCTORS[draft.family]}/defects.py", "", text
    takes = ["mesh: Mesh"] if draft.each == "mesh" else ["node: Node", *(["mesh: Mesh"] if draft.reads else [])]
    return (
        f"istiolint/checks/{draft.family}.py",
        MODULE,
        CHECK.format(function=draft.function, parameters=", ".join(takes)),
    )


def add(draft: Draft, root: str, since: str) -> list[str]:
    """Write the card and the function below `root`; the files that changed. ValueError for what cannot be."""
    if not re.fullmatch(r"[a-z]+", draft.family) or not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)+", draft.name):
        raise ValueError("a rule is called family/name-of-the-defect, in small letters")
    if draft.family in JUDGEMENTS and draft.family not in CONSTRUCTORS:
        raise ValueError(f"rules of the family {draft.family} belong to the code that reads; write the card by hand")
    for folder in os.listdir(os.path.join(root, "rules")):
        if os.path.exists(os.path.join(root, "rules", folder, f"{draft.name}.md")):
            raise ValueError(f"there is a rule {folder}/{draft.name}")
    page = f"rules/{draft.family}/{draft.name}.md"
    os.makedirs(os.path.dirname(os.path.join(root, page)), exist_ok=True)
    with open(os.path.join(root, page), "w", encoding="utf-8", newline="\n") as file:
        file.write(card(draft, since))
    module, head, text = body(draft)
    path = os.path.join(root, module)
    is_new = not os.path.exists(path)
    with open(path, "a", encoding="utf-8", newline="\n") as file:
        file.write((head if is_new else "") + text)
    return [page, module]


def main() -> None:
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("rule", metavar="FAMILY/NAME")
    parser.add_argument("--kinds", default="", help="kinds that it looks at, between commas")
    parser.add_argument("--each", default="", help="the nodes that it looks at; empty for the whole document")
    parser.add_argument("--reads", default="", help="kinds that it must know of the mesh")
    parser.add_argument("--severity", choices=["error", "warning", "info"], default="error")
    given = parser.parse_args()
    family, _, name = given.rule.partition("/")
    draft = Draft(family, name, given.severity, _words(given.kinds), given.each, _words(given.reads))
    from istiolint import __version__

    try:
        changed = add(draft, ROOT, __version__)
    except ValueError as error:
        parser.exit(2, f"{error}\n")
    refresh()
    print("\n".join(f"write {file}" for file in changed))
    print(f"then: python -m pytest tests/test_cards.py -k {name}")


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def refresh() -> None:
    """Bring up to date what lists the rules: the catalogue, the documentation, the changelog."""
    import catalog
    import changelog
    import readme

    for made in (catalog, readme, changelog):
        made.main()


if __name__ == "__main__":
    main()
