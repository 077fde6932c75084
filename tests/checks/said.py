"""What rules say of manifests, through the whole engine."""

from __future__ import annotations

from istiolint.batch import Input
from istiolint.config import Choice
from istiolint.config_load import load
from istiolint.engine import run
from istiolint.finding import Finding


def said(rule: str, *files: str, world: str = "auto", names: tuple[str, ...] = ()) -> list[Finding]:
    """Findings of one rule in these files together; `names` are their file names (`0.yaml` and so on)."""
    config = load(no_config=True, options={"world": world}, environ={})
    config = config._replace(cache=False, choices=(*config.choices, Choice(select=(rule,))))
    inputs = [Input(name, text.encode()) for name, text in zip(names or map(_name, range(99)), files, strict=False)]
    outcome = run(inputs, config)
    assert not outcome.crashes, outcome.crashes
    return [finding for finding in outcome.report.findings if finding.rule == rule]


def _name(number: int) -> str:
    return f"{number}.yaml"


def messages(rule: str, *files: str, world: str = "auto") -> list[str]:
    """Their messages."""
    return [finding.message for finding in said(rule, *files, world=world)]
