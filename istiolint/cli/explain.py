"""`istiolint explain`: the page of a rule."""

from __future__ import annotations

import os
import sys

import click


@click.command(name="explain")
@click.argument("rule", metavar="NAME|IST0101|KIA1107")
@click.option("--format", "-f", "form", type=click.Choice(["text", "markdown"]), default="text", show_default=True)
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour the text.")
def command(rule: str, form: str, color: str) -> None:
    """Explain a rule: what happens, why, how to mend it, with examples. A code names every rule that covers it."""
    from istiolint.cards import catalog, page
    from istiolint.report.explain import render
    from istiolint.report.style import columns, wants_color
    from istiolint.selection import CODE, NAME, RuleNames

    names = RuleNames(catalog().values())
    found = names.find(rule)
    if found is None or found[0] not in (NAME, CODE):
        raise click.UsageError(names.complaint(rule))
    colored = wants_color(color, sys.stdout, os.environ)  # type: ignore[arg-type]
    width = columns(sys.stdout, os.environ)
    pages = [page(name) for name in sorted(found[1])]
    if form == "markdown":
        click.echo("\n".join(one.body.strip() + "\n" for one in pages), nl=False)
    else:
        click.echo("\n".join(render(one, width, colored) for one in pages), nl=False)
