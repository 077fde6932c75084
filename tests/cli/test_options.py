"""The reader of plain command lines agrees with click on everything that it reads."""

from __future__ import annotations

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from istiolint.cli.check import command
from istiolint.cli.options import CHECK, parse

WORDS = st.one_of(
    st.sampled_from([name for option in CHECK for name in option.names]),
    st.sampled_from(["-", "--", "a.yaml", "k8s/", "json", "error", "auto", "", "-fjson", "--fix=1", "--nope", "-x"]),
    st.builds(
        "{}={}".format, st.sampled_from([option.names[0] for option in CHECK]), st.sampled_from(["", "json", "auto"])
    ),
)


def by_click(arguments: list[str]) -> dict[str, object] | None:
    try:
        context = command.make_context("check", list(arguments), resilient_parsing=False)
    except click.exceptions.Exit:
        return None
    except click.ClickException:
        return None
    return dict(context.params)


@given(st.lists(WORDS, max_size=6))
def test_what_it_reads_click_reads_the_same(arguments: list[str]) -> None:
    plain = parse(arguments)
    if plain is not None:
        paths, options = plain
        assert by_click(arguments) == {"paths": paths, **options}


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["k8s"],
        ["-"],
        ["--no-config", "a.yaml", "b.yaml", "-f", "json", "--select", "ALL", "--select=routing,IST0101"],
        ["--format=sarif", "--output", "json=out.json", "-o", "github=x", "--fix", "--world", "complete"],
    ],
)
def test_everyday_command_lines_are_plain(arguments: list[str]) -> None:
    assert parse(arguments) is not None


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--nope"], ["--fix=1"], ["--world", "x"], ["-fjson"], ["--select"], ["--", "a"]]
)
def test_click_is_asked_about_anything_else(arguments: list[str]) -> None:
    assert parse(arguments) is None
