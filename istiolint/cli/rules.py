"""`istiolint rules`: list the rules."""

from __future__ import annotations

import click


@click.command(name="rules")
@click.argument("selectors", nargs=-1, metavar="[RULE]...")
@click.option(
    "--format", "-f", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True
)
def command(selectors: tuple[str, ...], form: str) -> None:
    """List all rules, or those with the given names, families, profiles, IST or KIA codes."""
    from istiolint.cards import catalog
    from istiolint.selection import RuleNames

    cards = catalog()
    names = RuleNames(cards.values())
    wanted: set[str] = set() if selectors else set(cards)
    for selector in selectors:
        found = names.find(selector)
        if found is None:
            raise click.UsageError(names.complaint(selector))
        wanted |= found[1]
    chosen = [card for card in cards.values() if card.name in wanted]
    if form == "json":
        import json

        click.echo(json.dumps([card._asdict() for card in chosen], indent=2, ensure_ascii=False))
    elif form == "markdown":
        click.echo("| rule | family | severity | profile | codes | found |\n|---|---|---|---|---|---|")
        for card in chosen:
            codes = ", ".join(card.upstream)
            click.echo(f"| {card.name} | {card.family} | {card.severity} | {card.profile} | {codes} | {card.title} |")
    else:
        width = max((len(card.name) for card in chosen), default=0)
        for card in chosen:
            codes = f"  [{', '.join(card.upstream)}]" if card.upstream else ""
            off = f"  (profile {card.profile})" if card.profile != "default" else ""
            click.echo(f"{card.name:{width}}  {card.severity:7}  {card.title}{codes}{off}")
