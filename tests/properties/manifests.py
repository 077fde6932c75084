"""Values and the many ways to write them as YAML."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import strategies as st

from istiolint.source.scalars import resolve, resolve_key

WORDS = (
    "a", "b", "kind", "yes", "1", "0777", "1e3", "~", "", "a b", "#x", "x: y", "- z", "ü😀", "'", '"', "\\", "{", "*",
    "&x", "line\nbreak", " blank ", "tab\t", "\u2028", "<<", "=", "12:30", "null", "!t", "%", "@", "|", ">",
)  # fmt: skip

texts = st.one_of(
    st.sampled_from(WORDS),
    st.text(
        st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co"), exclude_characters="\ufeff\ufffe\uffff"), max_size=8
    ),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(-1e6, 1e6).map(lambda x: round(x, 3) + 0.5),
    texts,
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)
mappings = st.dictionaries(texts, values, min_size=1, max_size=4)


class _Dumper(yaml.SafeDumper):
    """Writes every string so that Kubernetes reads it as one; subclasses prefer a style."""

    string_style: str | None = None

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless and self.string_style is None)


def _string(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = dumper.string_style
    if style is None and (text == "<<" or resolve(text) != text):
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _string)
_DUMPERS = {
    style: type(f"Dumper{ord(style or 'p')}", (_Dumper,), {"string_style": style}) for style in (None, *"'\"|>")
}

styles = st.fixed_dictionaries(
    {
        "string_style": st.sampled_from([*_DUMPERS]),
        "default_flow_style": st.sampled_from([True, False, None]),
        "indent": st.sampled_from([2, 4, 7]),
        "width": st.sampled_from([20, 80, 10_000]),
        "allow_unicode": st.booleans(),
        "explicit_start": st.booleans(),
        "explicit_end": st.booleans(),
        "line_break": st.sampled_from(["\n", "\r\n"]),
    }
)


def written(value: Any, style: dict[str, Any]) -> str:
    """A value as a YAML document."""
    options = dict(style)
    dumper = _DUMPERS[options.pop("string_style")]
    text = yaml.dump(value, Dumper=dumper, sort_keys=False, **options)
    assert isinstance(text, str)
    return text


def composed(node: yaml.Node | None) -> Any:
    """The plain value of a tree that PyYAML made: another way to the same structure."""
    if isinstance(node, yaml.MappingNode):
        return {composed_key(key): composed(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [composed(item) for item in node.value]
    if node is None:
        return None
    assert isinstance(node, yaml.ScalarNode)
    return node.value if node.style else resolve(node.value)


def composed_key(node: yaml.Node) -> str:
    """The key that a scalar is."""
    assert isinstance(node, yaml.ScalarNode)
    key = node.value if node.style else resolve_key(node.value)
    assert isinstance(key, str)
    return key
