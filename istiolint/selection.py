"""Which rules run, how severe they are, and where: the user's selectors, resolved against the catalogue of cards.

A selector is `ALL`, a profile, a family, an IST or KIA code, or the name of a rule. The more specific one wins, in this
order; at equal rank `ignore` wins. What the command line ignores is ignored however the file selects it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from istiolint.config import CAUSES, PROFILES, Choice, Config, ConfigError, ConfigProblem, Override, did_you_mean
from istiolint.records import NamedTuple
from istiolint.source.discover import display_name
from istiolint.source.ignore import Patterns

if TYPE_CHECKING:
    from istiolint.cards import Card
    from istiolint.finding import Finding, Severity

ALL, PROFILE, FAMILY, CODE, NAME = range(5)
"""Ranks of selectors."""

_CODE = re.compile(r"(?:ist|kia)\d{4}", re.IGNORECASE)


class RuleNames:
    """Finds the rules that a selector means."""

    def __init__(self, cards: Iterable[Card]) -> None:
        self.cards: dict[str, Card] = {card.name: card for card in cards}
        self._groups: dict[str, tuple[int, set[str]]] = {profile: (PROFILE, set()) for profile in PROFILES}
        for card in self.cards.values():
            for rank, group in ((PROFILE, card.profile), (FAMILY, card.family), *((CODE, c) for c in card.upstream)):
                known = self._groups.setdefault(group, (rank, set()))
                known[1].add(card.name)

    def find(self, selector: str) -> tuple[int, frozenset[str]] | None:
        """The rank of a selector and the rules it means; None where nothing is called so."""
        if selector in self.cards:
            return NAME, frozenset((selector,))
        if selector.upper() == "ALL":
            return ALL, frozenset(name for name, card in self.cards.items() if card.profile != CAUSES)
        rank, rules = self._groups.get(selector.upper() if _CODE.fullmatch(selector) else selector, (ALL, None))
        return None if rules is None else (rank, frozenset(rules))

    def meant(self, selector: str) -> frozenset[str]:
        """The rules that a selector means; none where nothing is called so."""
        found = self.find(selector)
        return found[1] if found else frozenset()

    def complaint(self, selector: str) -> str:
        """What to say of a selector that means nothing."""
        code = selector.upper() if _CODE.fullmatch(selector) else ""
        hint = did_you_mean(selector, self.known) if not code else ""
        return f'no rule has the code "{code}"' if code else f'unknown rule "{selector}"{hint}'

    @property
    def known(self) -> list[str]:
        """Every word that is a selector, codes left out."""
        return ["ALL", *self.cards, *(group for group in self._groups if not _CODE.fullmatch(group))]


class Verdict(NamedTuple):
    """What the settings say of a finding: whether its rule is on there, how severe it is, who silenced it."""

    on: bool
    severity: Severity
    silenced: bool
    reason: str


class _Resolved(NamedTuple):
    paths: Patterns
    resources: re.Pattern[str] | None
    select: frozenset[str]
    ignore: frozenset[str]
    severity: Mapping[str, Severity]
    reason: str


class Selection:
    """The resolved choice of rules of a run."""

    def __init__(self, config: Config, cards: Iterable[Card]) -> None:
        """Raises ConfigError for selectors, rules and parameters that do not exist."""
        self.names = RuleNames(cards)
        self._problems: list[ConfigProblem] = []
        self.config = config
        self.everywhere = self._chosen()
        self.severities = self._severities(config.severity)
        self.params = self._params()
        self._overrides = [self._override(override) for override in config.overrides]
        self.enabled = self.everywhere.union(*(override.select for override in self._overrides))
        """What has to run: rules that are on everywhere, or somewhere."""
        self._by_file: dict[str, list[_Resolved]] = {}
        self._cwd = os.getcwd()
        if self._problems:
            raise ConfigError(*self._problems)

    def verdict(self, finding: Finding) -> Verdict:
        """What the settings say of `finding`."""
        rule = finding.rule
        on = rule in self.everywhere
        silenced, reason = False, ""
        severity = self.severities.get(rule, finding.severity)
        for override in self._holding(finding):
            if rule in override.ignore:
                silenced, reason = True, override.reason
            elif rule in override.select:
                on, silenced, reason = True, False, ""
            severity = override.severity.get(rule, severity)
        return Verdict(on, severity, silenced, reason)

    def _holding(self, finding: Finding) -> list[_Resolved]:
        if not self._overrides:
            return []
        file = finding.place.file
        here = self._by_file.get(file)
        if here is None:
            name = display_name(os.path.join(self._cwd, file), self.config.root or self._cwd)
            here = [o for o in self._overrides if not o.paths or o.paths.covers(name)]
            self._by_file[file] = here
        return [override for override in here if override.resources is None or _concerns(override.resources, finding)]

    def _chosen(self) -> frozenset[str]:
        """The rules that are on, override or not."""
        votes: dict[str, list[tuple[int, int]]] = {}
        against: dict[str, list[tuple[int, int]]] = {}
        choices = self.config.choices
        if not any(choice.profile or choice.select is not None for choice in choices):
            choices = (Choice(profile="default"), *choices)
        for level, choice in enumerate(choices):
            if choice.select is not None or choice.profile:
                votes = {}
            if choice.select is not None:
                self._vote(votes, level, choice.select)
            elif choice.profile:
                on = PROFILES[choice.profile]
                votes = {name: [(level, ALL)] for name, card in self.names.cards.items() if card.profile in on}
            self._vote(votes, level, choice.extend_select)
            self._vote(against, level, choice.ignore)
        if self.config.require_reason and "suppression-without-reason" in self.names.cards:
            votes.setdefault("suppression-without-reason", []).append((len(choices), NAME))
        return frozenset(
            rule
            for rule, ours in votes.items()
            if any(not any(_beats(other, mine) for other in against.get(rule, ())) for mine in ours)
        )

    def _vote(self, votes: dict[str, list[tuple[int, int]]], level: int, selectors: Iterable[str]) -> None:
        for selector in selectors:
            rank, rules = self._find(selector)
            for rule in rules:
                votes.setdefault(rule, []).append((level, rank))

    def _find(self, selector: str) -> tuple[int, frozenset[str]]:
        found = self.names.find(selector)
        if found is None:
            self._complain(selector, self.names.complaint(selector))
            return ALL, frozenset()
        return found

    def _union(self, selectors: Iterable[str]) -> frozenset[str]:
        return frozenset[str]().union(*(self._find(selector)[1] for selector in selectors))

    def _severities(self, chosen: Mapping[str, Severity]) -> dict[str, Severity]:
        """By rule; the more specific selector wins."""
        found = [(*self._find(selector), severity) for selector, severity in chosen.items()]
        found.sort(key=lambda row: row[0])
        return {rule: severity for _, rules, severity in found for rule in rules}

    def _params(self) -> dict[str, dict[str, Any]]:
        """The parameters of each rule that has any: the card's, overlaid by the user's."""
        for rule, params in self.config.params.items():
            card = self.names.cards.get(rule)
            if card is None:
                hint = did_you_mean(rule, [name for name, card in self.names.cards.items() if card.params])
                self._complain(rule, f'unknown rule "{rule}" in params{hint}')
                continue
            for name, value in params.items():
                if name not in card.params:
                    hint = did_you_mean(name, list(card.params))
                    self._complain(name, f'{rule} has no parameter "{name}"{hint}')
                elif not _fits(value, card.params[name]):
                    wanted = _kind(card.params[name])
                    self._complain(name, f"parameter {name} of {rule} must be {wanted}, not {_kind(value)}")
        chosen = self.config.params
        return {name: {**c.params, **chosen.get(name, {})} for name, c in self.names.cards.items() if c.params}

    def _override(self, override: Override) -> _Resolved:
        resources = "|".join(re.escape(glob).replace(r"\*", ".*") for glob in override.resources)
        return _Resolved(
            Patterns(override.paths),
            re.compile(resources) if resources else None,
            self._union(override.select),
            self._union(override.ignore),
            self._severities(override.severity),
            override.reason,
        )

    def _complain(self, word: str, message: str) -> None:
        problem = ConfigProblem(*_origin(self.config, word), message)
        if problem not in self._problems:
            self._problems.append(problem)


def enabled(config: Config, cards: Iterable[Card]) -> frozenset[str]:
    """The names of the rules that have to run. Raises ConfigError for selectors that mean nothing."""
    return Selection(config, cards).enabled


def _beats(against: tuple[int, int], vote: tuple[int, int]) -> bool:
    """Whether an `ignore` (level, rank) outdoes a `select`."""
    return against[0] > vote[0] or against[1] > vote[1] or against == vote


def _concerns(resources: re.Pattern[str], finding: Finding) -> bool:
    """Whether the finding's object is one of `resources`, in either way of writing a namespace."""
    resource = finding.resource
    if resource is None:
        return False
    dotted = f"{resource.kind} {resource.name}.{resource.namespace}" if resource.namespace else ""
    return bool(resources.fullmatch(str(resource)) or resources.fullmatch(dotted))


def _fits(value: Any, default: Any) -> bool:
    """Whether a parameter has the type of its default; without a default (null) anything fits."""
    if default is None:
        return True
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    if isinstance(default, int | float):
        return isinstance(value, int | float)
    return isinstance(value, type(default))


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    names = ((int | float, "a number"), (str, "a text"), (list, "a list"), (dict, "a mapping"))
    return next((name for kind, name in names if isinstance(value, kind)), "null")


def _origin(config: Config, word: str) -> tuple[str, int]:
    """The file and line where a word of the settings stands; no file where it came from the command line."""
    if not config.file:
        return "", 0
    from istiolint.config_load import line_of

    try:
        with open(config.file, encoding="utf-8") as stream:
            line = line_of(stream.read(), word)
    except OSError:
        line = 0
    return (config.file, line) if line else ("", 0)
