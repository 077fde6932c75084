"""Objects one after the other without a `---` between them, as `cat *.yaml` makes them.

YAML takes them for one mapping with equal keys, of which the last count. Here they are read as the objects they are.
"""

from __future__ import annotations

import re

import yaml

from istiolint.source.reader import Problem, YamlDocument

RULE = "missing-separator"
_HEAD = re.compile(r"""^(?P<dashes>---)?["']?(?P<key>apiVersion|kind)["']?[ \t]*:""", re.MULTILINE)


def separated(text: str, documents: list[YamlDocument]) -> list[YamlDocument]:
    """The documents, those that are several objects in one taken apart; each but the first has a problem."""
    found: list[YamlDocument] = []
    ends = [*(document.start for document in documents[1:]), len(text)]
    for document, end in zip(documents, ends, strict=True):
        doubtful = any(it.rule == "duplicate-key" and it.reason in ("kind", "apiVersion") for it in document.problems)
        found += (_apart(text, document, end) if doubtful else None) or [document]
    return found


def _apart(text: str, document: YamlDocument, end: int) -> list[YamlDocument] | None:
    """The objects in one document; None where it is not clear that there are several."""
    from istiolint.source.irregular import compose

    heads: list[re.Match[str]] = []
    keys: list[set[str]] = []
    for head in _HEAD.finditer(text, document.start, end):
        if not heads or head["dashes"] or head["key"] in keys[-1]:
            heads.append(head)
            keys.append(set())
        keys[-1].add(head["key"])
    if len(heads) < len(("one", "other")) or any(len(each) < len(("apiVersion", "kind")) for each in keys):
        return None
    parts: list[YamlDocument] = []
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        start = head.end("dashes") if head["dashes"] else head.start() if parts else document.start
        try:
            part = compose(text, start, following.start() if following else end)
        except yaml.YAMLError:
            return None
        if parts:
            what = '"---" must stand on a line of its own' if head["dashes"] else 'there is no "---" before it'
            line_end = head.start() + len(text[head.start() : end].splitlines()[0].rstrip())
            line_break = "\r\n" if "\r\n" in text else "\n"
            repair = head.start(), start, f"---{line_break}"
            problem = Problem(RULE, head.start(), line_end, what, repair=repair)
            part = part._replace(start=head.start(), problems=(problem, *part.problems))
        parts.append(part)
    return parts
