"""Runs the examples of a card and says where they do not hold: a card is its own test.

Under **Bad** the findings of the rule sit exactly on the lines marked `# finding` (text after a colon occurs in the
message); under **Good** the rule is silent and no rule of severity error speaks; **Fixed** is what the repair makes
of Bad.
"""

from __future__ import annotations

import re
import shlex
from typing import Any

from istiolint.batch import Input
from istiolint.cards import Fence, Page
from istiolint.config import Choice, Config
from istiolint.config_load import load
from istiolint.engine import run
from istiolint.finding import Finding

_MARK = re.compile(r"#\s*finding\b(?::\s*(?P<text>.*?))?\s*$")
_OPTIONS = re.compile(r"# istiolint: (--.*)\n")
FILE = "card.yaml"


def faults(page: Page) -> list[str]:
    """What is wrong with a card's examples, each with the card's file and line; empty where all hold."""
    found: list[str] = []
    bad = [fence for fence in page.fences if fence.heading == "Bad"]
    good = [fence for fence in page.fences if fence.heading == "Good"]
    fixed = [fence for fence in page.fences if fence.heading == "Fixed"]
    for fence in bad:
        found += _bad(page, fence)
    for fence in good:
        found += _good(page, fence)
    for before, after in zip(bad, fixed, strict=False):
        found += _fixed(page, before, after)
    if page.card.fix != "none" and not fixed:
        found.append(f"{page.file}: a rule with `fix` shows what it makes of Bad, under Fixed")
    if not good:
        found.append(f"{page.file}: the card has no Good example")
    return found


def findings(text: str, rule: str | None = None) -> list[Finding]:
    """What istiolint says of a manifest, with the options of its first line; of one rule, or of the default ones."""
    outcome = run([Input(FILE, text.encode())], _config(text, rule))
    if outcome.crashes:
        raise RuntimeError("; ".join(outcome.crashes))
    return list(outcome.report.findings)


def _config(text: str, rule: str | None) -> Config:
    options: dict[str, Any] = {}
    line = _OPTIONS.match(text)
    if line:
        words = shlex.split(line[1])
        options = {name.removeprefix("--"): value for name, value in zip(words[::2], words[1::2], strict=True)}
    config = load(no_config=True, options=options, environ={})._replace(cache=False)
    return config._replace(choices=(*config.choices, Choice(extend_select=(rule,)))) if rule else config


def _bad(page: Page, fence: Fence) -> list[str]:
    rule = page.card.name
    wanted: dict[int, list[str]] = {}
    for number, line in enumerate(fence.text.split("\n"), 1):
        mark = _MARK.search(line)
        if mark:
            wanted.setdefault(number, []).append(mark["text"] or "")
    ours = [finding for finding in findings(fence.text, rule) if finding.rule == rule]
    faults = [
        f"{page.file}:{fence.line + finding.place.line - 1}: unexpected finding: {finding.message}"
        for finding in ours
        if finding.place.line not in wanted
    ]
    for number, texts in wanted.items():
        said = [finding.message for finding in ours if finding.place.line == number]
        for text in texts:
            if not any(text in message for message in said):
                what = f"no finding with {text!r}" if text else "no finding"
                faults.append(f"{page.file}:{fence.line + number - 1}: {what} here; said: {said}")
    if not wanted:
        faults.append(f"{page.file}:{fence.line}: a Bad example marks its findings with # finding")
    return faults


def _good(page: Page, fence: Fence) -> list[str]:
    rule = page.card.name
    return [
        f"{page.file}:{fence.line + finding.place.line - 1}: {finding.rule} speaks on a Good example: {finding.message}"
        for finding in findings(fence.text, rule)
        if finding.rule == rule or finding.severity == "error"
    ]


def _fixed(page: Page, before: Fence, after: Fence) -> list[str]:
    from istiolint.cli.repair import repaired

    config = _config(before.text, page.card.name)
    if page.card.family != "suppression":  # whether a comment silences anything is for the other rules to say
        config = config._replace(choices=(Choice(select=(page.card.name,)),))
    inputs = (Input(FILE, before.text.encode()),)
    result = repaired(inputs, run(inputs, config), config, unsafe=page.card.fix == "unsafe")
    ours = _without_marks(result.inputs[0].data.decode())
    if ours == _without_marks(after.text):
        return []
    return [f"{page.file}:{after.line}: the repair makes this of Bad instead:\n{ours}"]


def _without_marks(text: str) -> str:
    return "\n".join(_MARK.sub("", line).rstrip() for line in text.strip().split("\n"))
